# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin, and the packages that scripts import: the same as in the integration tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))

from embedded_environment import embedded_environment  # noqa: E402
from plugin_under_test import plugin_under_test  # noqa: E402


@pytest.fixture(scope="session")
def plugin() -> Path:
    return plugin_under_test().resolve()


@pytest.fixture(scope="session")
def script_environment(plugin: Path) -> Path:
    return embedded_environment(plugin)
