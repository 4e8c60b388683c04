# SPDX-License-Identifier: GPL-3.0-or-later
"""Linux's figures of a process: processor time, memory, and the cores it may use."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

TICKS_PER_SECOND = 100  # of /proc/PID/stat, on every Linux
MEGABYTE = 1_000_000


def processor_time(pid: int) -> float:
    """Seconds of user and system time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def _memory(pid: int, name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError(f"the process {pid} has ended, or its system does not tell {name}")
    return int(found[1]) * 1024 / MEGABYTE


def resident_size(pid: int) -> float:
    """Megabytes of the process that are in memory now."""
    return _memory(pid, "VmRSS")


def peak_size(pid: int) -> float:
    """The most megabytes that were in memory since the last reset_peak()."""
    return _memory(pid, "VmHWM")


def available_memory() -> float:
    """Megabytes that programs can still take on this machine, without swapping."""
    found = re.search(r"^MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError("this system does not tell MemAvailable")
    return int(found[1]) * 1024 / MEGABYTE


def reset_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _pin(server: int, cores: set[int]) -> None:
    for thread in Path(f"/proc/{server}/task").iterdir():
        os.sched_setaffinity(int(thread.name), cores)
    os.sched_setaffinity(0, cores)


@contextmanager
def on_cores(server: int, one: bool) -> Iterator[None]:
    """The server's threads, this process and the children it starts run on one core, or on all they may use."""
    allowed = os.sched_getaffinity(0)
    if not one:
        yield
        return
    try:
        _pin(server, {min(allowed)})
        yield
    finally:
        _pin(server, allowed)


def interrupt_at_signals() -> None:
    """Make SIGTERM and SIGHUP raise KeyboardInterrupt, so that what was started ends. Those that are ignored stay so."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup leaves it
            signal.signal(number, signal.default_int_handler)


def run_to_the_end(command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
    """Run a program that starts others, none of which outlives this call. Raise RuntimeError with its output."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, start_new_session=True
    )
    try:
        output, _ = process.communicate()
    except BaseException:
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            # Until nobody has the pipe any more: Ninja ends its compilers, each of which has a group of its own.
            process.communicate(timeout=10)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{output}")
