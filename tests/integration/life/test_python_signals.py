# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals that CPython ignores on the command line, and timers that a script leaves."""

from __future__ import annotations

import pytest
from conftest import Servers

# Each ends a process by a signal, unless that is ignored.
WRITES = """
import errno
import os
import resource
import tempfile
import orthanc


def broken_pipe():
    reader, writer = os.pipe()
    os.close(reader)
    try:
        os.write(writer, b"nobody reads this")
    except BrokenPipeError:
        return "BrokenPipeError"
    finally:
        os.close(writer)


def too_large_file():
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with tempfile.TemporaryFile(buffering=0) as file:
            file.write(b"x" * 1000)
            file.write(b"x")
    except OSError as error:
        return errno.errorcode[error.errno]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def check():
    assert broken_pipe() == "BrokenPipeError"
    assert too_large_file() == "EFBIG"


def answer(output, uri, **request):
    check()
    output.AnswerBuffer("checked", "text/plain")


check()
orthanc.LogWarning("the script begins")
orthanc.RegisterRestCallback("/check", answer)
"""


def test_ignored_signals(orthanc: Servers) -> None:
    server = orthanc(WRITES)
    assert server.get("/check").text == "checked"
    server.reset()
    assert server.log().count("the script begins") == 2


def test_other_programs_take_them(orthanc: Servers) -> None:
    """As on the command line: `yes | head -1` must end."""
    server = orthanc(
        """
        import signal
        import subprocess
        import orthanc

        ended = subprocess.run(["sh", "-c", "kill -PIPE $$; echo lives"], capture_output=True, text=True)
        assert (ended.returncode, ended.stdout) == (-signal.SIGPIPE, ""), ended
        """
    )
    assert server.running


@pytest.mark.parametrize("timer", ["ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF"])
def test_timer_that_is_left(orthanc: Servers, timer: str) -> None:
    """It fires when CPython has taken its handlers back."""
    server = orthanc(
        f"""
        import signal
        import orthanc

        def on_change(change, level, resource):
            if change == orthanc.ChangeType.ORTHANC_STOPPED:
                signal.setitimer(signal.{timer}, 0.001, 0.001)

        for number in (signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF):
            signal.signal(number, lambda *_: None)
        orthanc.RegisterOnChangeCallback(on_change)
        """
    )
    orthanc.stop(server)
