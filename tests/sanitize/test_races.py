# SPDX-License-Identifier: GPL-3.0-or-later
"""ThreadSanitizer over requests on many threads. It sees the plugin, the host, and what CPython calls of the C library."""

from __future__ import annotations

from collections.abc import Callable

from conftest import Run
from scripts import REQUESTS, SCRIPT


def test_requests_in_parallel(host: Callable[[str, str], Run]) -> None:
    script = """
import threading, orthanc

def register(output, uri, **request):
    orthanc.RegisterOnChangeCallback(lambda *told: None)
    output.AnswerBuffer("registered", "text/plain")

def share(output, uri, **request):
    thread = threading.Thread(target=output.AnswerBuffer, args=("from a thread", "text/plain"))
    thread.start()
    thread.join()

orthanc.RegisterRestCallback("/register", register)
orthanc.RegisterRestCallback("/share", share)
"""
    urls = ["/calls", "/missing", "/echo/abc?a=b", "/late", "/register", "/share"]
    requests = "".join(f"parallel 8 25 {url}\n" for url in urls)
    lines = host(SCRIPT + script, f"start\n{requests}{REQUESTS}sleep 200\nstop\n").check()
    assert "200 registered" in lines and "200 from a thread" in lines


def test_changes_until_the_stop(host: Callable[[str, str], Run]) -> None:
    changes = "change 3 2 good\n" * 50
    host(SCRIPT, f"start\n{changes}stop\n" * 2).check()


def test_races_are_seen(host: Callable[[str, str], Run]) -> None:
    """A race in C code that a script calls without the GIL is reported: a race of the plugin's would be, too."""
    script = """
import ctypes, orthanc

memory = ctypes.create_string_buffer(1000)
memset = ctypes.CDLL(None).memset

def race(output, uri, **request):
    memset(memory, 1, 1000)

orthanc.RegisterRestCallback("/race", race)
"""
    run = host(script, "start\nparallel 8 200 /race\nstop\n")
    assert "WARNING: ThreadSanitizer: data race" in run.report
