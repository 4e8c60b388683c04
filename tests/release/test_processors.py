# SPDX-License-Identifier: GPL-3.0-or-later
"""Each system has names of its own for its processor. One function decides by them whether a target is here, and can run."""

from __future__ import annotations

import platform
import re
import sys
import sysconfig
from pathlib import Path

import lief
import pytest
from conftest import ROOT

from orthanc_python.libraries.processors import processor_named
from orthanc_release.processors import PROCESSORS, processor_of
from orthanc_release.targets import read_targets
from orthanc_release.trial.host_program import program_name, why_not
from orthanc_release.trial.trial import cause_in

# Answers of platform.system(), platform.machine() and sysconfig.get_platform() on the runners, and the target there.
RUNNERS = [
    ("Linux", "x86_64", "linux-x86_64", "linux-x86_64"),
    ("Linux", "aarch64", "linux-aarch64", "linux-aarch64"),
    ("Windows", "AMD64", "win-amd64", "windows-x86_64"),
    ("Windows", "AMD64", "win32", "windows-x86"),
    ("Windows", "ARM64", "win-arm64", "windows-arm64"),
    ("Windows", "ARM64", "win-amd64", "windows-x86_64"),
    ("Darwin", "arm64", "macosx-11.0-universal2", "macos-arm64"),
    ("Darwin", "x86_64", "macosx-11.0-universal2", "macos-x86_64"),
]


@pytest.fixture(params=RUNNERS, ids=["-".join(runner[:3]) for runner in RUNNERS])
def here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A runner; the name of the target that is there."""
    system, machine, name, target = request.param
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(sysconfig, "get_platform", lambda: name)
    return str(target)


def test_one_target_is_here_and_runs(here: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    targets = read_targets()
    assert [target.name for target in targets.values() if target.is_here] == [here]
    target = targets[here]
    assert target.runner == "native"
    monkeypatch.setattr("orthanc_release.pythons.foreign_pythons.shared_interpreter", lambda version: sys.executable)
    assert "there is no" in (why_not(target, "3.13", tmp_path) or "")
    (tmp_path / program_name(target)).touch()
    assert why_not(target, "3.13", tmp_path) is None


def test_another_linux_is_not_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert why_not(read_targets()["linux-x86_64"], "3.13", tmp_path) == "this machine is linux on arm64"


def test_the_package_has_the_same_names() -> None:
    for name in (machine for each in PROCESSORS.values() for machine in (*each.machines, each.name.upper())):
        assert processor_named(name) == processor_of(name) and processor_of(name) in PROCESSORS


def test_numbers_in_headers() -> None:
    """The package has no LIEF, and looks at the numbers."""
    for each in PROCESSORS.values():
        assert lief.ELF.ARCH.from_value(each.headers["elf"]).name == each.elf
        assert lief.PE.Header.MACHINE_TYPES.from_value(each.headers["pe"]).name == each.pe
        assert ("macho" in each.headers) == bool(each.macho)
        if each.macho:
            assert lief.MachO.Header.CPU_TYPE.from_value(each.headers["macho"]).name == each.macho


def test_numbers_in_cmake() -> None:
    text = (ROOT / "cmake" / "python" / "read_library_processor.cmake").read_text(encoding="utf-8")
    found = set(re.findall(r"set\(known_([0-9a-f]+) (\w+)\)", text))
    sizes = {"elf": 2, "pe": 2, "macho": 4}
    assert found == {
        (number.to_bytes(sizes[kind], "little").hex(), each.name)
        for each in PROCESSORS.values()
        for kind, number in each.headers.items()
    }


def test_no_other_table_of_names() -> None:
    """A name that only other systems use stands in the one module, and in the names of targets and files."""
    names = {f'"{name}"' for each in PROCESSORS.values() for name in (*each.machines, each.pe, each.visual_studio)}
    foreign = {name for name in names if name.strip('"') not in PROCESSORS} - {
        '"x64"',
        '"win32"',
    }  # the latter is also sys.platform
    for folder in ("ci", "windows", "macos", "src/orthanc_python"):
        for file in (ROOT / folder).rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            assert not [name for name in foreign if f"{name}:" in text or f": {name}" in text], file.name


def test_a_failure_is_told_with_its_cause() -> None:
    output = """start
Fatal Python error: init_fs_encoding: failed to get the Python codec of the filesystem encoding
Python runtime state: core initialized
ModuleNotFoundError: No module named 'encodings'

Current thread 0x00007f0000000000 (most recent call first):
  <no Python frame>
"""
    told = cause_in(output)
    assert told.startswith("Fatal Python error: init_fs_encoding") and "No module named 'encodings'" in told
    assert cause_in("one\ntwo\nthree\nfour\n") == "two / three / four"
