# SPDX-License-Identifier: GPL-3.0-or-later
"""Both plugins, and what their scripts need."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from side import Side

from bench.established import Established, established_plugin
from tests.integration.embedded_environment import embedded_environment
from tests.integration.plugin_under_test import plugin_under_test
from tests.integration.web_server import WebServer, web_server

PACKAGES = ["httpx", "numpy", "Pillow", "pydicom", "requests"]


@pytest.fixture(scope="session")
def plugin() -> Path:
    return plugin_under_test().resolve()


@pytest.fixture(scope="session")
def established() -> Established:
    return established_plugin()


@pytest.fixture(scope="session")
def sides(plugin: Path, established: Established) -> tuple[Side, Side]:
    """The established plugin and ours. The packages are given by PYTHONPATH, because both know that."""
    environment = embedded_environment(plugin, PACKAGES)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    asked = subprocess.run([environment / "bin" / "python", "-c", code], check=True, capture_output=True, text=True)
    packages = Path(asked.stdout.strip())
    return Side(established.library, packages), Side(plugin, packages)


@pytest.fixture(scope="session")
def web() -> Iterator[WebServer]:
    with web_server() as server:
        yield server
