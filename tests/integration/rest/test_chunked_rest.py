# SPDX-License-Identifier: GPL-3.0-or-later
"""Chunked REST callbacks: uploads larger than memory, and what becomes of them when either side gives up."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
import socket
import subprocess
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import Servers
from helpers import eventually

from orthanc_python import OrthancServer

SCRIPT = '''
import hashlib
import itertools
import json
import tarfile
import threading

import orthanc

events = []
may_go_on = threading.Event()


def show(output, uri, **request):
    """Answers with the arguments of the call."""
    if "body" in request:
        request["body"] = b"".join(request["body"]).decode()
    assert type(request["groups"]) is tuple and type(request["headers"]) is dict
    output.AnswerBuffer(json.dumps({"uri": uri, **request}), "application/json")


def digest(output, uri, **request):
    count, largest, sha = 0, 0, hashlib.sha256()
    for chunk in request["body"]:
        assert type(chunk) is bytes and chunk
        count += len(chunk)
        largest = max(largest, len(chunk))
        sha.update(chunk)
    output.AnswerBuffer(json.dumps([count, largest, sha.hexdigest()]), "application/json")


def read(output, uri, **request):
    body = request["body"]
    parts = [body.read(3), body.read(0), next(body), body.read(2), body.read(), body.read(), body.read(5)]
    output.AnswerBuffer(json.dumps([parts[0].decode(), len(b"".join(parts)), list(body)]), "application/json")


def resident():
    """The resident memory in kB."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def hold(output, uri, **request):
    before = resident()
    data = request["body"].read()
    output.AnswerBuffer(json.dumps([len(data), (resident() - before) * 1024]), "application/json")


def untar(output, uri, **request):
    with tarfile.open(fileobj=request["body"], mode="r|") as archive:
        names = {member.name: archive.extractfile(member).read().decode() for member in archive}
    output.AnswerBuffer(json.dumps(names), "application/json")


def refuse(output, uri, **request):
    output.SendHttpStatus(403, "not you")


def leave(output, uri, **request):
    next(request["body"])


def fail(output, uri, **request):
    if request["groups"] == ("late",):
        sum(map(len, request["body"]))
    else:
        next(request["body"])
    raise orthanc.OrthancException(orthanc.ErrorCode.BAD_FILE_FORMAT, "this is no DICOM")


def both(output, uri, **request):
    output.SetHttpHeader("X-Early", "yes")
    list(request["body"])


def watch(output, uri, **request):
    """Notes how the reading of the body ends."""
    events.append("started")
    try:
        for chunk in request["body"]:
            events.append("chunk")
        events.append("whole")
    except BaseException as error:
        events.append(type(error).__name__)
        raise
    output.AnswerBuffer("", "text/plain")


def wait(output, uri, **request):
    next(request["body"])
    events.append("waiting")
    may_go_on.wait()
    rest = sum(map(len, request["body"]))
    events.append("read")
    output.AnswerBuffer(str(rest), "text/plain")


def control(output, uri, **request):
    if request["method"] == "DELETE":
        events.clear()
        may_go_on.set()
    output.AnswerBuffer(json.dumps(events), "application/json")


class Counter:
    """A callback need not be a function."""

    def __call__(self, output, uri, **request):
        output.AnswerBuffer(str(sum(map(len, request["body"]))), "text/plain")


for route, callback in {
    "/show(/.*)?": show,
    "/files/([^/]+)/([0-9]*)": show,
    "/digest": digest,
    "/read": read,
    "/hold": hold,
    "/untar": untar,
    "/refuse": refuse,
    "/leave": leave,
    "/fail/(.*)": fail,
    "/both": both,
    "/watch": watch,
    "/wait": wait,
    "/same/.*": Counter(),
    "/same/route": show,
}.items():
    orthanc.RegisterChunkedRestCallback(route, callback)
