# SPDX-License-Identifier: GPL-3.0-or-later
"""The download site keeps the releases that GitHub has. A program `gh` that keeps them in a folder stands in for it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from conftest import ROOT

from orthanc_release.publish import former_releases


@pytest.fixture
def forge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two releases, the draft of a third, and one of something else."""
    state = tmp_path / "forge"
    for tag, draft in (("v0.0.8", False), ("v0.0.9", False), ("v0.1.0", True), ("nightly", False)):
        (state / tag).mkdir(parents=True)
        (state / tag / "release.json").write_text(json.dumps({"isDraft": draft}))
        (state / tag / "manifest.json").write_text(tag)
        (state / tag / "SHA256SUMS").write_text(tag)
    monkeypatch.setenv("GH_STATE", str(state))
    monkeypatch.setenv("PATH", f"{ROOT / 'tests' / 'release'}:{os.environ['PATH']}")
    return state


def test_all_that_are_published(forge: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site" / "former"
    assert former_releases.fetch(folder) == [folder / "0.0.8", folder / "0.0.9"]
    assert {path.name: path.read_text() for path in (folder / "0.0.9").iterdir()} == {
        "manifest.json": "v0.0.9",
        "SHA256SUMS": "v0.0.9",
    }
    assert former_releases.fetch(folder, but="0.0.9") == [folder / "0.0.8"]
    calls = (forge / "calls.txt").read_text().splitlines()
    assert calls == ["list", "download", "download", "list"]  # nothing twice


def test_a_failure_leaves_nothing_behind(forge: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (forge / "v0.0.9" / "folder").mkdir()  # which cannot be copied
    assert former_releases.main([str(tmp_path / "former")]) == 1
    assert "gh release download v0.0.9 failed" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "former").iterdir()] == ["0.0.8"]
