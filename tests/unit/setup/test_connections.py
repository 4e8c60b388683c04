# SPDX-License-Identifier: GPL-3.0-or-later
"""The process at the other end of a connection."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from orthanc_python.setup import connections
from orthanc_python.setup.connections import is_served_by

pytestmark = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux has these files")


def test_own_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        accepted: list[object] = []
        threading.Timer(0.1, lambda: accepted.append(server.accept()[0])).start()
        assert is_served_by(client, os.getpid())


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_socket_of_ipv6(address: str) -> None:
    with (
        socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server,
        socket.create_connection((address, server.getsockname()[1])) as client,
        server.accept()[0],
    ):
        assert is_served_by(client, os.getpid())


@pytest.mark.parametrize("process", [-1, 0, 1], ids=["not known", "none", "another"])
def test_another_process(process: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "ACCEPT", 0.1)
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
        server.accept()[0],
    ):
        assert not is_served_by(client, process)


def test_connection_that_nobody_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can say who will."""
    monkeypatch.setattr(connections, "ACCEPT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert not is_served_by(client, os.getpid())


def test_system_without_these_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "ACCEPT", 0.1)
    monkeypatch.setattr(connections, "PROC", tmp_path)
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
        server.accept()[0],
    ):
        assert not is_served_by(client, os.getpid())
