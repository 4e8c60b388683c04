# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of clients and peers reach neither a header, nor the log, nor another client in a form that harms."""

from __future__ import annotations

import io
import re
import socket
from typing import Any

import pydicom
import pytest
from conftest import Servers
from helpers import CT

from orthanc_python import OrthancServer

FORGED = "E1231 23:59:59.000000 main.cpp:1] the disk is on fire"
SCRIPT = (
    f"FORGED = {FORGED!r}"
    + """
import logging
import orthanc


def secret(output, uri, **request):
    raise ValueError("http://server/?token=12345")


def own(output, uri, **request):
    raise orthanc.OrthancException(orthanc.ErrorCode.UNKNOWN_RESOURCE, "no such shelf")


class Shelf(orthanc.OrthancException):
    pass


def subclass(output, uri, **request):
    raise Shelf(orthanc.ErrorCode.BAD_REQUEST, "a bad shelf")


def of_orthanc(output, uri, **request):
    orthanc.RestApiGet("/instances/token=12345")


def of_body(output, uri, **request):
    raise ValueError(request["body"].decode())


def as_key(output, uri, **request):
    raise KeyError(request["body"].decode())


def of_header(output, uri, **request):
    raise orthanc.OrthancException(5, request["headers"].get("x-text", "") + "\\n" + FORGED)


def log(output, uri, **request):
    text = request["body"].decode()
    for function in (orthanc.LogError, orthanc.LogWarning, orthanc.LogInfo, logging.warning):
        function(text)
    logging.warning("%d", text)
    logging.warning("%s", Shelved(text))
    if orthanc.HasFunction("LogMessage"):
        orthanc.LogMessage(text, text, text, 1, orthanc.LogCategory.GENERIC, orthanc.LogLevel.WARNING)
    output.SetHttpErrorDetails(text, 1)
    raise LookupError(text)


def redirect(output, uri, **request):
    try:
        output.Redirect(request["get"]["to"] if "get" in request else request["body"].decode())
    except ValueError as error:
        output.SendHttpStatus(400, str(error))


class Shelved:
    def __init__(self, text):
        self.text = text

    def __del__(self):
        raise ValueError(self.text)

    def __str__(self):
        raise ValueError(self.text)


def of_thread(output, uri, **request):
    import threading

    def dive():
        raise ValueError(request["body"].decode())

    thread = threading.Thread(target=dive, name="diver")
    thread.start()
    thread.join()
    Shelved(request["body"].decode())
    output.AnswerBuffer(b"", "text/plain")


def arguments(output, uri, **request):
    import json

    text = request["body"].decode()
    calls = {
        "RestApiGet": (text,),
        "RestApiGetAfterPlugins": ("/" + text,),
        "RestApiPost": ("/" + text, b""),
        "RestApiPut": ("/" + text, b""),
        "RestApiDelete": ("/" + text,),
        "CallRestApi": (1, "/" + text, {}, b"", 0),
        "LookupDictionary": (text,),
        "ReadFile": ("/" + text,),
        "WriteFile": ("/" + text, b""),
        "TranscodeDicomInstance": (b"", text),
        "RegisterDictionaryTag": (0x4321, 0x1011, 13, text, 1, 1),
        "RegisterRestCallback": ("/" + text, of_thread),
        "RegisterChunkedRestCallback": ("/" + text, of_thread),
        "SetMetricsValue": (text, 1.0, 0),
        "SetMetricsIntegerValue": (text, 1, 0),
        "SetRootUri": (text,),
        "CreateJob": ((step for step in ()), text),
        "GetQueueSize": (text,),
        "StoreKeyValue": (text, "key", b"value"),
    }
    raised = {}
    for name, arguments in calls.items():
        if orthanc.HasFunction(name):
            try:
                getattr(orthanc, name)(*arguments)
                raised[name] = None
            except Exception as error:
                raised[name] = type(error).__name__
    output.AnswerBuffer(json.dumps(raised), "application/json")


def on_stored(instance, instance_id):
    import json
    raise ValueError(json.loads(instance.GetInstanceSimplifiedJson())["PatientComments"])


for callback in (secret, own, subclass, of_orthanc, of_body, as_key, of_header, of_thread, arguments, log, redirect):
    orthanc.RegisterRestCallback("/" + callback.__name__, callback)
orthanc.RegisterRestCallback("/any/.*", secret)
orthanc.RegisterOnStoredInstanceCallback(on_stored)
"""
)
DETAILS: dict[str, Any] = {"HttpDescribeErrors": True}


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> OrthancServer:
    return module_orthanc(SCRIPT, configuration=DETAILS, verbose=True)


@pytest.fixture(scope="module")
def open_server(module_orthanc: Servers) -> OrthancServer:
    return module_orthanc(SCRIPT, configuration=DETAILS | {"Python": {"ErrorDetails": True}})


@pytest.mark.parametrize(("route", "status"), [("secret", 500), ("of_orthanc", 404)])
def test_texts_of_errors_stay_in_the_log(server: OrthancServer, route: str, status: int) -> None:
    answer = server.get(f"/{route}")
    assert answer.status == status
    assert "12345" not in answer.json()["Details"]
    found = re.search(r"see error ([0-9a-f]{8}) in the log of Orthanc", answer.json()["Details"])
    assert found
    server.wait_for_log(rf"the REST callback of /{route} failed \(.*\), error {found[1]}: ")


