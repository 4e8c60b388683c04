# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder in which ci/build builds all CPythons of a target. A cmake and a ninja of these tests write small files there."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_release.builds import build_folder, cross
from orthanc_release.builds.cross import Result, build_all, sdk_root
from orthanc_release.bundles.collect import collect_stub
from orthanc_release.pythons import foreign_pythons
from orthanc_release.scope import Scope
from orthanc_release.targets import read_targets

TARGET = read_targets()["linux-x86_64"]
# Each notes its call. cmake fails if there is a file "failure"; ninja waits as long as there is a file "pause".
CMAKE = """#!/bin/sh
echo "cmake $*" >>"$WORK/calls"
[ "$1" != --install ] || exit 0
mkdir -p "$4/CMakeFiles/3.25.1"
echo "set(CMAKE_CXX_COMPILER \\"$WORK/compiler\\")" >"$4/CMakeFiles/3.25.1/CMakeCXXCompiler.cmake"
for option; do
  case $option in -DPYTHON_VERSION=*) printf '\\nPYTHON_VERSION:STRING=%s\\n' "${option#*=}" >"$4/CMakeCache.txt" ;; esac
done
[ ! -e "$WORK/failure" ]
"""
NINJA = """#!/bin/sh
python=$(sed -n s/PYTHON_VERSION:STRING=//p "$2/CMakeCache.txt")
echo "ninja $python" >>"$WORK/calls"
mkdir -p "$2/bundle/OrthancPython"
while [ -e "$WORK/pause" ]; do sleep 0.1; done
for file in bundle/OrthancPython/OrthancPython-python$python.so bundle/libOrthancPython.so libOrthancPython.so; do
  echo "$python" >"$2/$file"
done
touch "$2/object.o"
echo "ninja has ended" >>"$WORK/calls"
"""
# Builds in a process of its own, that can be killed.
SCRIPT = "import sys, test_build_folder as test; test.build(test.Path(sys.argv[1]), '3.11')"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for `targets`, where the programs note their calls in `calls`."""
    for name, text in (("cmake", CMAKE), ("ninja", NINJA)):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
    (tmp_path / "compiler").write_text("GCC 12")
    monkeypatch.setenv("WORK", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    return tmp_path


def build(work: Path, *pythons: str) -> list[Result]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cross, "CACHE", work / "cache")
        patch.setattr(cross, "python_options", lambda target, python: [])
        patch.setattr(foreign_pythons, "library", lambda python, target: work / "libpython.so")
        return build_all(Scope((TARGET,), only=frozenset(pythons)), work / "targets")


def calls(work: Path) -> list[str]:
    file = work / "calls"
    return file.read_text().splitlines() if file.exists() else []


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "nothing has happened within 30 seconds"
        time.sleep(0.05)


def was_fresh(work: Path) -> bool:
    """Whether the last build began without what CMake had found."""
    last = [call for call in calls(work) if "-DPYTHON_LINK=OFF" in call][-1]
    return "--fresh" in last


def test_all_pythons_are_built(work: Path) -> None:
    assert [result.state for result in build(work, "3.11", "3.13")] == ["built", "built"]
    folder = work / "targets" / TARGET.name
    for python in ("3.11", "3.13"):
        assert [(folder / path(python)).read_text() for path in (TARGET.plugin, TARGET.stand_alone)] == [f"{python}\n"] * 2


def test_a_second_build_of_a_target_waits(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Otherwise it would delete what the first one works with, and take libraries of another CPython for its own."""
    folder = work / "targets" / TARGET.name / "build-pythons"
    folder.mkdir(parents=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        results: list[Result] = []
        other = threading.Thread(target=lambda: results.extend(build(work, "3.13")))
        other.start()
        other.join(2)
        assert calls(work) == [] and other.is_alive()
    other.join(30)
    assert [result.state for result in results] == ["built"]
    assert "linux-x86_64: waiting for another ci/build" in capsys.readouterr().err


def test_a_build_waits_for_the_programs_of_a_killed_one(work: Path) -> None:
    (work / "pause").touch()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    first = subprocess.Popen([sys.executable, "-c", SCRIPT, str(work)], env=environment)
    try:
        wait_for(lambda: "ninja 3.11" in calls(work))
    finally:
        first.kill()
    assert first.wait() == -signal.SIGKILL
    other = threading.Thread(target=build, args=(work, "3.13"))
    other.start()
    other.join(2)
    assert not any("3.13" in call for call in calls(work))
    (work / "pause").unlink()
    other.join(30)
    begun = next(number for number, call in enumerate(calls(work)) if "3.13" in call)
    assert calls(work)[begun - 1] == "ninja has ended" and "--fresh" in calls(work)[begun]
    assert (work / "targets" / TARGET.name / TARGET.stand_alone("3.13")).read_text() == "3.13\n"


def test_a_second_build_keeps_what_cmake_has_found(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(work, "3.13")
    assert was_fresh(work)
    monkeypatch.setenv("PATH", str(work / "bin"), prepend=os.pathsep)  # once more
    build(work, "3.13")
    assert not was_fresh(work)
    build(work, "3.11")
    assert was_fresh(work)


def test_what_a_failed_configuration_has_found_is_forgotten(work: Path) -> None:
    (work / "failure").touch()
    assert [result.state for result in build(work, "3.13")] == ["failed"]
    (work / "failure").unlink()
    assert [result.state for result in build(work, "3.13")] == ["built"] and was_fresh(work)


@pytest.mark.parametrize("name", ["CXXFLAGS", "PATH"])
def test_other_flags_and_tools_are_not_those_of_the_last_build(work: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    build(work, "3.13")
    monkeypatch.setenv(name, "/opt/tools", prepend=os.pathsep)
    build(work, "3.13")
    assert was_fresh(work)


def test_a_checkout_can_be_moved(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CMake refuses a folder that was configured under another name, or for another folder of sources."""
    build(work, "3.13")
    (work / "targets").rename(work / "moved")
    (work / "targets").symlink_to("moved")
    monkeypatch.setattr(cross, "ROOT", work / "elsewhere")
    build(work, "3.13")
    assert was_fresh(work)


@pytest.mark.parametrize("pythons", [("3.13",), ("3.11",)])
def test_objects_of_another_compiler_are_not_linked(work: Path, pythons: tuple[str, ...]) -> None:
    """An update of the system has replaced the compiler. Ninja would keep the objects that all CPythons share."""
    objects = work / "targets" / TARGET.name / "build-pythons" / "object.o"
    build(work, "3.13")
    (work / "pause").touch()
    (work / "compiler").write_text("GCC 14.2")
    other = threading.Thread(target=build, args=(work, *pythons))
    before = len(calls(work))
    other.start()
    wait_for(lambda: any(call.startswith("ninja") for call in calls(work)[before:]))
    found = objects.exists()
    (work / "pause").unlink()
    other.join(30)
    assert not found and objects.exists() and was_fresh(work)


def test_libraries_of_a_former_linker_script_are_not_kept(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ninja knows the command of a link, and not what the toolchain's scripts do."""
    script = work / "checkout" / "cmake" / "toolchains" / "link.py"
    script.parent.mkdir(parents=True)
    script.touch()
    monkeypatch.setattr(build_folder, "ROOT", work / "checkout")
    build(work, "3.13")
    build(work, "3.13")
    assert not was_fresh(work)
    script.write_text("# other")
    build(work, "3.13")
    assert was_fresh(work)


def test_a_file_that_cannot_be_written_stops_no_other_version(work: Path) -> None:
    folder = work / "targets" / TARGET.name
    folder.mkdir(parents=True)
    (folder / "python3.11").touch()
    results = build(work, "3.11", "3.13")
    assert [result.state for result in results] == ["failed", "built"]
    assert str(folder / "python3.11") in results[0].detail


def test_a_folder_that_cannot_be_written_is_a_failure(work: Path) -> None:
    (work / "targets").touch()
    results = build(work, "3.13")
    assert [result.state for result in results] == ["failed"] and str(work / "targets") in results[0].detail


def test_an_unfinished_sdk_is_copied_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header = tmp_path / "cache" / "sdk" / "1.13.0" / "OrthancCPlugin.h"
    header.parent.mkdir(parents=True)
    header.write_text("one\ntwo\n")
    monkeypatch.setattr(cross, "header_of", lambda version: header)
    copy = tmp_path / "targets" / "sdk-1.13.0" / "orthanc" / "OrthancCPlugin.h"
    copy.parent.mkdir(parents=True)
    copy.write_text("one\n")  # by a full disk
    assert sdk_root(tmp_path / "targets") == copy.parents[1]
    assert copy.read_text() == header.read_text() and list(copy.parents[1].rglob("*")) == [copy.parent, copy]


def test_the_stub_is_that_of_the_last_build(tmp_path: Path) -> None:
    """Not one that a former ci/build has left, with a folder for each CPython."""
    for name in ("build-python3.10", "build-pythons"):
        folder = tmp_path / "targets" / TARGET.name / name
        folder.mkdir(parents=True)
        (folder / "orthanc.pyi").write_text(name)
    assert collect_stub([TARGET], tmp_path / "targets", tmp_path).read_text() == "build-pythons"


def test_new_headers_are_newer_than_the_objects_of_the_last_ones(tmp_path: Path) -> None:
    """Packages have files of the day when they were made, and Ninja compares times."""
    with foreign_pythons.making(tmp_path / "headers") as work:
        (work / "Python.h").touch()
        os.utime(work / "Python.h", (1_000_000_000, 1_000_000_000))
    assert (tmp_path / "headers" / "Python.h").stat().st_mtime > time.time() - 3600
