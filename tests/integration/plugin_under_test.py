# SPDX-License-Identifier: GPL-3.0-or-later
"""The libraries that tests load."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

BUILT = Path(__file__).resolve().parents[2] / "build"


def plugin_under_test() -> Path:
    """Return the path in ORTHANC_PYTHON_PLUGIN, or that of the build for tests. End the tests if there is no such file."""
    path = Path(os.environ.get("ORTHANC_PYTHON_PLUGIN", BUILT / "test" / "libOrthancPython.so"))
    if not path.is_file():
        pytest.exit(f"there is no plugin {path}: build it, or set ORTHANC_PYTHON_PLUGIN to its path", returncode=2)
    return path


def bundle_under_test() -> Path:
    """Return the folder in ORTHANC_PYTHON_BUNDLE, or that of ci/bundle. End the tests if it has no loader and plugins."""
    folder = Path(os.environ.get("ORTHANC_PYTHON_BUNDLE", BUILT / "bundle"))
    if not (folder / "libOrthancPython.so").is_file() or not (folder / "OrthancPython").is_dir():
        pytest.exit(f"there is no bundle in {folder}: run ci/bundle {folder}, or set ORTHANC_PYTHON_BUNDLE", returncode=2)
    return folder
