# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest release makes the download site; one that was withdrawn does not count."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from small_releases import make_forge

from orthanc_release.publish import former_releases


@pytest.fixture
def forge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two releases, the draft of a third, and one of something else."""
    return make_forge(tmp_path / "forge", monkeypatch)


@pytest.mark.parametrize(
    ("newest", "problem"),
    [
        ("0.0.9", None),
        ("0.0.8", r"v0\.0\.9 is newer than v0\.0\.8, and its sources make the site: run the jobs site and pages"),
        ("0.0.8", r"again; if v0\.0\.9 was withdrawn, its heading in the CHANGELOG\.md of v0\.0\.8 needs \[YANKED\]\n$"),
        ("0.1.0", r"GitHub has no release v0\.1\.0; ci/publish makes it"),
    ],
)
def test_the_newest_release_makes_the_site(
    newest: str, problem: str | None, forge: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An older line's release, or a job that is repeated late, would lose what the newer one knows."""
    status = former_releases.main([str(tmp_path / "former"), "--newest", newest])
    output = capsys.readouterr()
    if problem is None:
        assert status == 0 and output.out.splitlines() == [str(tmp_path / "former" / name) for name in ("0.0.8", "0.0.9")]
    else:
        assert status == 1 and output.out == "" and re.search(problem, output.err)


def test_a_withdrawn_release_is_not_the_newest(
    forge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A release of an older line, whose CHANGELOG.md calls the newer one [YANKED], makes the site of both."""
    monkeypatch.setattr(former_releases, "yanked_versions", lambda: ["0.0.9.0"])
    assert former_releases.main([str(tmp_path / "former"), "--newest", "0.0.8"]) == 0
    assert [Path(line).name for line in capsys.readouterr().out.splitlines()] == ["0.0.8", "0.0.9"]
    monkeypatch.setattr(former_releases, "yanked_versions", lambda: ["0.0.9", "0.0.8"])
    assert former_releases.main([str(tmp_path / "former"), "--newest", "0.0.8"]) == 0


def test_a_withdrawn_release_that_is_a_draft_again(forge: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its own workflow cannot make the site. The message names the one that can."""
    assert former_releases.main([str(tmp_path / "former"), "--newest", "0.1.0"]) == 1
    advice = "if it was withdrawn, the jobs site and pages of the workflow of v0.0.9 make the site"
    assert advice in capsys.readouterr().err
