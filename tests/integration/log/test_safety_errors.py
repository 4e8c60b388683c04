# SPDX-License-Identifier: GPL-3.0-or-later
"""Exceptions and wrong results in every kind of callback: logged with where they come from, and the server goes on."""

from __future__ import annotations

import re
from typing import Any

import pytest
from conftest import Servers
from every_callback import KINDS, SCRIPT, EveryCallback
from helpers import CT

FAILURES = {
    "exception": ("raise LookupError('the shelf is empty')", "LookupError: the shelf is empty"),
    "exit": ("raise SystemExit(3)", "SystemExit: 3"),
    "interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "broken text": (
        "class Broken(Exception):\n    def __str__(self):\n        raise ValueError\nraise Broken",
        "Broken",
    ),
    "code": ("raise orthanc.OrthancException(12345, 'no such code')", "OrthancException"),
}

# Results that a kind of callback must not give. Those that ignore their result are not here.
WRONG_RESULTS = {
    "http_filter": ["None", "1", "'yes'", "object()"],
    "received": ["None", "5", "(99, None)", "(1, 2, 3)", "(2**70, None)", "(True, None)", "(99, '')", "('x', False)"],
    "store_filter": ["None", "True", "'accept'", "-1", "0x10000", "2**70", "1.0"],
    "instance_filter": ["None", "1", "0", "'yes'"],
    "storage_read": ["None", "'text'", "5", "object()"],
    "move_size": ["None", "False", "True", "-1", "2**40", "'one'"],
    "move_apply": ["2**40", "False"],
    "lookup": ["None", "False", "True", "99", "'lost'", "2**70"],
    "job": ["True", "'done'", "99", "1.5"],
    "decoder": ["b'pixels'", "5", "orthanc"],
    "transcoder": ["5", "orthanc"],
    "web_dav_list": ["5", "[(1, 2, 3, 4)]", "[('name', 'size')]", "[None]"],
    "web_dav_read": ["5", "(b'data', 'yesterday')", "object()"],
}


@pytest.fixture(scope="module")
def callbacks(module_orthanc: Servers) -> EveryCallback:
    return EveryCallback(module_orthanc)


def line_of(kind: str) -> int:
    """The line of the script that registers the callback, or creates the job."""
    wanted = {
        "rest": 'RegisterRestCallback("/act/rest"',
        "http_filter": "RegisterIncomingHttpRequestFilter(",
        "change": "RegisterOnChangeCallback(",
        "stored": "RegisterOnStoredInstanceCallback(",
        "received": "RegisterReceivedInstanceCallback(",
        "instance_filter": "RegisterIncomingDicomInstanceFilter(",
        "store_filter": "RegisterIncomingCStoreInstanceFilter(",
        "storage": "RegisterStorageArea(",
        "find": "    find(add",
        "worklist": "    tasks(",
        "move": "    move(move_create",
        "commitment": "    committing(",
        "lookup": "    committing(",
        "job": "CreateJob(",
        "decoder": "RegisterDecodeImageCallback(",
        "transcoder": "RegisterTranscoderCallback(",
        "metrics": "RegisterRefreshMetricsCallback(",
        "web_dav": "RegisterWebDavCollection(",
    }
    text = wanted[kind if kind in wanted else kind.rpartition("_")[0]]
    return next(number for number, line in enumerate(SCRIPT.splitlines(), start=1) if text in line)


def refused(callbacks: EveryCallback, kind: str, before: set[str]) -> None:
    """The contract's rules for a callback that fails."""
    answer = callbacks.answer
    stored = set(callbacks.server.get("/instances").json()) - before
    if kind in ("rest", "storage_read"):
        assert answer.status >= 400
    elif kind == "http_filter":
        assert answer.status in (401, 403)
    elif kind == "store_filter":
        assert answer == 0x0110 and not stored
    elif kind == "instance_filter":
        assert answer.json()["Status"] == "FilteredOut" and not stored
    elif kind == "storage_create":
        assert answer.status >= 400 and not stored
    elif kind in ("stored", "change", "received"):
        assert answer.json()["Status"] == "Success" and len(stored) == 1
    elif kind in ("find", "worklist", "move_create", "move_size"):
        assert answer != 0x0000
    elif kind == "decoder":
        assert answer.status == 200 and answer.body.startswith(b"\x89PNG")  # by Orthanc itself
    elif kind == "web_dav_list":
        assert "<D:href>/dav/act/file" not in answer.text


