# SPDX-License-Identifier: GPL-3.0-or-later
"""The library of the plugin that tests load."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

BUILT = Path(__file__).resolve().parents[2] / "build" / "test" / "libOrthancPython.so"


def plugin_under_test() -> Path:
    """Return the path in ORTHANC_PYTHON_PLUGIN, or that of the build for tests. End the tests if there is no such file."""
    path = Path(os.environ.get("ORTHANC_PYTHON_PLUGIN", BUILT))
    if not path.is_file():
        pytest.exit(f"there is no plugin {path}: build it, or set ORTHANC_PYTHON_PLUGIN to its path", returncode=2)
    return path
