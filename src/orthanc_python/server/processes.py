# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts and ends a server process, with the certain end of all that was started."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

POLL = 0.02  # seconds between two looks at a process, its port or its log


def die_with_parent() -> Callable[[], None] | None:
    """On Linux, what makes the child end even when this process is killed."""
    # The kernel watches the thread that forks, not the process: another thread than the main one may end earlier.
    if not sys.platform.startswith("linux") or threading.current_thread() is not threading.main_thread():
        return None
    prctl = ctypes.CDLL(None).prctl
    set_parent_death_signal = 1

    def request() -> None:
        prctl(set_parent_death_signal, int(signal.SIGKILL))  # nobody is left to look after a stop that hangs

    return request


def terminate(process: subprocess.Popen[bytes], timeout: float) -> int:
    """Ask an Orthanc to stop, and return its exit status; kill it after `timeout` seconds."""
    end = time.monotonic() + min(timeout, 5.0)
    while process.poll() is None and not takes_sigterm(process.pid) and time.monotonic() < end:
        time.sleep(POLL)
    process.terminate()
    try:
        return process.wait(timeout)
    except BaseException as error:
        process.kill()
        status = process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            return status
        raise


def takes_sigterm(pid: int) -> bool:
    """Return whether an Orthanc ends at SIGTERM: it sets its handler a moment after it answers, again at each reset.

    Between that and its first look at the handler's flag it clears the flag, so its main thread has to sleep already.
    True where the system does not say.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        caught = next((int(line.split()[1], 16) for line in lines if line.startswith("SigCgt")), -1)
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2][:1]  # of the main thread
    except OSError:
        return True
    return bool(caught >> (signal.SIGTERM - 1) & 1) and state == "S"


def end_group(group: int, timeout: float = 3.0) -> bool:
    """Return whether processes of an ended Orthanc are left after `timeout` seconds; ends them."""
    if not hasattr(os, "killpg"):
        return False
    end = time.monotonic() + timeout
    try:
        while time.monotonic() < end:
            os.killpg(group, 0)
            time.sleep(POLL)
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS refuses a group that has ended
        return False
    return True


def run_in_group(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a program in a process group of its own, and return its exit status and its output.

    An interrupt kills the whole group. The program's own children would work on otherwise. Others may read what it writes.
    """
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
        umask=0o022,
        start_new_session=True,  # Ctrl-C at a terminal is for this process
    ) as process:
        try:
            said, _ = process.communicate()
        except BaseException:
            process.kill()
            process.wait()
            kill_group(process.pid)
            raise
    return process.returncode, said


def kill_group(group: int, timeout: float = 5.0) -> None:
    """Kill the processes of a group and wait until they have ended, at most for `timeout` seconds."""
    if not hasattr(os, "killpg"):
        return
    end = time.monotonic() + timeout
    with suppress(ProcessLookupError, PermissionError):  # macOS refuses a group that has ended
        while time.monotonic() < end:
            os.killpg(group, signal.SIGKILL)
            time.sleep(POLL)
