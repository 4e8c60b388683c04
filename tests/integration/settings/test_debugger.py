# SPDX-License-Identifier: GPL-3.0-or-later
"""The setting Debug: a client of the Debug Adapter Protocol stops a callback at a line."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import Servers

SCRIPT = """\
import orthanc

def answer(output, uri, **request):
    secret = "found by the debugger"
    output.AnswerBuffer(secret, "text/plain")

orthanc.RegisterRestCallback("/answer", answer)
"""
LINE = 5  # of the call of AnswerBuffer


class Debugger:
    """As much of the protocol as a breakpoint needs."""

    def __init__(self, connection: socket.socket) -> None:
        self.stream = connection.makefile("rwb")
        self.connection = connection
        self.events: list[dict[str, Any]] = []
        self.number = 0

    def send(self, command: str, **arguments: Any) -> int:
        self.number += 1
        body = json.dumps({"seq": self.number, "type": "request", "command": command, "arguments": arguments}).encode()
        self.stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.stream.flush()
        return self.number

    def receive(self) -> dict[str, Any]:
        size = 0
        while (line := self.stream.readline().strip()) or not size:
            if line.lower().startswith(b"content-length:"):
                size = int(line.split(b":")[1])
        message: dict[str, Any] = json.loads(self.stream.read(size))
        return message

    def request(self, command: str, **arguments: Any) -> dict[str, Any]:
        number = self.send(command, **arguments)
        while True:
            message = self.receive()
            if message["type"] == "response" and message["request_seq"] == number:
                assert message["success"], message
                return dict(message.get("body") or {})
            self.events.append(message)

    def wait_for(self, event: str) -> dict[str, Any]:
        while not (found := next((each for each in self.events if each.get("event") == event), None)):
            self.events.append(self.receive())
        self.events.remove(found)
        return dict(found.get("body") or {})


@contextmanager
def attached(port: int) -> Iterator[Debugger]:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        debugger = Debugger(connection)
        debugger.request("initialize", adapterID="test", pathFormat="path")
        debugger.send("attach", justMyCode=False)
        debugger.wait_for("initialized")
        yield debugger
        debugger.request("disconnect")


@pytest.mark.parametrize("wait", [False, True])
def test_a_breakpoint_in_a_callback(orthanc: Servers, own_port: int, wait: bool) -> None:
    port = own_port
    server = orthanc.prepare(SCRIPT, configuration={"Python": {"Debug": {"Port": port, "Wait": True} if wait else port}})
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(server.start)
        server.wait_for_log(f"waiting for a debugger on port {port}" if wait else f"a debugger can attach to port {port}", 60)
        with attached(port) as debugger:
            lines = [{"line": LINE}]
            debugger.request("setBreakpoints", source={"path": str(server.script)}, breakpoints=lines)
            debugger.request("configurationDone")
            starting.result()
            answer = pool.submit(server.get, "/answer")
            thread = debugger.wait_for("stopped")["threadId"]
            frame = debugger.request("stackTrace", threadId=thread)["stackFrames"][0]
            assert (frame["name"], frame["line"]) == ("answer", LINE)
            assert debugger.request("evaluate", expression="secret", frameId=frame["id"])["result"] == "'found by the debugger'"
            debugger.request("continue", threadId=thread)
            assert answer.result().text == "found by the debugger"


def test_without_the_package(orthanc: Servers, script_environment: Path, own_port: int, tmp_path: Path) -> None:
    subprocess.run([script_environment / "bin" / "python", "-m", "venv", "--without-pip", tmp_path / "empty"], check=True)
    python = {"Debug": own_port, "VirtualEnv": str(tmp_path / "empty")}
    server = orthanc(SCRIPT, configuration={"Python": python})
    server.wait_for_log("W.*the setting Debug needs the package debugpy; install it with: pip install debugpy")
    assert server.get("/answer").status == 200


def test_port_that_another_program_has(orthanc: Servers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = orthanc(SCRIPT, configuration={"Python": {"Debug": port}})
        server.wait_for_log(
            f"W.*no debugger can attach to port {port} of this machine: .*choose a free port for the setting Debug"
        )
        assert server.get("/answer").status == 200
