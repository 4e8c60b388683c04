# SPDX-License-Identifier: GPL-3.0-or-later
"""The stacks on which Python runs, as the kernel has them: a guard page lies below each, and none is left behind."""

from __future__ import annotations

import platform
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import Servers
from every_callback import KINDS, EveryCallback

MEGABYTE = 1 << 20
# Where getcontext puts the stack pointer into its structure.
PLACES = {"x86_64": 160, "aarch64": 432}
pytestmark = [
    pytest.mark.skipif(platform.machine() not in PLACES, reason="the structure of getcontext is known for two processors"),
    pytest.mark.release_build,  # AddressSanitizer has its own maps
]
LOOK = f"""
import ctypes, os

PAGE = os.sysconf("SC_PAGE_SIZE")

def is_guard(address):
    with open("/proc/self/pagemap", "rb", buffering=0) as pages:
        pages.seek(address // PAGE * 8)
        return int.from_bytes(pages.read(8), "little") >> 58 & 1 == 1  # admin-guide/mm/pagemap.rst of Linux

def look():
    context = ctypes.create_string_buffer(4096)
    ctypes.CDLL(None).getcontext(context)
    pointer = int.from_bytes(context.raw[{PLACES.get(platform.machine(), 0)}:][:8], "little")
    before = None
    with open("/proc/self/maps") as maps:
        for line in maps:
            start, end = (int(each, 16) for each in line.split()[0].split("-"))
            if start <= pointer < end:
                rights, megabytes = line.split()[1], (pointer - start) >> 20
                if is_guard(start):
                    return [rights, megabytes, "guard", PAGE]
                touching = before is not None and before[1] == start
                return [rights, megabytes, before[2] if touching else "", before[1] - before[0]]
            before = (start, end, line.split()[1])

outcome = look()
"""


@pytest.fixture(scope="module")
def callbacks(module_orthanc: Servers) -> EveryCallback:
    return EveryCallback(module_orthanc)


def check(found: list[object], guards: tuple[str, ...] = ("---p",)) -> None:
    rights, megabytes, below, size = found
    assert rights == "rw-p"
    assert isinstance(megabytes, int) and megabytes >= 6, "most of the stack is free at the begin of a callback"
    assert below in guards
    assert isinstance(size, int) and size >= 4096


@pytest.mark.parametrize("kind", KINDS)
def test_page_below_the_stack(callbacks: EveryCallback, kind: str) -> None:
    check(callbacks.run(kind, LOOK))


def test_page_below_the_stack_of_a_thread(callbacks: EveryCallback) -> None:
    """glibc guards it since 2.42 by MADV_GUARD_INSTALL, if Linux can: the lowest page of the stack's own mapping."""
    code = LOOK.replace("outcome = look()", "import threading\nfound = []\n")
    code += (
        "thread = threading.Thread(target=lambda: found.append(look()))\nthread.start()\nthread.join()\noutcome = found[0]\n"
    )
    check(callbacks.run("rest", code), guards=("---p", "guard"))


def test_stacks_of_ended_threads(orthanc: Servers) -> None:
    """A reset ends the threads of HTTP, and those that follow have stacks of their own."""
    script = """
        import time
        import orthanc

        def slow(output, uri, **request):
            time.sleep(0.1)
            output.AnswerBuffer("", "text/plain")

        orthanc.RegisterRestCallback("/slow", slow)
    """
    server = orthanc(script, configuration={"HttpThreadsCount": 20})

    def megabytes() -> int:
        with ThreadPoolExecutor(20) as pool:
            assert {answer.status for answer in pool.map(lambda _: server.get("/slow"), range(60))} == {200}
        found = re.search(r"VmSize:\s+(\d+) kB", Path(f"/proc/{server.pid}/status").read_text(encoding="ascii"))
        assert found is not None
        return int(found[1]) * 1024 // MEGABYTE

    sizes = [megabytes()]
    for _ in range(2):
        server.reset()
        sizes.append(megabytes())
    assert sizes[-1] - sizes[1] < 100, sizes  # 20 stacks of 8 MB are 160
