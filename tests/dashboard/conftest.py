# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Orthanc with the dashboard, under load, and a browser that looks at it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "site"), str(TESTS / "integration")]  # their browser, and their plugin

from browser_fixtures import axe, browser, started_browser  # noqa: E402
from embedded_environment import embedded_environment  # noqa: E402
from plugin_under_test import plugin_under_test  # noqa: E402

from orthanc_python import OrthancServer  # noqa: E402

__all__ = ["axe", "browser", "started_browser"]  # fixtures

Starter = Callable[..., OrthancServer]


@pytest.fixture
def dashboard(tmp_path: Path) -> Iterator[Starter]:
    """Start servers with a script and the dashboard: `dashboard(script, Reload=True)`."""
    environment = embedded_environment(plugin_under_test())
    with ExitStack() as stack:

        def start(script: str, **allowed: bool) -> OrthancServer:
            path = tmp_path / "script.py"
            path.write_text(script, encoding="utf-8")
            section = {"VirtualEnv": str(environment), "Dashboard": allowed or True, "SlowCallback": 1}
            server = OrthancServer(path, plugin=plugin_under_test(), configuration={"Python": section})
            return stack.enter_context(server)

        yield start


@pytest.fixture
def load() -> Iterator[Callable[[OrthancServer, str], None]]:
    """Ask for a route again and again until the end of the test."""
    end = threading.Event()
    threads: list[threading.Thread] = []

    def begin(server: OrthancServer, path: str) -> None:
        def ask() -> None:
            while not end.wait(0.005):
                try:
                    server.get(path)
                except OSError:  # it starts again
                    continue

        threads.append(threading.Thread(target=ask))
        threads[-1].start()

    yield begin
    end.set()
    for thread in threads:
        thread.join()
