# SPDX-License-Identifier: GPL-3.0-or-later
"""The very end of Orthanc's process: libraries whose destructors wait for ever."""

from __future__ import annotations

import os
import signal
import subprocess
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import Servers
from helpers import eventually

from orthanc_python import OrthancDidNotStart
from orthanc_python.server import processes
from orthanc_python.server.processes import takes_sigterm

# As the destructor of OpenBLAS does when a thread that CPython has stopped is in it.
LIBRARY = """
#include <unistd.h>
__attribute__((destructor)) static void wait_for_ever(void) { for (;;) pause(); }
"""
# As the destructor of a thread_local object in C++. The process does not know its exit status yet.
LIBRARY_OF_THREAD = """
#include <unistd.h>
extern void* __dso_handle;
extern int __cxa_thread_atexit_impl(void (*)(void*), void*, void*);
static void wait_for_ever(void* unused) { for (;;) pause(); }
__attribute__((constructor)) static void begin(void) { __cxa_thread_atexit_impl(wait_for_ever, 0, &__dso_handle); }
"""
# As the destructor of OpenBLAS may, whose buffers are in use.
LIBRARY_THAT_FREES = """
#include <sys/mman.h>
static volatile char* memory;
__attribute__((constructor)) static void take(void) {
  memory = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
__attribute__((destructor)) static void give(void) {
  munmap((void*)memory, 4096);
  for (volatile long each = 0; each < 500000000; each++);  /* other libraries' destructors */
}
void work(void) { for (;;) memory[0]++; }
"""
LINE = "Python: the process does not end, perhaps for a thread of the script"


@pytest.fixture(params=[LIBRARY, LIBRARY_OF_THREAD], ids=["library", "thread"])
def library(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return build(request.param, tmp_path)


def build(code: str, folder: Path) -> Path:
    source = folder / "library.c"
    source.write_text(code, encoding="ascii")
    built = source.with_suffix(".so")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", built, source], check=True)
    return built


def test_destructor_that_waits(orthanc: Servers, library: Path) -> None:
    server = orthanc(f"import ctypes\nimport orthanc\nctypes.CDLL({str(library)!r})\n")
    orthanc.stop(server)
    assert LINE in server.log()


def test_after_a_reset(orthanc: Servers, library: Path) -> None:
    server = orthanc(f"import ctypes\nimport orthanc\nctypes.CDLL({str(library)!r})\northanc.LogWarning('begins')")
    server.post("/tools/reset")
    assert eventually(lambda: server.log().count("begins") == 2)
    assert eventually(lambda: takes_sigterm(server.pid))
    orthanc.stop(server)
    assert server.log().count(LINE) == 1


def test_status_of_a_failed_start(orthanc: Servers, library: Path) -> None:
    server = orthanc.prepare(f"import ctypes\nimport orthanc\nctypes.CDLL({str(library)!r})\nraise ValueError('no start')")
    with pytest.raises(OrthancDidNotStart) as error:
        server.start()
    assert error.value.exit_status == 255
    assert LINE in error.value.log


@pytest.mark.parametrize("status", [0, 255], ids=["stop", "failed-start"])
def test_daemon_thread_in_a_library_that_frees_its_memory(orthanc: Servers, tmp_path: Path, status: int) -> None:
    script = f"""
        import ctypes
        import threading
        import orthanc

        library = ctypes.CDLL({str(build(LIBRARY_THAT_FREES, tmp_path))!r})
        threading.Thread(target=library.work, daemon=True).start()
        if {status}:
            raise ValueError("no start")
    """
    if status:
        server = orthanc.prepare(script)
        with pytest.raises(OrthancDidNotStart) as error:
            server.start()
        assert error.value.exit_status == status
    else:
        server = orthanc(script)
        assert eventually(lambda: takes_sigterm(server.pid))
        os.kill(server.pid, signal.SIGTERM)
        assert server.wait(timeout=30.0) == status
    assert LINE not in server.log()


def test_daemon_threads_in_openblas(orthanc: Servers) -> None:
    """NumPy's copy of it waits in some of the stops only."""
    script = """
        import threading
        import numpy
        import orthanc

        def work():
            matrix = numpy.random.rand(400, 400)
            while True:
                numpy.linalg.inv(matrix @ matrix)

        for _ in range(4):
            threading.Thread(target=work, daemon=True).start()
    """
    servers = [orthanc(script) for _ in range(3)]
    for server in servers:
        assert eventually(partial(takes_sigterm, server.pid))
        os.kill(server.pid, signal.SIGTERM)
    for server in servers:
        assert server.wait(timeout=90.0) == 0


@pytest.mark.parametrize(("seconds", "left"), [(10.0, False), (20.0, True)])
def test_processes_of_an_ended_orthanc_have_time_to_end(monkeypatch: pytest.MonkeyPatch, seconds: float, left: bool) -> None:
    """Report processes that need longer as left behind, and kill them."""
    sent: list[int] = []
    now = 0.0

    def sleep(time: float) -> None:
        nonlocal now
        now += time

    def signal_group(group: int, number: int) -> None:
        if now > seconds:
            raise ProcessLookupError
        sent.append(number)

    monkeypatch.setattr(processes, "time", SimpleNamespace(monotonic=lambda: now, sleep=sleep))
    monkeypatch.setattr(os, "killpg", signal_group)
    assert processes.end_group(1, 15.0) is left
    assert set(sent) == ({0, signal.SIGKILL} if left else {0})
