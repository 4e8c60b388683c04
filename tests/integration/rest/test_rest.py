# SPDX-License-Identifier: GPL-3.0-or-later
"""REST callbacks: what they are called with, and what becomes of what they do."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Servers

from orthanc_python import OrthancServer

SCRIPT = '''
import base64
import json

import orthanc

kept = []


def show(output, uri, **request):
    """Answers with the arguments of the call, and their types."""
    if "body" in request:
        assert type(request["body"]) is bytes
        request["body"] = request["body"].decode("latin-1")
    assert type(request["groups"]) is tuple and type(request["headers"]) is dict and type(uri) is str
    answer = {"uri": uri, "output": type(output).__name__, **request}
    output.AnswerBuffer(json.dumps(answer), "application/json")


def echo(output, uri, **request):
    output.AnswerBuffer(request["body"], "application/octet-stream")


def parse(output, uri, **request):
    try:
        json.loads(request["body"])
        text = "parsed"
    except RecursionError as error:
        text = "RecursionError"
    output.AnswerBuffer(text, "text/plain")


def fail(output, uri, **request):
    raise LookupError("the shelf is empty")


def fail_beyond_utf8(output, uri, **request):
    raise LookupError(f"no file \\udcff of {uri}")  # a name as os.listdir() gives it, if its bytes are not UTF-8


def fail_beyond_32_bits(output, uri, **request):
    raise orthanc.OrthancException(1 << 32, "its low 32 bits are those of success")


def leave(output, uri, **request):
    raise SystemExit(7)


def imports(output, uri, **request):
    import asyncio
    import numpy
    import xml.dom.minidom

    total = int(numpy.arange(10).sum()) + asyncio.run(asyncio.sleep(0, 5))
    output.AnswerBuffer(f"{total} {xml.dom.minidom.parseString('<a/>').documentElement.tagName}", "text/plain")


def answers(output, uri, **request):
    kind = request["groups"][0]
    if kind == "sized":
        output.SendHttpStatus(409, "a conflict", 3)
    elif kind == "oversized":
        output.SendHttpStatus(409, "a conflict", 300)
    elif kind == "redirect":
        output.Redirect("/somewhere")
    elif kind == "unauthorized":
        output.SendUnauthorized("realm")
    elif kind == "status":
        output.SendHttpStatus(409, "a conflict")
    elif kind == "code":
        output.SendHttpStatusCode(204)
    elif kind == "cookie":
        output.SetCookie("name", "value")
        output.SetHttpHeader("X-Extra", "more")
        output.AnswerBuffer("", "text/plain")
    elif kind == "multipart":
        output.StartMultipartAnswer("mixed", "text/plain")
        output.SendMultipartItem(b"first")
        output.SendMultipartItem("second")
    elif kind == "png":
        output.CompressAndAnswerPngImage(orthanc.PixelFormat.GRAYSCALE8, 2, 1, 2, b"\\x00\\xff")
    elif kind == "kept":
        kept.append(output)
        output.AnswerBuffer("in time", "text/plain")


def late(output, uri, **request):
    try:
        kept.pop().AnswerBuffer("too late", "text/plain")
        text = "nothing was raised"
    except Exception as error:
        text = "refused"
    output.AnswerBuffer(text, "text/plain")


def first(output, uri, **request):
    output.AnswerBuffer("first", "text/plain")


def second(output, uri, **request):
    output.AnswerBuffer("second", "text/plain")


class Counter:
    """A callback need not be a function."""

    def __init__(self):
        self.calls = 0

    def __call__(self, output, uri, **request):
        self.calls += 1
        output.AnswerBuffer(str(self.calls), "text/plain")


for route, callback in {
    "/show(/.*)?": show,
    "/files/([^/]+)/([0-9]*)": show,
    "/optional/(a)?(b)?": show,
    "/echo": echo,
    "/parse": parse,
    "/fail": fail,
    "/fail-beyond-utf8/.*": fail_beyond_utf8,
    "/fail-beyond-32-bits": fail_beyond_32_bits,
    "/leave": leave,
    "/imports": imports,
    "/answers/(.+)": answers,
    "/late": late,
    "/same/.*": first,
    "/same/route": second,
    "/counter": Counter(),
    "/lambda": lambda output, uri, **request: output.AnswerBuffer("lambda", "text/plain"),
}.items():
    orthanc.RegisterRestCallback(route, callback)
'''


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> OrthancServer:
    return module_orthanc(SCRIPT, configuration={"Python": {"ErrorDetails": True}})


def test_request(server: OrthancServer) -> None:
    call = server.get("/show/a/b?x=1&empty=&y=two", headers={"X-Some-Header": "Value"}).json()
    assert call.pop("headers")["x-some-header"] == "Value"
    assert call == {
        "uri": "/show/a/b",
        "output": "RestOutput",
        "method": "GET",
        "groups": ["/a/b"],
        "get": {"x": "1", "empty": "", "y": "two"},
    }


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_methods(server: OrthancServer, method: str) -> None:
    body = b"\x00 body \xff" if method in ("POST", "PUT") else None
    call = server.request(method, "/show", body).json()
    assert call["method"] == method
    expected = {"uri", "output", "method", "groups", "headers"}
    assert set(call) == expected | ({"get"} if method == "GET" else {"body"} if body else set())
    assert call.get("body", "").encode("latin-1") == (body or b"")


def test_groups_and_full_match(server: OrthancServer) -> None:
    assert server.get("/files/image/12").json()["groups"] == ["image", "12"]
    assert server.get("/files/image/12x").status == 404
    assert server.get("/more/files/image/12").status == 404
    assert len(server.get("/optional/b").json()["groups"]) == 2
    assert server.get("/lambda").text == "lambda"
    assert server.get("/lambda/more").status == 404


def test_empty_body(server: OrthancServer) -> None:
    for method in ("POST", "PUT"):
        assert server.request(method, "/show", b"").json()["body"] == ""


def test_first_registered_wins(server: OrthancServer) -> None:
    assert server.get("/same/route").text == "first"


def test_callable_object(server: OrthancServer) -> None:
    assert [server.get("/counter").text for _ in range(3)] == ["1", "2", "3"]


def test_large_body(server: OrthancServer) -> None:
    body = bytes(range(256)) * (50 * 4096)
    assert server.post("/echo", body).body == body


def test_deep_json(server: OrthancServer) -> None:
    for _ in range(3):
        assert server.post("/parse", b"[" * 100_000 + b"]" * 100_000).text == "RecursionError"
    assert server.post("/parse", b"[" * 900 + b"]" * 900).text == "parsed"
    assert server.get("/system").status == 200


def test_imports_in_callback(server: OrthancServer) -> None:
    with ThreadPoolExecutor(4) as clients:
        assert {each.text for each in clients.map(lambda _: server.get("/imports"), range(4))} == {"50 a"}


def test_exception(server: OrthancServer) -> None:
    beginning = len(server.log())
    assert server.get("/fail").status == 500
    server.wait_for_log("LookupError: the shelf is empty", beginning=beginning)
    server.wait_for_log(r'File ".*script\.py", line \d+, in fail', beginning=beginning)
    server.wait_for_log(r"Traceback|traceback", beginning=beginning)


def test_exception_with_text_that_is_no_utf8(server: OrthancServer) -> None:
    beginning = len(server.log())
    answer = server.get("/fail-beyond-utf8/%ff")
    assert answer.status == 500 and r"no file \udcff of /fail-beyond-utf8/" in answer.json()["Details"]
    server.wait_for_log(r"LookupError: no file \\udcff of", beginning=beginning)
    server.wait_for_log(r'File ".*script\.py", line \d+, in fail_beyond_utf8', beginning=beginning)


def test_exception_with_a_code_that_is_none(server: OrthancServer) -> None:
    assert server.get("/fail-beyond-32-bits").status == 500


def test_system_exit_ends_nothing(server: OrthancServer) -> None:
    assert server.get("/leave").status == 500
    assert server.get("/lambda").text == "lambda"


def test_answers(server: OrthancServer) -> None:
    assert server.get("/answers/redirect").headers["location"] == "/somewhere"
    assert server.get("/answers/unauthorized").status == 401
    assert server.get("/answers/unauthorized").headers["www-authenticate"].endswith('"realm"')
    conflict = server.get("/answers/status")
    assert (conflict.status, conflict.body) == (409, b"a conflict")
    sized = server.get("/answers/sized")
    assert (sized.status, sized.body) == (409, b"a c")
    assert "bodySize is 300" in server.get("/answers/oversized").json()["Details"]
    assert server.get("/answers/code").status == 204
    cookie = server.get("/answers/cookie")
    assert cookie.headers["set-cookie"].startswith("name=value") and cookie.headers["x-extra"] == "more"
    multipart = server.get("/answers/multipart")
    assert b"first" in multipart.body and b"second" in multipart.body
    assert multipart.headers["content-type"].startswith("multipart/mixed")
    assert server.get("/answers/png").body.startswith(b"\x89PNG")


def test_output_after_its_request(server: OrthancServer) -> None:
    assert server.get("/answers/kept").text == "in time"
    assert server.get("/late").text == "refused"
    assert server.get("/lambda").text == "lambda"


def test_eight_clients(server: OrthancServer) -> None:
    def ask(number: int) -> bool:
        data = json.dumps({"number": number}).encode() * (number + 1)
        return server.post("/echo", data).body == data and server.get(f"/show/{number}").json()["groups"] == [f"/{number}"]

    with ThreadPoolExecutor(8) as clients:
        assert all(clients.map(ask, range(400)))
