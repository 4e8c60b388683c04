# SPDX-License-Identifier: GPL-3.0-or-later
"""A stop while a callback of each kind runs: it comes to its end, with Orthanc's answers or errors, and so does Orthanc."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import threading

import pytest
from conftest import Servers
from every_callback import KINDS, WITHOUT_REST_API, EveryCallback
from helpers import eventually

from orthanc_python.server.processes import takes_sigterm

CALLS = 'orthanc.RestApiGet("/statistics"); orthanc.LookupStudy("1.2.3")'
CODE = """
import time
import orthanc

outcome = "ended"
end = time.monotonic() + 1.5
orthanc.LogWarning("the callback begins")
while time.monotonic() < end:
    try:
        {calls}
    except (orthanc.OrthancException, RuntimeError):
        pass  # the stop has closed what it calls
    time.sleep(0.01)
orthanc.LogWarning("the callback ends")
"""


@pytest.mark.parametrize("kind", KINDS)
def test_stop_while_it_runs(orthanc: Servers, kind: str) -> None:
    callbacks = EveryCallback(orthanc)
    server = callbacks.server
    server.post(f"/arm/{kind}", CODE.format(calls="pass" if kind in WITHOUT_REST_API else CALLS))

    def ask() -> None:
        with contextlib.suppress(Exception):  # an answer, an error or the end of the connection
            KINDS[kind](callbacks)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    assert eventually(lambda: "the callback begins" in server.log() and takes_sigterm(server.pid))
    os.kill(server.pid, signal.SIGTERM)
    assert server.wait(timeout=40.0) == 0
    asking.join(30)
    assert not asking.is_alive(), "the client waits for an answer"
    text = server.log() + server.output()
    assert "the callback ends" in text
    assert not re.search("Fatal Python error|Segmentation|terminate called|Aborted", text)
