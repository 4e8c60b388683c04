# SPDX-License-Identifier: GPL-3.0-or-later
"""A release says of each file where it has run a script: here, or on the machine that built it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import FOLDER, run

from orthanc_release.artifacts import Manifest
from orthanc_release.builds import native
from orthanc_release.targets import read_targets
from orthanc_release.trial.records import note, read_notes

# A target that cannot run here, and one of its CPythons.
MACOS, PYTHON = "macos-arm64", "3.13"


def test_notes_are_of_the_very_files(tmp_path: Path) -> None:
    (tmp_path / "library").write_bytes(b"one")
    note(tmp_path, "3.13", [tmp_path / "library"], "on Windows 2022Server")
    (tmp_path / "library").write_bytes(b"two")
    note(tmp_path, "3.14t", [tmp_path / "library"], "on macOS 15.1")
    assert sorted(read_notes(tmp_path).values()) == ["on Windows 2022Server", "on macOS 15.1"]
    (tmp_path / "run-python3.9.json").write_text('["on Windows"]')
    with pytest.raises(ValueError, match="does not say where libraries have run"):
        read_notes(tmp_path)


def test_a_release_has_what_the_builder_noted(tmp_path: Path, targets: object, monkeypatch: pytest.MonkeyPatch) -> None:
    target = read_targets()[MACOS]
    built, other = tmp_path / "targets" / MACOS, tmp_path / "other"
    shutil.copytree(FOLDER / MACOS, built, ignore=shutil.ignore_patterns("build-*"))
    (built / f"build-python{PYTHON}").mkdir()
    shutil.copy(FOLDER / MACOS / "build-pythons" / "orthanc.pyi", built / f"build-python{PYTHON}")
    monkeypatch.setattr(native, "ROOT", other)
    monkeypatch.setattr(native.platform, "system", lambda: "Darwin")  # type: ignore[attr-defined]
    monkeypatch.setattr(native.platform, "mac_ver", lambda: ("15.1", ("", "", ""), "arm64"))  # type: ignore[attr-defined]
    other.joinpath("build").mkdir(parents=True)
    other.joinpath("build", "targets").symlink_to(tmp_path / "targets")
    native.note_run(target, PYTHON)
    output = tmp_path / "release"
    made = run("release", "--targets", tmp_path / "targets", "--output", output, "--tested", MACOS)
    assert made.status == 0, made.text
    files = {file.name: file.run for file in Manifest.read(output).files if file.target}
    assert len(files) == 3 and set(files.values()) == {(f"{PYTHON}: on macOS 15.1",)}
    assert "ran on macOS 15.1" in made.text
