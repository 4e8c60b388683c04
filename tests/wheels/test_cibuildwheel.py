# SPDX-License-Identifier: GPL-3.0-or-later
"""cibuildwheel accepts its configuration, and builds for the CPythons, systems and processors that it should."""

from __future__ import annotations

import sys

import pytest
from conftest import ROOT, run

PYTHONS = ["cp310", "cp311", "cp312", "cp313", "cp314", "cp314t", "cp315", "cp315t"]
PLATFORMS = {
    "linux": ["manylinux_x86_64", "manylinux_aarch64"],
    "macos": ["macosx_arm64", "macosx_x86_64"],
    "windows": ["win_amd64", "win32", "win_arm64"],
}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_is_built(platform: str) -> None:
    command = [sys.executable, "-m", "cibuildwheel", "--platform", platform, "--print-build-identifiers", ROOT]
    assert sorted(run(command).split()) == sorted(f"{python}-{each}" for python in PYTHONS for each in PLATFORMS[platform])
