# SPDX-License-Identifier: GPL-3.0-or-later
"""For every suite: no request to this machine goes to a proxy of the environment, SIGTERM lets fixtures clean up, and ports."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

import tests.left_out  # noqa: F401 # it takes a variable out of the environment

given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY", "")
os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(["127.0.0.1", "localhost", "::1", *([given] if given else [])])
runner = os.getpid()
ending = threading.Event()


def end(number: int, _: object) -> None:
    """End the tests at the first SIGTERM, but for their clean-up. A forked process ends at once."""
    if os.getpid() != runner:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    elif not ending.is_set():
        ending.set()
        pytest.exit("terminated")


signal.signal(signal.SIGTERM, end)


@pytest.fixture
def own_port() -> Iterator[int]:
    """A port that no other test's server takes until the test ends, also while the test's own server restarts."""
    from orthanc_python.server.ports import ReservedPorts  # a process may have this file without the sources

    with closing(ReservedPorts()) as ports:
        yield ports.reserve()[0]
