# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports of a server that restarts: other programs look for free ones meanwhile."""

from __future__ import annotations

from contextlib import closing

import pytest
from conftest import Servers

from orthanc_python.server import ports


@pytest.mark.skipif("sys.platform != 'linux'", reason="only Linux lets a socket stand beside a server's")
def test_a_stopped_server_keeps_its_ports_until_it_is_closed(orthanc: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    server = orthanc(dicom=True)
    own = [server.http_port, server.dicom_port]
    monkeypatch.setattr(ports, "PORTS", own)
    others = ports.ReservedPorts()
    with pytest.raises(OSError, match="all ports for servers are taken"):
        others.reserve()
    orthanc.stop(server)
    with pytest.raises(OSError, match="all ports for servers are taken"):
        others.reserve()
    assert server.start().get("/system").status == 200
    server.close()
    with closing(others):
        assert sorted(others.reserve()) == sorted(own)
