# SPDX-License-Identifier: GPL-3.0-or-later
"""`orthanc-python run` is for this machine alone: the sockets at which it listens, and what others are answered."""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Servers
from helpers import running_version

from orthanc_python import OrthancServer
from orthanc_python.run.runner import Runner, stopped_at_end

LISTENING = "0A"  # the state of a socket in /proc/net/tcp


def sockets_of(pid: int) -> list[tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]]:
    """Return the addresses and ports at which a process listens."""
    names = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            names.append(str(descriptor.readlink()))
        except FileNotFoundError:  # closed meanwhile
            continue
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and f"socket:[{fields[9]}]" in names:
                address, port = fields[1].split(":")
                words = [bytes.fromhex(address[place : place + 8])[::-1] for place in range(0, len(address), 8)]
                found.append((ipaddress.ip_address(b"".join(words)), int(port, 16)))
    return found


def own_address() -> str:
    """Return an address of this machine that others reach; "" if it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("192.0.2.1", 9))  # of no network: nothing is sent
        except OSError:
            return ""
        return str(asked.getsockname()[0])


@pytest.fixture
def runner(plugin: Path, script_environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """`run --config` with the configuration of a server that all may reach."""
    monkeypatch.setenv("ORTHANC_PYTHON_PLUGIN", str(plugin))
    (tmp_path / "hello.py").write_text("import orthanc\n")
    open_to_all = {
        "RemoteAccessAllowed": True,
        "HttpBindAddresses": ["0.0.0.0"],
        "DicomServerEnabled": True,
        "DicomPort": 4242,
        "StorageDirectory": str(tmp_path / "production"),
        "IndexDirectory": str(tmp_path / "production"),
        "Python": {"VirtualEnv": str(script_environment)},
    }
    (tmp_path / "orthanc.json").write_text(json.dumps(open_to_all))
    return Runner([tmp_path / "hello.py"], configuration=tmp_path / "orthanc.json")


@pytest.fixture
def server(runner: Runner) -> Iterator[OrthancServer]:
    server = runner.server()
    try:
        with stopped_at_end(server):
            runner.start(server)
            yield server
    finally:
        server.close()


def check(server: OrthancServer) -> None:
    """Fail if another machine is let in."""
    found = sockets_of(server.pid)
    assert [port for _, port in found] == [server.http_port] * len(found) and found
    if running_version(server) >= (1, 12, 10):
        assert all(address.is_loopback for address, _ in found), found
    address = own_address()
    if address:
        connection = http.client.HTTPConnection(address, server.http_port, timeout=10)
        try:
            connection.request("GET", "/system")
            assert connection.getresponse().status in (401, 403)
        except ConnectionRefusedError:
            pass
        finally:
            connection.close()


@pytest.mark.release_build
def test_sockets_of_run(server: OrthancServer, tmp_path: Path) -> None:
    check(server)
    assert not (tmp_path / "production").exists()


@pytest.mark.release_build
def test_sockets_of_the_class(orthanc: Servers) -> None:
    check(orthanc("import orthanc\n"))


@pytest.mark.release_build
def test_written_configuration(server: OrthancServer) -> None:
    """Checks the file that Orthanc was started with."""
    command = Path(f"/proc/{server.pid}/cmdline").read_bytes().split(b"\0")
    written = json.loads(Path(os.fsdecode(command[-2])).read_text(encoding="utf-8"))
    assert written["HttpBindAddresses"] == ["127.0.0.1"] and written["RemoteAccessAllowed"] is False
    assert written["DicomServerEnabled"] is False and written["SslEnabled"] is False
    assert Path(written["StorageDirectory"]).parent == Path(written["IndexDirectory"]).parent == server.folder
    assert (server.folder.stat().st_mode & 0o077) == 0
