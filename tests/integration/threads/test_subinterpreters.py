# SPDX-License-Identifier: GPL-3.0-or-later
"""Sub-interpreters beside the script: calls back from Orthanc, the module's refusal to be imported there, reset and stop."""

from __future__ import annotations

import pytest
from conftest import Servers
from helpers import eventually

from orthanc_python import OrthancServer

SCRIPT = """
import sys
import threading
import orthanc

if sys.version_info >= (3, 13):
    import _interpreters as interpreters
else:
    import _xxsubinterpreters as interpreters

kept = []


def run(identifier, code):
    \"\"\"Return the error's text, or an empty one.\"\"\"
    try:
        failure = interpreters.run_string(identifier, code)
    except Exception as error:  # before CPython 3.13
        return str(error)
    return "" if failure is None else f"{failure.type.__name__}: {failure.msg}"


def run_in_new(code, *configuration):
    identifier = interpreters.create(*configuration)
    try:
        return run(identifier, code)
    finally:
        interpreters.destroy(identifier)


def inner(output, uri, **request):
    output.AnswerBuffer("inner", "text/plain")


def nest(output, uri, **request):
    output.AnswerBuffer(orthanc.RestApiGetAfterPlugins("/inner"), "text/plain")


def at(place, action):
    \"\"\"Run it in this callback, or on a thread of the script.\"\"\"
    if place == "callback":
        return action()
    results = []
    thread = threading.Thread(target=lambda: results.append(action()))
    thread.start()
    thread.join()
    return results[0]


def use(output, uri, **request):
    def action():
        run_in_new("import json, threading; json.dumps(threading.active_count())")
        kept.append(interpreters.create())
        failure = run(kept[-1], "x = sum(range(1000))")
        return failure.encode() + orthanc.RestApiGetAfterPlugins("/nest")

    output.AnswerBuffer(at(request["groups"][0], action), "text/plain")


def refused(output, uri, **request):
    output.AnswerBuffer(at(request["groups"][0], lambda: run_in_new("import orthanc")), "text/plain")


orthanc.RegisterRestCallback("/inner", inner)
orthanc.RegisterRestCallback("/nest", nest)
orthanc.RegisterRestCallback("/use/(.*)", use)
orthanc.RegisterRestCallback("/refused/(.*)", refused)
orthanc.RegisterOnChangeCallback(lambda *change: orthanc.RestApiGet("/system"))
"""
PLACES = pytest.mark.parametrize("place", ["callback", "thread"])


def check_nesting(server: OrthancServer) -> None:
    for _ in range(5):
        assert server.get("/nest").text == "inner"
    assert server.running


@PLACES
def test_calls_back_after_use(orthanc: Servers, place: str) -> None:
    server = orthanc(SCRIPT)
    for _ in range(3):
        assert server.get(f"/use/{place}").text == "inner"
        check_nesting(server)


def test_made_at_the_import(orthanc: Servers) -> None:
    server = orthanc(SCRIPT + "\nkept.append(interpreters.create())\nrun(kept[0], 'import math')\nrun_in_new('import math')\n")
    check_nesting(server)


@PLACES
def test_import_is_refused(orthanc: Servers, place: str) -> None:
    server = orthanc(SCRIPT)
    for _ in range(2):
        assert "the module 'orthanc' cannot be imported in a sub-interpreter" in server.get(f"/refused/{place}").text
        check_nesting(server)
    assert server.get(f"/use/{place}").text == "inner"


def test_interpreter_that_shares_the_lock(orthanc: Servers) -> None:
    """Since CPython 3.12 an interpreter has a lock of its own, unless it is made as before."""
    server = orthanc(
        SCRIPT
        + """
def legacy(output, uri, **request):
    how = ["legacy"] if sys.version_info >= (3, 13) else []
    output.AnswerBuffer(run_in_new("import orthanc", *how), "text/plain")

orthanc.RegisterRestCallback("/legacy", legacy)
"""
    )
    assert "cannot be imported in a sub-interpreter" in server.get("/legacy").text
    check_nesting(server)


def test_leaked_function(orthanc: Servers) -> None:
    """No interpreter can refuse objects that ctypes takes over: the call raises an exception."""
    server = orthanc(
        SCRIPT
        + '''
CODE = """
import ctypes
function = ctypes.cast({}, ctypes.py_object).value
message = ""
try:
    function("/system")
except RuntimeError as error:
    message = str(error)
assert "RestApiGet cannot be called in a sub-interpreter" in message, message
"""

def leak(output, uri, **request):
    how = ["legacy"] if sys.version_info >= (3, 13) else []
    output.AnswerBuffer(run_in_new(CODE.format(id(orthanc.RestApiGet)), *how), "text/plain")

orthanc.RegisterRestCallback("/leak", leak)
'''
    )
    assert server.get("/leak").text == ""
    check_nesting(server)


def test_reset(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    for _ in range(2):
        assert server.get("/use/callback").text == "inner"
        server.reset()

        def answers() -> bool:
            try:
                return server.get("/nest", timeout=5.0).text == "inner"
            except OSError:
                return False

        assert eventually(answers)
    check_nesting(server)


def test_stop_while_one_runs(orthanc: Servers) -> None:
    server = orthanc(
        SCRIPT
        + """
import time
kept.append(interpreters.create())
threading.Thread(target=run, args=(kept[-1], "import time; time.sleep(3600)"), daemon=True).start()
"""
    )
    check_nesting(server)
    orthanc.stop(server)


def test_pool_of_interpreters(orthanc: Servers) -> None:
    server = orthanc(
        SCRIPT
        + """
def pool(output, uri, **request):
    try:
        from concurrent.futures import InterpreterPoolExecutor
    except ImportError:  # before CPython 3.14
        output.AnswerBuffer("[0, 1, 2, 3]", "text/plain")
        return
    with InterpreterPoolExecutor(2) as executor:
        result = list(executor.map(abs, range(4)))
    kept.append(InterpreterPoolExecutor(2))  # and one that the script leaves
    assert list(kept[-1].map(abs, range(4))) == result
    output.AnswerBuffer(str(result), "text/plain")

orthanc.RegisterRestCallback("/pool", pool)
"""
    )
    for _ in range(2):
        assert server.get("/pool").text == "[0, 1, 2, 3]"
        check_nesting(server)