orthanc.RegisterRestCallback("/control", control)
'''
BLOCK = bytes(range(256)) * 4096  # 1 MiB


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> OrthancServer:
    return module_orthanc(SCRIPT, configuration={"Python": {"ErrorDetails": True}})


def send(server: OrthancServer, path: str, chunks: Any, method: str = "PUT") -> Any:
    """Send chunks as such (http.client does so with an iterator)."""
    return server.request(method, path, iter(chunks))


def events(server: OrthancServer) -> list[str]:
    return list(server.get("/control").json())


def memory(server: OrthancServer, name: str) -> int:
    """A line of the process's status, in MB."""
    found = re.search(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{server.pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found.group(1)) // 1024


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_request(server: OrthancServer, method: str) -> None:
    answer = server.request(method, "/files/a%20b/12?x=1", iter([b"one", b"two"]), headers={"X-Token": "t"}).json()
    assert answer["uri"] == "/files/a b/12"
    assert (answer["method"], answer["groups"], answer["body"]) == (method, ["a b", "12"], "onetwo")
    assert answer["headers"]["x-token"] == "t"
    assert "get" not in answer


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_methods_without_body(server: OrthancServer, method: str) -> None:
    answer = server.request(method, "/show/x?a=1&b=2").json()
    assert (answer["method"], answer["groups"]) == (method, ["/x"])
    assert answer.get("get") == ({"a": "1", "b": "2"} if method == "GET" else None)
    assert "body" not in answer


def test_routes(server: OrthancServer) -> None:
    assert send(server, "/same/route", [b"12", b"345"]).text == "5"  # the first registered wins
    assert server.request("PUT", "/x/show", b"").status == 404  # the whole URI must match


def test_bodies_with_a_length(server: OrthancServer) -> None:
    assert server.post("/show", b"text").json()["body"] == "text"
    assert server.post("/show", b"").json()["body"] == ""
    assert server.post("/digest", BLOCK * 5).json() == [5 << 20, 1 << 20, hashlib.sha256(BLOCK * 5).hexdigest()]
    assert send(server, "/digest", []).json()[0] == 0


@pytest.mark.release_build
def test_large_upload(server: OrthancServer) -> None:
    """300 MB by curl -T pass through without being held."""
    expected = hashlib.sha256()
    send(server, "/digest", [BLOCK] * 8)  # what Orthanc and Python keep after their first upload
    Path(f"/proc/{server.pid}/clear_refs").write_text("5")  # the peak starts anew
    before = memory(server, "VmRSS")
    command = ["curl", "--silent", "--show-error", "--noproxy", "*", "-T", "-", f"{server.url}/digest"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as curl:
        assert curl.stdin and curl.stdout
        for number in range(300):
            block = number.to_bytes(4, "big") + BLOCK[4:]
            expected.update(block)
            curl.stdin.write(block)
        curl.stdin.close()
        size, largest, digest = json.loads(curl.stdout.read())
    assert (size, digest) == (300 << 20, expected.hexdigest())
    assert largest <= 1 << 20
    assert memory(server, "VmHWM") - before < 100


@pytest.mark.release_build
def test_whole_body_is_held_once(server: OrthancServer) -> None:
    send(server, "/hold", [BLOCK] * 2)
    size, growth = send(server, "/hold", [BLOCK] * 200).json()
    assert size == 200 << 20
    assert growth < 1.5 * size


def test_read_as_a_file(server: OrthancServer) -> None:
    assert send(server, "/read", [b"abcdef", b"ghijklm", b"nop"]).json() == ["abc", 16, []]
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name in ("a", "b"):
            member = tarfile.TarInfo(name)
            member.size = 4
            archive.addfile(member, io.BytesIO(f"in {name}".encode()))
    data = content.getvalue()
    assert send(server, "/untar", [data[:700], data[700:]]).json() == {"a": "in a", "b": "in b"}


def test_answer_before_the_body_is_read(server: OrthancServer) -> None:
    answer = send(server, "/refuse", [BLOCK] * 20)
    assert (answer.status, answer.text) == (403, "not you")
    again = send(server, "/both", [BLOCK] * 4)
    assert again.status == 500
    assert "the rest of the body was dropped" in again.json()["Details"]


def test_return_before_the_body_is_read(server: OrthancServer) -> None:
    """Nothing is answered then, as by a callback of RegisterRestCallback that does not answer, but Orthanc goes on."""
    with pytest.raises(OSError):
        send(server, "/leave", [BLOCK] * 20)
    assert send(server, "/same/x", [b"123"]).text == "3"


@pytest.mark.parametrize("when", ["early", "late"])
def test_exception(server: OrthancServer, when: str) -> None:
    answer = send(server, f"/fail/{when}", [BLOCK] * 20)
    assert answer.status == 400
    assert answer.json()["OrthancStatus"] == 15
    assert "this is no DICOM" in answer.json()["Details"]
    server.wait_for_log(rf"the chunked REST callback of /fail/{when} failed \(fail, .*script.py:\d+\)")


@contextlib.contextmanager
def started_upload(server: OrthancServer, path: str) -> Iterator[socket.socket]:
    """A client that has sent somewhat more than the 1 MB that Orthanc hands on at once, but not the end."""
    with socket.create_connection((server.host, server.http_port)) as client:
        client.sendall(f"PUT {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n180000\r\n".encode())
        client.sendall(BLOCK + BLOCK[:0x80000] + b"\r\n")
        yield client


def test_client_goes_away(server: OrthancServer) -> None:
    server.delete("/control")
    with started_upload(server, "/watch"):
        assert eventually(lambda: events(server) == ["started", "chunk"]), events(server)
    expected = ["started", "chunk", "ConnectionAbortedError"]
    assert eventually(lambda: events(server) == expected), events(server)
    assert "watch failed" not in server.log()  # it is not the script's fault


@pytest.mark.release_build
def test_slow_callback_holds_the_client_up(orthanc: Servers) -> None:
    slow = orthanc(SCRIPT)
    with ThreadPoolExecutor() as clients:
        before = memory(slow, "VmRSS")
        sending = clients.submit(send, slow, "/wait", [BLOCK] * 200)
        assert eventually(lambda: events(slow)) == ["waiting"]
        assert not sending.done()
        slow.delete("/control")
        assert int(sending.result().text) > 190 << 20
        assert memory(slow, "VmHWM") - before < 100


def test_uploads_at_the_same_time(server: OrthancServer) -> None:
    def ask(number: int) -> bool:
        block = bytes([number]) * 300_000
        answer = send(server, "/digest", [block] * 20).json()
        return bool(answer[2] == hashlib.sha256(block * 20).hexdigest())

    with ThreadPoolExecutor(8) as clients:
        assert all(clients.map(ask, range(40)))


def test_stop_during_an_upload(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    with started_upload(server, "/watch"):
        assert eventually(lambda: events(server) == ["started", "chunk"]), events(server)
        orthanc.stop(server)
