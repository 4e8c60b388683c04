# SPDX-License-Identifier: GPL-3.0-or-later
"""AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer over a life of the plugin, CPython's finalization included."""

from __future__ import annotations

from collections.abc import Callable

from conftest import Run
from scripts import REQUESTS, SCRIPT


def test_requests_good_and_bad(host: Callable[[str, str], Run]) -> None:
    lines = host(SCRIPT, f"start\n{REQUESTS}sleep 200\nstop\n").check()
    assert '200 ["/echo/x", ["x"], null, 17]' in lines
    assert "400 wrong" in lines
    assert [line for line in lines if line.startswith("500 ") and "The script has failed: see error" in line]
    assert any("ZeroDivisionError: division by zero" in line for line in lines)


def test_many_threads(host: Callable[[str, str], Run]) -> None:
    lines = host(SCRIPT, "start\nparallel 8 20 /calls\nparallel 8 20 /missing\nparallel 8 20 /echo/abc\nstop\n").check()
    assert '200 ["/echo/abc", ["abc"], {}, 0]' in lines


def test_stops_and_starts_again(host: Callable[[str, str], Run]) -> None:
    lines = host(SCRIPT, f"start\n{REQUESTS}stop\n" * 3).check()
    assert lines.count("400 wrong") == 3


def test_a_script_that_fails(host: Callable[[str, str], Run]) -> None:
    script = SCRIPT + "raise KeyError(orthanc.RegisterRestCallback)\n"
    assert "failed" in host(script, "start\nstop\n").check()


def test_leaks_are_seen(host: Callable[[str, str], Run]) -> None:
    """The suppressions are not so broad as to hide a leak of the plugin's or of a script's."""
    script = """
import ctypes, orthanc

def leak(output, uri, **request):
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(bytearray(123456)))

orthanc.RegisterRestCallback("/leak", leak)
"""
    run = host(script, "start\nget /leak\nstop\n")
    assert run.status != 0 and "LeakSanitizer" in run.report and "123457 byte(s)" in run.report
