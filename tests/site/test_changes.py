# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes come from this checkout's CHANGELOG.md, or from that of the release's tag; ci/sign refuses what no feed can have."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from releases import make_release, make_site

from orthanc_release import changelog, sources
from orthanc_release.artifacts import project_version
from orthanc_release.changelog import forbidden_characters
from orthanc_release.signing import tag
from orthanc_release.site import contents, index_checks
from orthanc_release.site.changes import changes_of_release

HEAD = "# Changelog\n\n## [0.2.0] - 2026-12-01\n\n- New\n\n## [0.1.0] - 2026-11-01\n\n- First\n"
OLDER_LINE = "# Changelog\n\n## [0.1.1] - 2026-12-02\n\n- A bug\n\n## [0.1.0] - 2026-11-01\n\n- First, as it was written then\n"


def git(folder: Path, *arguments: str) -> None:
    someone = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    subprocess.run(["git", "-C", str(folder), *someone, *arguments], check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A shallow clone of the newer line. A branch of its origin has the older line, with the tag v0.1.1."""
    origin, folder = tmp_path / "origin", tmp_path / "checkout"
    origin.mkdir()
    git(origin, "init", "--quiet", "--initial-branch=main")
    git(origin, "commit", "--quiet", "--allow-empty", "-m", "Begin")
    for branch, text in (("older", OLDER_LINE), ("newer", HEAD)):
        git(origin, "checkout", "--quiet", "-b", branch, "main")
        (origin / "CHANGELOG.md").write_text(text)
        git(origin, "add", "CHANGELOG.md")
        git(origin, "commit", "--quiet", "-m", "Write the changes")
    git(origin, "tag", "-a", "v0.1.1", "-m", "Release", "older")
    git(tmp_path, "clone", "--quiet", "--no-tags", "--depth=1", origin.as_uri(), str(folder))
    monkeypatch.setattr(sources, "ROOT", folder)
    monkeypatch.setattr(changelog, "FILE", folder / "CHANGELOG.md")
    sources.commit_of_tag.cache_clear()
    yield folder
    sources.commit_of_tag.cache_clear()


def test_changes_of_an_older_line(checkout: Path) -> None:
    """Its branch alone has them. ci/full_site has fetched the tag of each release before."""
    assert changes_of_release("0.1.1") == ""
    sources.fetch_tag("0.1.1")
    assert changes_of_release("0.1.1") == "- A bug"


def test_this_checkout_comes_first(checkout: Path) -> None:
    """A text can be corrected after its release."""
    sources.fetch_tag("0.1.1")
    git(checkout, "tag", "v0.1.0", "v0.1.1")
    assert [changes_of_release(version) for version in ("0.2.0", "0.1.0", "0.0.9")] == ["- New", "- First", ""]


def test_changes_that_the_tag_alone_has_reach_the_pages(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (contents, index_checks):  # the other tests give the releases changes of their own
        monkeypatch.setattr(module, "changes_of_release", changes_of_release)
    site, release = tmp_path / "site", make_release(tmp_path / "0.1.1", "0.1.1")
    sources.fetch_tag("0.1.1")
    assert make_site(release, "--output", site).stderr == ""
    for name in ("index.html", "0.1.1/index.html"):
        assert '<pre class="changes" tabindex="0">- A bug</pre>' in (site / name).read_text()
    assert '<content type="text">- A bug</content>' in (site / "feed.xml").read_text()
    git(checkout, "tag", "--delete", "v0.1.1")
    sources.commit_of_tag.cache_clear()
    reason = "than CHANGELOG.md: this checkout has no tag v0.1.1, whose CHANGELOG.md may have them"
    checked = make_site("--check", "--output", site).stderr
    assert checked == f"ci/index: site: feed.xml has other changes of version 0.1.1 {reason}\n"


@pytest.mark.parametrize("character", ["\f", "\0", "\x1b", "\ufffe", "\uffff"])
def test_character_that_no_feed_can_have(character: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "CHANGELOG.md"
    version = project_version()
    file.write_text(f"# Changelog\n\n## [{version}] - 2026-12-01\n\n- One\n- T{character}wo\n", encoding="utf-8")
    monkeypatch.setattr(changelog, "FILE", file)
    reason = f"CHANGELOG.md has {character!a} in line 6, and XML allows no such character: the site's feed could not be read"
    assert tag.why_not_for_tag(version, {"GITHUB_REF": f"refs/tags/v{version}"}) == reason


def test_characters_that_a_feed_can_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "CHANGELOG.md"
    file.write_text("\tx\n \x7f\x85\u2028\ud7ff\ue000\ufffd\U00010000\U0010ffff<&>]]>\n", encoding="utf-8")
    monkeypatch.setattr(changelog, "FILE", file)
    assert forbidden_characters() is None
