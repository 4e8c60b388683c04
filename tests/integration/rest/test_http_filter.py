# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter of incoming HTTP requests."""

from __future__ import annotations

import pytest
from conftest import Servers

from orthanc_python import OrthancServer

SCRIPT = """
import json
import orthanc

calls = []
RESULTS = {
    "/true": True, "/false": False, "/none": None, "/one": 1, "/zero": 0, "/text": "yes", "/list": [True],
}


def is_allowed(uri, **request):
    assert type(uri) is str
    if uri == "/raise":
        raise RuntimeError("no idea")
    if uri == "/leave":
        raise SystemExit(0)
    if uri not in ("/calls", "/system"):
        calls.append({"uri": uri, "number": isinstance(request["method"], int), **request})
    return RESULTS.get(uri, True)


def answer(output, uri, **request):
    output.AnswerBuffer(json.dumps(calls), "application/json")


orthanc.RegisterIncomingHttpRequestFilter(is_allowed)
orthanc.RegisterRestCallback("/.*", answer)
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> OrthancServer:
    return module_orthanc(SCRIPT)


@pytest.mark.parametrize(("method", "number"), [("GET", 1), ("POST", 2), ("PUT", 3), ("DELETE", 4)])
def test_arguments(server: OrthancServer, method: str, number: int) -> None:
    server.request(method, "/any?x=1&y=two", b"body" if number in (2, 3) else None, headers={"X-Token": "Secret"})
    call = server.get("/calls").json()[-1]
    assert call.pop("headers")["x-token"] == "Secret"
    assert call.pop("get", None) == ({"x": "1", "y": "two"} if method == "GET" else None)
    assert call == {"uri": "/any", "number": True, "method": number, "ip": "127.0.0.1"}


@pytest.mark.parametrize(
    ("uri", "allowed"),
    [
        ("/true", True),
        ("/false", False),
        ("/none", False),
        ("/one", False),
        ("/zero", False),
        ("/text", False),
        ("/list", False),
        ("/raise", False),
        ("/leave", False),
    ],
)
def test_only_true_allows(server: OrthancServer, uri: str, allowed: bool) -> None:
    status = server.get(uri).status
    assert (status == 200) if allowed else (status in (401, 403))


def test_exception_is_logged(server: OrthancServer) -> None:
    beginning = len(server.log())
    server.get("/raise")
    server.wait_for_log("RuntimeError: no idea", beginning=beginning)
    server.wait_for_log(r'script\.py", line \d+, in is_allowed', beginning=beginning)


def test_several_filters_must_all_allow(orthanc: Servers) -> None:
    server = orthanc("""
        import orthanc

        orthanc.RegisterIncomingHttpRequestFilter(lambda uri, **request: uri != "/patients")
        orthanc.RegisterIncomingHttpRequestFilter(lambda uri, **request: uri != "/studies")
    """)
    statuses = [server.get(uri).status for uri in ("/system", "/patients", "/studies", "/series")]
    assert statuses == [200, 403, 403, 200]
