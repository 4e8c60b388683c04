# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors, callbacks and workers that are odd in themselves: the log describes them in its lines, and clients see no text."""

from __future__ import annotations

import re

import pytest
from conftest import Servers
from helpers import eventually
from test_outside_input import DETAILS, FORGED, check_log

from orthanc_python import OrthancServer

SECRET = "token=5ecret"
SCRIPT = (
    f"TEXT = {f'{SECRET}{chr(10)}{FORGED}'!r}"
    + """
import dataclasses
import multiprocessing
import sys
import threading
import orthanc

@dataclasses.dataclass(frozen=True)
class Frozen(Exception):
    text: str

class NoAttributes(Exception):
    def __setattr__(self, name, value):
        raise RuntimeError(TEXT)

class OddModule:
    __hash__ = None

    def __eq__(self, other):
        raise RuntimeError(TEXT)

class HasOddModule(Exception):
    __module__ = OddModule()

class LyingError(Exception):
    __class__ = orthanc.OrthancException

class RaisingError(Exception):
    @property
    def __class__(self):
        raise RuntimeError(TEXT)

class Args(orthanc.OrthancException):
    @property
    def args(self):
        raise KeyError(TEXT)

class Recursive(Exception):
    def __str__(self):
        return str(self)

class Refusing:
    def __getattr__(self, name):
        raise ValueError(TEXT)

    def __call__(self, output, uri, **request):
        raise LookupError("of the object")

class Nameless(Refusing):
    __code__ = compile("1", TEXT, "exec")

class Dropped:
    def __del__(self):
        raise Frozen(TEXT)

def with_notes():
    error = ValueError("with notes")
    error.__notes__ = [TEXT, 17, OddModule()]
    raise error

def deep_chain():
    error = ValueError(TEXT)
    for _ in range(3000):
        outer = ValueError(TEXT)
        outer.__cause__, error = error, outer
    raise error

def cycle():
    first, second = ValueError(TEXT), ValueError(TEXT)
    first.__cause__, second.__cause__ = second, first
    raise first

def in_thread():
    thread = threading.Thread(target=raised, args=(Frozen,), name=TEXT)
    thread.start()
    thread.join()
    Dropped()
    sys.excepthook(ValueError, ValueError(TEXT), None)
    raise Frozen(TEXT)

def in_worker():
    def work():
        orthanc.LogWarning(TEXT.splitlines()[1])
        raised(Frozen)
    process = multiprocessing.get_context("fork").Process(target=work, name=TEXT)
    process.start()
    process.join()
    raise LookupError(f"the worker ended with {process.exitcode}")

def raised(kind):
    raise kind(TEXT) if kind is not Args else kind(5, TEXT)

def register(name, function):
    orthanc.RegisterRestCallback("/" + name, lambda output, uri, **request: function())

for kind in (Frozen, NoAttributes, HasOddModule, LyingError, RaisingError, Args, Recursive):
    register(kind.__name__, lambda kind=kind: raised(kind))
for function in (with_notes, deep_chain, cycle, in_thread, in_worker):
    register(function.__name__, function)
orthanc.RegisterRestCallback("/Refusing", Refusing())
orthanc.RegisterRestCallback("/Nameless", Nameless())
"""
)
ERRORS = {
    "Frozen": "script.Frozen: ",
    "NoAttributes": "script.NoAttributes: token=5ecret",
    "HasOddModule": "HasOddModule: token=5ecret",
    "LyingError": "script.LyingError: token=5ecret",
    "RaisingError": "script.RaisingError: token=5ecret",
    "Args": "script.Args: ",
    "Recursive": r"script.Recursive \(its text cannot be shown: RecursionError\)",
    "with_notes": "ValueError: with notes",
    "deep_chain": "ValueError: token=5ecret",
    "cycle": "ValueError: token=5ecret",
    "in_thread": "script.Frozen: ",
    "in_worker": "LookupError: the worker ended with 1",
    "Refusing": "LookupError: of the object",
    "Nameless": "LookupError: of the object",
}


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> OrthancServer:
    return module_orthanc(SCRIPT, configuration=DETAILS)


@pytest.mark.parametrize("name", ERRORS)
def test_error(server: OrthancServer, name: str) -> None:
    beginning = len(server.log())
    answer = server.get(f"/{name}")
    assert answer.status in (400, 500) and SECRET not in answer.text
    assert eventually(
        lambda: re.search(rf"REST callback of /{name} failed.*error \w+: {ERRORS[name]}", server.log()[beginning:])
    )
    assert "could not be described" not in server.log()[beginning:]
    if name == "in_worker":
        assert re.search(rf"^ *Python worker \d+: {re.escape(FORGED)}", server.log()[beginning:], re.MULTILINE)
        assert re.search(r"^ *Python worker \d+: .* failed: script.Frozen", server.log()[beginning:], re.MULTILINE)
    check_log(server)


def test_route_that_asks_for_itself_without_end(orthanc: Servers) -> None:
    """The innermost callbacks have no frame left in which Python could describe their errors; the log has their classes."""
    server = orthanc("""
import orthanc

def again(output, uri, **request):
    orthanc.RestApiGetAfterPlugins("/again")

orthanc.RegisterRestCallback("/again", again)
""")
    assert server.get("/again").status == 500
    failed = [line for line in server.log().splitlines() if "could not be described" in line]
    assert all(re.search("failed with (RecursionError|OrthancException), and", line) for line in failed), failed
    assert "RecursionError" in server.log() and "unraisablehook" not in server.output()
    assert server.get("/system").status == 200
