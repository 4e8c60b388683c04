# SPDX-License-Identifier: GPL-3.0-or-later
"""The toolchains for zig use its own tools for archives: GNU's ar cannot index the objects of each system."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from conftest import ROOT

FOLDER = ROOT / "cmake" / "toolchains"
BY_ZIG = ("linux-aarch64", "linux-x86_64", "macos-arm64", "macos-x86_64", "windows-arm64")
PROJECT = """
cmake_minimum_required(VERSION 3.20)
project(archive CXX)
message(STATUS "rule: ${CMAKE_CXX_ARCHIVE_CREATE}")
message(STATUS "rule: ${CMAKE_CXX_ARCHIVE_FINISH}")
message(STATUS "zig: ${ZIG}")
"""


def test_toolchains_by_zig() -> None:
    texts = {file.stem: file.read_text() for file in FOLDER.glob("*-*.cmake") if not file.stem.startswith("zig-")}
    assert {name for name, text in texts.items() if "/zig" in text} == {*BY_ZIG}


@pytest.mark.parametrize("name", BY_ZIG)
def test_archives(name: str, tmp_path: Path) -> None:
    (tmp_path / "CMakeLists.txt").write_text(PROJECT)
    command = ["cmake", "-S", tmp_path, "-B", tmp_path / "build", "-G", "Ninja"]
    done = subprocess.run([*command, f"-DCMAKE_TOOLCHAIN_FILE={FOLDER / name}.cmake"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.removeprefix("-- ") for line in done.stdout.splitlines()]
    (zig,) = (line.removeprefix("zig: ") for line in lines if line.startswith("zig: "))
    assert [line for line in lines if line.startswith("rule: ")] == [
        f'rule: "{zig}" ar qcD <TARGET> <OBJECTS>',  # a folder's name may have a space
        f'rule: "{zig}" ranlib -D <TARGET>',
    ]