def test_errors_that_the_script_raises_for_the_client(server: OrthancServer) -> None:
    assert "no such shelf" in server.get("/own").json()["Details"]
    assert "a bad shelf" in server.get("/subclass").json()["Details"]


def test_setting_for_development(open_server: OrthancServer) -> None:
    assert "ValueError: http://server/?token=12345" in open_server.get("/secret").json()["Details"]


def lines_of(server: OrthancServer) -> list[str]:
    return server.log().splitlines()


def check_log(server: OrthancServer) -> None:
    """Every line is one of Orthanc's or of a worker's, or is indented; and none is the forged one."""
    lines = [line for line in lines_of(server) if "ASan doesn't fully support" not in line]
    odd = [line for line in lines if not re.match(r"[EWIT]\d{4} \d\d:\d\d:\d\d\.\d{6} | {4}|Python worker \d+: |$", line)]
    assert not odd, odd
    assert not [line for line in lines if line.startswith(FORGED)]


ENDS = ["\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\x1b[2J\n", "\b\n"]


@pytest.mark.parametrize("end", ENDS, ids=ascii)
@pytest.mark.parametrize("route", ["of_body", "as_key"])
def test_log_lines_of_bodies(server: OrthancServer, route: str, end: str) -> None:
    server.post(f"/{route}", f"text{end}{FORGED}")
    check_log(server)


@pytest.mark.parametrize("end", ["%0a", "%0d%0a", "%1b%5b2J", "%c2%85", "%e2%80%a8"])
def test_log_lines_of_addresses(open_server: OrthancServer, end: str) -> None:
    """Not with --verbose: Orthanc itself writes addresses as they come then."""
    open_server.get(f"/any/{end}{FORGED.replace(' ', '%20')}")
    open_server.wait_for_log("the REST callback of /any/")
    check_log(open_server)


def test_bytes_that_are_not_utf_8_in_addresses(open_server: OrthancServer) -> None:
    """Terminals of 8 bits obey some of them."""
    open_server.get("/any/%9b2J%80%e2%80")
    open_server.wait_for_log(r"the REST callback of /any/\\x9b2J\\x80\\xe2\\x80 failed")


def test_log_lines_of_headers(server: OrthancServer) -> None:
    server.get("/of_header", headers={"X-Text": "text\x1b[31m"})
    check_log(server)


def test_log_lines_of_dicom_tags(server: OrthancServer) -> None:
    dataset = pydicom.dcmread(CT)
    dataset.PatientComments = f"comment\n{FORGED}"  # of the value representation LT: it may have line breaks
    file = io.BytesIO()
    dataset.save_as(file)
    server.upload(file.getvalue())
    server.wait_for_log("ValueError: comment")
    check_log(server)


@pytest.mark.parametrize("end", ENDS, ids=ascii)
def test_log_lines_of_scripts(server: OrthancServer, end: str) -> None:
    """A script's own log texts keep their line breaks, so that tables and tracebacks can be read."""
    server.post("/log", f"text{end}{FORGED}")
    check_log(server)
    if end == "\n":
        assert sum(line == f"    {FORGED}" for line in lines_of(server)) >= 4
        assert re.search(r"the log record '%d' of \S+script\.py:\d+ failed: TypeError: %d format", server.log())
        assert re.search(r"the log record '%s' of \S+script\.py:\d+ failed: ValueError: text", server.log())


@pytest.mark.parametrize("end", ENDS, ids=ascii)
def test_log_lines_of_threads(server: OrthancServer, end: str) -> None:
    server.post("/of_thread", f"text{end}{FORGED}")
    server.wait_for_log("the thread 'diver' failed: ValueError: text")
    server.wait_for_log(r"<function Shelved\.__del__ at .*> failed: ValueError: text")
    check_log(server)


@pytest.mark.parametrize("end", ["\n", "\r", "\u2028"], ids=ascii)
def test_log_lines_of_arguments(server: OrthancServer, end: str) -> None:
    """Orthanc logs some arguments of its functions as they are."""
    raised = server.post("/arguments", f"text{end}{FORGED}").json()
    assert raised and set(raised.values()) == {"ValueError"}, raised
    check_log(server)


def receive(server: OrthancServer, request: str) -> bytes:
    with socket.create_connection((server.host, server.http_port)) as connection:
        connection.sendall(request.encode())
        return b"".join(iter(lambda: connection.recv(4096), b""))


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"], ids=ascii)
def test_answers_are_not_split(server: OrthancServer, end: str) -> None:
    """Seen on the wire."""
    text = f"/{end}X-Injected: yes"
    fields = f"Host: localhost\r\nConnection: close\r\nContent-Length: {len(text)}"
    encoded = "".join(f"%{byte:02x}" for byte in text.encode())
    head, _, body = receive(server, f"POST /redirect HTTP/1.1\r\n{fields}\r\n\r\n{text}").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400") and b"X-Injected" not in head
    assert b"invalid redirection, because it has a line break" in body
    # Orthanc 1.10.1 does not decode the argument.
    request = f"GET /redirect?to={encoded} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert b"X-Injected" not in receive(server, request).partition(b"\r\n\r\n")[0]
