# SPDX-License-Identifier: GPL-3.0-or-later
"""The CMake modules on a Windows host: by the cmake.exe of PyPI's wheel for Windows, under Wine."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, START_WINE, registered, run_program

from orthanc_release.pythons import foreign_pythons

CMake = Callable[..., tuple[int, str]]
VERSION = "3.31.6"  # of CMake; any with Windows' registry will do


def windows(path: Path) -> str:
    return "Z:" + str(path)


@pytest.fixture(scope="module")
def programs() -> Path:
    """Folder of Windows' cmake.exe, ctest.exe and ninja.exe, made once in the cache."""
    folder = foreign_pythons.CACHE / "windows-cmake" / VERSION
    if not folder.exists():
        with foreign_pythons.making(folder) as made, tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
            command += ["--platform", "win_amd64", "--dest", temporary, f"cmake=={VERSION}", "ninja"]
            subprocess.run(command, check=True)
            unpacked = Path(temporary) / "unpacked"
            for wheel in Path(temporary).glob("*.whl"):
                zipfile.ZipFile(wheel).extractall(unpacked)
            for ninja in unpacked.glob("**/ninja.exe"):
                ninja.rename(unpacked / "cmake" / "data" / "bin" / "ninja.exe")
            for each in (unpacked / "cmake" / "data").iterdir():
                each.rename(made / each.name)
    return folder / "bin"


@pytest.fixture
def cmake(programs: Path, wine: dict[str, str]) -> CMake:
    environment = {**wine, "WINEPATH": windows(programs).replace("/", "\\")}

    def run(*arguments: str, program: str = "cmake.exe") -> tuple[int, str]:
        return run_program([*START_WINE, str(programs / program), *arguments], environment, timeout=170)

    return run


def configure(cmake: CMake, folder: Path, *options: str) -> tuple[int, str]:
    source = windows(ROOT / "tests" / "cmake" / "python" / "windows_host")
    return cmake("-S", source, "-B", windows(folder), "-G", "Ninja", *options)


@pytest.mark.parametrize("version", ["3.11", "3.13"])
def test_finds_a_python_by_its_folder(cmake: CMake, tmp_path: Path, version: str) -> None:
    root = windows(foreign_pythons.windows_root(version))
    status, output = configure(cmake, tmp_path, f"-DPYTHON_VERSION={version}", f"-DPYTHON_WINDOWS_ROOT={root}")
    library = f"{root}/libs/python{version.replace('.', '')}.lib"
    assert f"result: {version}; {root}/python.exe; {library}; {library}" in output
    assert status == 0


def test_finds_a_python_in_the_registry(cmake: CMake, tmp_path: Path, wine: dict[str, str]) -> None:
    folder = windows(foreign_pythons.windows_root("3.13")).replace("/", "\\") + "\\"
    with registered(wine, "3.13", folder):
        _, found = configure(cmake, tmp_path / "found", "-DPYTHON_VERSION=3.13")
        status, absent = configure(cmake, tmp_path / "absent", "-DPYTHON_VERSION=3.12")
    assert "result: 3.13;" in found and "windows-x86_64/3.13/libs/python313.lib" in found
    assert status != 0
    assert "There is no CPython 3.12 in Windows' registry" in " ".join(absent.split()) and "3.13  Z:" in absent


@pytest.mark.parametrize("version", ["3.13", ""])
@pytest.mark.parametrize(("processor", "target"), [("AMD64", "x86_64"), ("x86", "x86"), ("ARM64", "arm64")])
def test_prefers_the_registered_python_of_the_processor(
    cmake: CMake, tmp_path: Path, wine: dict[str, str], version: str, processor: str, target: str
) -> None:
    """Tags of free-threaded ones are passed over, too: nobody has asked for them."""
    system = ["-DCMAKE_SYSTEM_NAME=Windows", f"-DCMAKE_SYSTEM_PROCESSOR={processor}"]
    tags = {"3.13": "x86_64", "3.13-32": "x86", "3.13-arm64": "arm64", "3.13t": "x86_64"}
    with contextlib.ExitStack() as stack:
        for tag, of in tags.items():
            stack.enter_context(registered(wine, tag, windows(foreign_pythons.windows_root("3.13", of)).replace("/", "\\")))
        stack.enter_context(registered(wine, "3.14t-arm64", "C:\\nowhere"))
        status, output = configure(cmake, tmp_path, f"-DPYTHON_VERSION={version}", *system)
    assert status == 0, output
    assert "result: 3.13;" in output and f"windows-{target}/3.13/libs/python313.lib" in output


@pytest.mark.parametrize("version", ["3.13", ""])
def test_takes_a_registered_python_of_another_processor_if_there_is_no_other(
    cmake: CMake, tmp_path: Path, wine: dict[str, str], version: str
) -> None:
    """The error about its processor says more than that there is none."""
    folder = windows(foreign_pythons.windows_root("3.13", "x86")).replace("/", "\\")
    with registered(wine, "3.13-32", folder):
        status, output = configure(cmake, tmp_path, f"-DPYTHON_VERSION={version}")
    assert status != 0 and "is for x86, but this build is for x86_64" in " ".join(output.split())


