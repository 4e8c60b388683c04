# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin, and the packages that scripts import: the same as in the integration tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.embedded_environment import embedded_environment
from tests.integration.plugin_under_test import plugin_under_test


@pytest.fixture(scope="session")
def plugin() -> Path:
    return plugin_under_test().resolve()


@pytest.fixture(scope="session")
def script_environment(plugin: Path) -> Path:
    return embedded_environment(plugin)
