# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of releases: those of the server count, and bring the documentation of former releases."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from small_releases import COMMIT, make_forge, make_release

from orthanc_release import sources
from orthanc_release.publish import former_releases
from orthanc_release.publish.github_release import PublicationError


@pytest.fixture
def forge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return make_forge(tmp_path / "forge", monkeypatch)


def git(folder: Path, *arguments: str) -> str:
    someone = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    done = subprocess.run(["git", "-C", str(folder), *someone, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A repository of three commits, of which the second one has the tag v0.0.9."""
    folder = tmp_path / "origin"
    folder.mkdir()
    git(folder, "init", "--quiet")
    for text in ("first", "second", "third"):
        git(folder, "commit", "--quiet", "--allow-empty", "-m", text)
    git(folder, "tag", "-a", "v0.0.9", "-m", "Release", "HEAD~1")
    return folder


@pytest.fixture(params=["shallow", "complete"])
def checkout(
    request: pytest.FixtureRequest, forge: Path, origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A clone without tags, as actions/checkout makes it, or one with all commits. Its tags are those that count."""
    folder = tmp_path / "checkout"
    depth = ["--depth=1"] if request.param == "shallow" else []
    git(tmp_path, "clone", "--quiet", "--no-tags", *depth, origin.as_uri(), str(folder))
    monkeypatch.setattr(sources, "ROOT", folder)
    monkeypatch.setattr(former_releases, "commit_of_tag", sources.commit_of_tag)
    shutil.rmtree(forge / "v0.0.8")
    sources.commit_of_tag.cache_clear()
    yield folder
    sources.commit_of_tag.cache_clear()


def test_a_tag_that_is_not_here_is_fetched(forge: Path, origin: Path, checkout: Path, tmp_path: Path) -> None:
    tagged, commits = git(origin, "rev-parse", "v0.0.9^{commit}"), git(checkout, "log", "--format=%H")
    make_release(forge / "v0.0.9", "0.0.9", commit=tagged)
    assert former_releases.fetch(tmp_path / "former") == [tmp_path / "former" / "0.0.9"]
    assert git(checkout, "rev-parse", "v0.0.9^{commit}") == tagged
    assert git(checkout, "log", "--format=%H") == commits  # a complete clone stays complete


def test_another_commit_than_the_tag_that_is_not_here(forge: Path, origin: Path, checkout: Path, tmp_path: Path) -> None:
    tagged = git(origin, "rev-parse", "v0.0.9^{commit}")
    with pytest.raises(PublicationError, match=f"says the commit {COMMIT}; the tag is {tagged}"):
        former_releases.fetch(tmp_path / "former")
    assert list((tmp_path / "former").iterdir()) == []


def test_a_tag_that_cannot_be_fetched(forge: Path, origin: Path, checkout: Path, tmp_path: Path) -> None:
    git(origin, "tag", "--delete", "v0.0.9")
    reason = r"cannot be compared with the tag v0\.0\.9 of git's remote origin: fatal: couldn't find remote ref"
    with pytest.raises(PublicationError, match=reason):
        former_releases.fetch(tmp_path / "former")
    assert list((tmp_path / "former").iterdir()) == []


def test_the_tag_of_the_server(origin: Path, checkout: Path) -> None:
    """It counts before a publication, also where the checkout has another of that name."""
    tagged = git(origin, "rev-parse", "v0.0.9^{commit}")
    git(checkout, "tag", "v0.0.9", "HEAD")
    assert sources.commit_on_origin("0.0.9") == tagged != sources.commit_of_tag("0.0.9")
    git(origin, "tag", "v0.0.8", "HEAD")  # lightweight
    assert sources.commit_on_origin("0.0.8") == git(origin, "rev-parse", "HEAD")
    with pytest.raises(sources.UnknownSourceError, match="origin: it has no such tag"):
        sources.commit_on_origin("0.0.7")


def test_sources_of_a_commit_without_filters(origin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian 12 has Python 3.11.2, and tarfile has filters since 3.11.4."""
    (origin / "pyproject.toml").write_text("[project]\n")
    git(origin, "add", "pyproject.toml")
    git(origin, "commit", "--quiet", "-m", "fourth")
    extract = tarfile.TarFile.extractall
    monkeypatch.setattr(sources, "ROOT", origin)
    monkeypatch.setattr(tarfile.TarFile, "extractall", lambda self, path: extract(self, path))
    monkeypatch.delattr(tarfile, "data_filter", raising=False)  # as Debian 12 has it
    source = sources.source_of_commit(git(origin, "rev-parse", "HEAD"))
    assert source.read("pyproject.toml") == b"[project]\n"


@pytest.mark.parametrize(
    ("ci", "event", "lost", "status"),
    [
        ("true", "push", "", 1),
        ("true", "push", "9.9.8 9.9.9", 0),
        ("true", "push", "19.9.9", 1),
        ("true", "pull_request", "", 0),
        ("", "", "", 0),
    ],
)
def test_pages_that_cannot_be_built(ci: str, event: str, lost: str, status: int, tmp_path: Path) -> None:
    """In CI, the site would lose them without a word. GitHub does not give the variable to pull requests of forks."""
    done = subprocess.run(
        [ROOT / "ci" / "former_docs", tmp_path / "docs", "9.9.9"],
        capture_output=True,
        text=True,
        env={**os.environ, "CI": ci, "GITHUB_EVENT_NAME": event, "LOST_DOCS": lost},
    )
    assert done.returncode == status
    assert "left out: the documentation of 9.9.9" in done.stderr
    assert ("put 9.9.9 into the repository's variable LOST_DOCS" in done.stderr) == bool(status)