def test_does_not_take_a_free_threaded_python_unasked(cmake: CMake, tmp_path: Path, wine: dict[str, str]) -> None:
    with registered(wine, "3.14t", "C:\\nowhere"):
        _, unasked = configure(cmake, tmp_path / "unasked")
        _, asked = configure(cmake, tmp_path / "asked", "-DPYTHON_VERSION=3.14t")
    assert "no CPython in Windows' registry" in (text := " ".join(unasked.split()))
    assert "-DPYTHON_VERSION=3.14t" in text and "3.14t C:" in text
    assert "PYTHON_WINDOWS_ROOT is C:/nowhere" in " ".join(asked.split())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-DPYTHON_VERSION=3.12", "ROOT"], "but PYTHON_VERSION is 3.12. Pass -DPYTHON_VERSION=3.13"),
        (["-DPYTHON_VERSION=3.13", "-DPYTHON_WINDOWS_ROOT=C:/nowhere"], "which has no folder include"),
        (["-DPYTHON_VERSION=3.13", "X86"], "is for x86, but this build is for x86_64"),
    ],
    ids=["version", "folder", "processor"],
)
def test_says_what_does_not_fit(cmake: CMake, tmp_path: Path, options: list[str], message: str) -> None:
    roots = {"ROOT": foreign_pythons.windows_root("3.13"), "X86": foreign_pythons.windows_root("3.13", "x86")}
    chosen = [f"-DPYTHON_WINDOWS_ROOT={windows(roots[each])}" if each in roots else each for each in options]
    status, output = configure(cmake, tmp_path, *chosen)
    assert status != 0
    assert message in " ".join(output.split())


def test_the_modules_pass_their_own_cases(cmake: CMake, tmp_path: Path) -> None:
    """The cases that need no programs of POSIX."""
    status, output = cmake("-S", windows(ROOT / "tests" / "cmake"), "-B", windows(tmp_path), "-G", "Ninja")
    assert status == 0, output
    chosen = "select_windows_library|resolve_windows_python|resolve_given_python|parse_python_version"
    _, output = cmake("--test-dir", windows(tmp_path), "-R", chosen, "--output-on-failure", program="ctest.exe")
    assert "100% tests passed" in output, output


@pytest.mark.parametrize("destdir", ["", "package"])
def test_what_an_installation_replaces_comes_back(
    cmake: CMake, wine: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, destdir: str
) -> None:
    """The paths begin with a drive, whose colon no folder can have in its name. Their case has no meaning."""
    root = tmp_path / destdir
    monkeypatch.setenv("DESTDIR", windows(root) if destdir else "")
    prefix = "X:/Program Files" if destdir else windows(root / "Program Files")
    folders = [root / "Program Files" / "plugins", tmp_path / "absolute"]
    if destdir:
        folders[1] = root / folders[1].relative_to("/")
    libraries = [folder / "OrthancPython.dll" for folder in folders]
    for library in libraries:
        library.parent.mkdir(parents=True)
        library.write_text("another")
        os.utime(library, (1_000_000_000, 1_000_000_000))
    build, source = tmp_path / "build", tmp_path / "source"
    source.mkdir()
    python, place = f"{windows(foreign_pythons.windows_root('3.13'))}/python.exe", ROOT / "cmake" / "install" / "place.py"
    (source / "CMakeLists.txt").write_text(f"""cmake_minimum_required(VERSION 3.24)
project(example LANGUAGES NONE)
include({windows(place.with_name("stage.cmake"))})
begin_staging()
install(FILES OrthancPython.dll DESTINATION plugins)
install(FILES OrthancPython.dll DESTINATION {windows(tmp_path / "absolute")})
end_staging({python})
""")
    (source / "OrthancPython.dll").touch()
    status, output = cmake("-S", windows(source), "-B", windows(build), "-G", "Ninja")
    assert status == 0, output
    for text, spelled in [("our own", prefix), ("our next", prefix.replace("Program F", "program f").replace("Z:", "z:"))]:
        (source / "OrthancPython.dll").write_text(text)
        status, output = cmake("--install", windows(build), "--prefix", spelled)
        assert status == 0, output
        for library in libraries:
            assert (f"Replaces {windows(library)}. To bring it back" in output) == (text == "our own"), output
            assert library.read_text() == text and list(library.parent.iterdir()) == [library]
    assert not [each for each in build.rglob("*") if ":" in each.name]  # Wine makes such folders, and Windows does not
    status, output = run_program([*START_WINE, python, "-I", windows(place), "uninstall", windows(build)], wine)
    assert status == 0 and all(f"Brought back: {windows(library)}" in output for library in libraries), output
    for library in libraries:
        assert library.read_text() == "another" and library.stat().st_mtime == 1_000_000_000
    assert not [each for each in (build / "replaced").rglob("*") if each.is_file()]
