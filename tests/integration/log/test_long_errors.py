# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors about large values, and errors with long texts: the log gets neither the values nor all of the texts."""

from __future__ import annotations

import re
import sys

import pytest
from conftest import Servers
from every_callback import EveryCallback

FILE = "PatientName=Grace^Hopper"  # the beginning of each large value
LARGE = {
    ("received", "LARGE"): "<class 'bytes'>",
    ("received", "(LARGE, None)"): "<class 'bytes'>",
    ("received", "(LARGE, 5, None)"): "(<class 'bytes'>, 5, None)",
    ("received", "(LARGE,) * 9"): "<class 'tuple'> of 9 items",
    ("http_filter", "LARGE"): "<class 'bytes'>",
    ("store_filter", "LARGE"): "<class 'bytes'>",
    ("instance_filter", "LARGE.decode()"): "<class 'str'>",
    ("instance_filter", "[LARGE]"): "<class 'list'>",
    ("lookup", "LARGE"): "<class 'bytes'>",
    ("job", "LARGE"): "<class 'bytes'>",
}


@pytest.fixture(scope="module")
def callbacks(module_orthanc: Servers) -> EveryCallback:
    return EveryCallback(module_orthanc)


@pytest.mark.parametrize(("kind", "result"), LARGE)
def test_a_large_value(callbacks: EveryCallback, kind: str, result: str) -> None:
    server = callbacks.server
    beginning = len(server.log())
    callbacks.run(kind, f"result = {result.replace('LARGE', f'({FILE!r}.encode() + bytes(1_000_000))')}")
    server.wait_for_log("TypeError: .*", beginning=beginning)
    log = server.log()[beginning:]
    size = len(log)  # pytest would take minutes to show the text itself
    assert size < 10_000
    assert "Grace" not in log
    assert f"not {LARGE[kind, result]}" in log


@pytest.mark.parametrize(
    "text", ["'x' * 5_000_000", "'\\n'.join(['x'] * 2_000_000)", "'\\x01' * 5_000_000"], ids=["line", "lines", "controls"]
)
@pytest.mark.parametrize("kind", ["rest", "change"])
def test_a_long_text(callbacks: EveryCallback, kind: str, text: str) -> None:
    """Its beginning and its end are in the log, and how much was cut."""
    server = callbacks.server
    beginning = len(server.log())
    callbacks.run(
        kind, f"try:\n    raise KeyError('cause')\nexcept KeyError:\n    raise LookupError('begin' + {text} + 'the end')"
    )
    server.wait_for_log(r"LookupError: begin", beginning=beginning)
    server.wait_for_log(r"\.\.\. \(cut: \d+ more characters\)", beginning=beginning)
    log = server.log()[beginning:]
    size = len(log)
    assert 20_000 < size < 200_000
    assert re.search(r"\.\.\. \(cut: \d+ more characters\) \.\.\.(.|\n)*the end\n", log)
    assert "KeyError: 'cause'" in log and f'File "<{kind}>", line 4' in log


@pytest.mark.skipif(sys.version_info < (3, 11), reason="notes came with CPython 3.11")
def test_a_long_note(callbacks: EveryCallback) -> None:
    """Each of its lines is a part of the traceback."""
    server = callbacks.server
    beginning = len(server.log())
    callbacks.run("rest", "error = LookupError('noted')\nerror.add_note('\\n'.join(['x' * 80] * 100_000))\nraise error")
    server.wait_for_log(r"\.\.\. \(cut: \d+ more characters\)", beginning=beginning)
    size = len(server.log()[beginning:])
    assert size < 200_000


def test_the_client_gets_all_of_its_text(callbacks: EveryCallback) -> None:
    callbacks.run("rest", "raise orthanc.OrthancException(17, 'x' * 30_000)")
    assert "x" * 30_000 in callbacks.answer.text