def fails(callbacks: EveryCallback, kind: str, code: str) -> str:
    """Have a callback fail, and return what is logged of it."""
    server = callbacks.server
    before = set(server.get("/instances").json())
    beginning = len(server.log())
    callbacks.run(kind, code)
    server.wait_for_log(r"\] (\| job \S+ \| )?Python: .* failed", beginning=beginning)
    refused(callbacks, kind, before)
    assert server.get("/instances").status == 200
    for instance in set(server.get("/instances").json()) - before:
        server.delete(f"/instances/{instance}")
    assert server.get("/act/rest").text == "answered"
    return server.log()[beginning:]


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("kind", KINDS)
def test_exceptions(callbacks: EveryCallback, kind: str, failure: str) -> None:
    code, text = FAILURES[failure]
    log = fails(callbacks, kind, code)
    assert text in log
    assert re.search(rf'File "<{kind}>", line \d', log), "no traceback"
    how = "created" if kind == "job" else "registered"
    place = rf"{how} at \S*script\.py:{line_of(kind)}\)"
    assert re.search(place, log), f"it does not say that it was {how} at line {line_of(kind)}"


@pytest.mark.parametrize(("kind", "result"), [(kind, result) for kind, results in WRONG_RESULTS.items() for result in results])
def test_wrong_results(callbacks: EveryCallback, kind: str, result: str) -> None:
    log = fails(callbacks, kind, f"result = {result}")
    assert re.search(r"(Type|Value|Overflow|Attribute)Error", log)


def test_last_answer_stands(callbacks: EveryCallback) -> None:
    """An error after the answer: the client has it already."""
    callbacks.run("rest", "handles[0].AnswerBuffer('early', 'text/plain')\nraise LookupError('late')")
    assert callbacks.server.get("/act/rest").text == "answered"


@pytest.mark.parametrize("content", ["b'no DICOM'", "b''", "None", "5"])
def test_wrong_dicom(callbacks: EveryCallback, content: str) -> None:
    """A modification that is not a DICOM file is refused, and stores nothing."""
    before = callbacks.server.get("/instances").json()
    callbacks.run("received", f"result = orthanc.ReceivedInstanceAction.MODIFY, {content}")
    assert callbacks.answer.status >= 400
    assert callbacks.server.get("/instances").json() == before


@pytest.mark.parametrize(
    "result",
    [
        "True, DICOM",
        "'MODIFY', DICOM",
        "99, DICOM",
        "None, DICOM",
        "DICOM, orthanc.ReceivedInstanceAction.MODIFY",
        "[orthanc.ReceivedInstanceAction.MODIFY, DICOM]",
        "orthanc.ReceivedInstanceAction.MODIFY, DICOM, 'x'",
    ],
)
def test_wrong_result_with_a_file(callbacks: EveryCallback, result: str) -> None:
    """The callback may be an anonymizer, so the original is not stored."""
    before = callbacks.server.get("/instances").json()
    fails_to_store = f"result = {result.replace('DICOM', 'kept_dicom.read_bytes()')}"
    callbacks.run("received", f"import pathlib\nkept_dicom = pathlib.Path({str(CT)!r})\n{fails_to_store}")
    assert callbacks.answer.status >= 400
    assert callbacks.server.get("/instances").json() == before


def test_a_filter_that_answers_false(callbacks: EveryCallback) -> None:
    """It is 0: scripts ask whether an instance is unwanted."""
    callbacks.run("store_filter", "result = False")
    assert callbacks.answer == 0x0000


def test_error_of_a_registration(orthanc: Servers) -> None:
    """A function that Orthanc does not take is not kept either."""
    server: Any = orthanc("""
        import orthanc

        for number in range(2):
            try:
                orthanc.RegisterRestCallback("/bad(", lambda output, uri, **request: None)
            except Exception as error:
                orthanc.LogWarning(f"refused {number}: {type(error).__name__}")
        orthanc.RegisterRestCallback("/good", lambda output, uri, **request: output.AnswerBuffer("good", "text/plain"))
    """)
    server.wait_for_log("refused 1: ")
    assert server.get("/good").text == "good"
    assert server.upload(CT)["Status"] == "Success"


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(
            "resource.setrlimit(resource.RLIMIT_NOFILE, (3, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))",
            marks=pytest.mark.release_build,  # UndefinedBehaviorSanitizer needs a pipe to look at an object
        ),
        "sys.modules['traceback'] = types.ModuleType('traceback')",
    ],
    ids=["no file can be opened", "another module has the name"],
)
def test_error_that_cannot_be_formatted_by_the_standard_library(orthanc: Servers, trouble: str) -> None:
    server = orthanc(f"""
        import resource, sys, types
        import orthanc

        def fail(output, uri, **request):
            for name in ("traceback", "linecache", "tokenize"):
                sys.modules.pop(name, None)
            {trouble}
            raise LookupError("the shelf is empty")

        orthanc.RegisterRestCallback("/fail", fail)
    """)
    server.get("/fail")
    log = server.wait_for_log(r"failed \(fail, (\S+):5, registered at \S+:11\), error \S+: LookupError: the shelf is empty\n")
    rest = server.log()[log.end() :]
    assert f'    Traceback (most recent call last):\n      File "{log[1]}", line 9, in fail' in rest
    assert "\n    LookupError: the shelf is empty" in rest
