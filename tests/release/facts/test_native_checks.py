# SPDX-License-Identifier: GPL-3.0-or-later
"""ci/native.py refuses what it has built where ci/release would: here with stand-ins for the libraries."""

from __future__ import annotations

from pathlib import Path

import pytest

from orthanc_release.artifacts import project_version
from orthanc_release.builds import native, native_checks
from orthanc_release.builds.native_checks import problems_of_build
from orthanc_release.inspection.expected import build_facts
from orthanc_release.libraries.checks import Checked, Promise
from orthanc_release.libraries.read import About
from orthanc_release.sources import this_checkout
from orthanc_release.targets import read_targets

TARGET = read_targets()["windows-x86"]
ABOUT = About(project_version(), "3.13", "1.13.0", "MSVC 19.44.35222.0", "Windows X86")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a target with the facts in a wheel, and libraries that are as they should be."""
    monkeypatch.setattr(native, "ROOT", tmp_path)
    monkeypatch.setattr(native_checks, "check_library", lambda file, promise: Checked(file, promise, [], ABOUT, []))
    built = tmp_path / "build" / "targets" / TARGET.name
    package = built / "wheel-python3.13" / "orthanc_python"
    package.mkdir(parents=True)
    package.joinpath("build_facts.py").write_bytes(build_facts(this_checkout(), ABOUT, ABOUT.system, "3.13.9"))
    return built


def test_all_libraries_are_checked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(problems_of_build(TARGET, "3.13", folder)) == []
    native.check(TARGET, "3.13")

    def check_library(file: Path, promise: Promise) -> Checked:
        return Checked(file, promise, [], ABOUT, ["is for the processor x86_64"])

    monkeypatch.setattr(native_checks, "check_library", check_library)
    names = ["OrthancPython.dll", "python3.13/OrthancPython.dll", "OrthancPython/OrthancPython-python3.13.dll"]
    assert list(problems_of_build(TARGET, "3.13", folder)) == [f"{name} is for the processor x86_64" for name in names]
    with pytest.raises(SystemExit, match=r"OrthancPython\.dll is for the processor x86_64"):
        native.check(TARGET, "3.13")
    native.check(read_targets()["linux-x86_64"], "3.13")  # of which a release has those of ci/build


@pytest.mark.parametrize(("old", "new"), [(b"\n", b"\r\n"), (b"Windows X86", b"Windows AMD64")], ids=["line ends", "processor"])
def test_facts_of_another_system(folder: Path, old: bytes, new: bytes) -> None:
    facts = folder / "wheel-python3.13" / "orthanc_python" / "build_facts.py"
    facts.write_bytes(facts.read_bytes().replace(old, new))
    (problem,) = problems_of_build(TARGET, "3.13", folder)
    assert problem.startswith("wheel-python3.13/orthanc_python/build_facts.py differs from cmake/install/build_facts.py.in ")
