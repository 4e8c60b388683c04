# SPDX-License-Identifier: GPL-3.0-or-later
"""A release that is [YANKED] in CHANGELOG.md stays on the site, and nothing leads to it unless somebody names it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import feedparser
import pytest
from conftest import serve
from releases import Manifest, make_site, wheel_of_this_python
from test_content import make_pages
from test_pip import JsonHandler, download, pip

from orthanc_release.changelog import yanked_versions
from orthanc_release.site import changes
from orthanc_release.site.check import problems_of_site

NOTE = "This release was withdrawn."


@pytest.fixture(scope="module")
def withdrawn_site(releases: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of two releases, of which the newer one is withdrawn, and with their pages."""
    folder = tmp_path_factory.mktemp("withdrawn")
    pages = [make_pages(folder / f"docs-{version}", version) for version in ("0.1.0", "0.0.9")]
    options = [option for each in pages for option in ("--documentation", each)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changes, "yanked_versions", lambda: ["0.1.0.0"])
        done = make_site(*releases[:2], "--output", folder / "site", *options)
    assert done.returncode == 0, done.stderr
    return folder / "site"


def test_headings(tmp_path: Path) -> None:
    file = tmp_path / "CHANGELOG.md"
    file.write_text(
        "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-12-31\n\n## [0.1.1] - 2026-12-01 [YANKED]\n\n[YANKED]\n"
    )
    assert yanked_versions(file) == ["0.1.1"]


def test_first_page_is_about_the_older_release(withdrawn_site: Path) -> None:
    assert Manifest.read(withdrawn_site / "latest").version == "0.0.9"
    for name in ("index.html", "latest/index.html", "0.0.9/index.html"):
        page = (withdrawn_site / name).read_text()
        assert '<h1>Download OrthancPython <span class="version">0.0.9</span></h1>' in page and NOTE not in page
        assert "This is not the current release" not in page
        listed = re.findall(r"<li><a href=\"\S+\"[^>]*>([\d.]+)</a> <time [^>]*>[^<]*</time>([^<]*)</li>", page)
        assert listed == [("0.1.0", " withdrawn"), ("0.0.9", "")]
    page = (withdrawn_site / "0.1.0" / "index.html").read_text()
    assert f'{NOTE} <a href="../index.html">Download 0.0.9</a> instead.' in page
    assert "This is not the current release" not in page


def test_documentation_that_opens_first(withdrawn_site: Path) -> None:
    documentation = withdrawn_site / "documentation"
    assert (documentation / "index.html").read_text() == "<title>0.0.9</title>"
    assert (documentation / "0.1.0" / "index.html").read_text() == "<title>0.1.0</title>"


def test_list_of_versions_of_the_documentation(withdrawn_site: Path) -> None:
    """Pages of a withdrawn version alone have it in their list, because that needs their own."""
    documentation = withdrawn_site / "documentation"
    assert json.loads((documentation / "versions.json").read_text()) == {
        "current": "0.0.9",
        "versions": [{"version": "0.0.9", "folder": ""}],
    }
    assert json.loads((documentation / "0.1.0" / "versions.json").read_text()) == {
        "current": "0.0.9",
        "versions": [{"version": "0.1.0", "folder": ""}, {"version": "0.0.9", "folder": "../"}],
    }


def test_feed_says_it(withdrawn_site: Path) -> None:
    feed = feedparser.parse((withdrawn_site / "feed.xml").read_bytes())
    assert [entry.title for entry in feed.entries] == ["orthanc-python 0.1.0 (withdrawn)", "orthanc-python 0.0.9"]


@pytest.mark.parametrize("as_json", [False, True], ids=["HTML", "JSON"])
def test_pip_takes_the_older_release(as_json: bool, withdrawn_site: Path, tmp_path: Path) -> None:
    with serve(withdrawn_site, *([JsonHandler] if as_json else [])) as (address, asked):
        (file,) = download(address, tmp_path / "any")
        assert file.name == wheel_of_this_python("0.0.9") and ("JSON" in asked) is as_json
        named = ("download", "--no-deps", "--index-url", f"{address}simple/", "--dest", tmp_path / "named")
        done = pip(*named, "orthanc-python==0.1.0")
    assert done.returncode == 0 and "yanked" in done.stdout + done.stderr
    assert (tmp_path / "named" / wheel_of_this_python("0.1.0")).is_file()


def test_index_marks_its_files_alone(withdrawn_site: Path) -> None:
    folder = withdrawn_site / "simple" / "orthanc-python"
    entries = {each["filename"]: each.get("yanked", False) for each in json.loads((folder / "index.json").read_text())["files"]}
    assert entries == {name: "-0.1.0" in name for name in entries} and set(entries.values()) == {True, False}
    marked = re.findall(r"<a [^>]*data-yanked=\"\"[^>]*>([^<]+)</a>", (folder / "index.html").read_text())
    assert marked == [name for name, yanked in entries.items() if yanked]


def test_the_site_is_checked_with_the_same_changes(withdrawn_site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert any("has another answer than CHANGELOG.md whether" in each for each in problems_of_site(withdrawn_site))
    monkeypatch.setattr(changes, "yanked_versions", lambda: ["0.1.0"])
    assert make_site("--check", "--output", withdrawn_site).stderr == ""


def test_all_are_withdrawn(releases: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site stays as it is otherwise."""
    monkeypatch.setattr(changes, "yanked_versions", lambda: ["0.1.0", "0.0.9", "0.2.0rc1"])
    assert make_site(*releases, "--output", tmp_path / "site").returncode == 0
    page = (tmp_path / "site" / "index.html").read_text()
    assert "<title>Download OrthancPython 0.1.0</title>" in page and f"{NOTE}</p>" in page


def test_a_pre_release_does_not_take_the_place_of_final_ones(
    releases: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All final releases are withdrawn: the newest of them stays in front, with its note, and no page leads to it."""
    monkeypatch.setattr(changes, "yanked_versions", lambda: ["0.1.0", "0.0.9"])
    options = [option for each in ("0.1.0", "0.2.0rc1") for option in ("--documentation", make_pages(tmp_path / each, each))]
    assert make_site(*releases, "--output", tmp_path / "site", *options).returncode == 0
    assert Manifest.read(tmp_path / "site" / "latest").version == "0.1.0"
    assert (tmp_path / "site" / "documentation" / "index.html").read_text() == "<title>0.1.0</title>"
    listed = json.loads((tmp_path / "site" / "documentation" / "versions.json").read_text())
    assert listed["current"] == "0.1.0" and [each["version"] for each in listed["versions"]] == ["0.2.0rc1", "0.1.0"]
    for name in ("index.html", "latest/index.html", "0.1.0/index.html"):
        page = (tmp_path / "site" / name).read_text()
        assert "<title>Download OrthancPython 0.1.0</title>" in page and f"{NOTE}</p>" in page
    for name in ("0.0.9", "0.2.0rc1"):
        page = (tmp_path / "site" / name / "index.html").read_text()
        assert (f"{NOTE}</p>" in page) is (name == "0.0.9") and "Download 0.1.0" not in page


@pytest.mark.parametrize(
    ("versions", "withdrawn", "first"),
    [
        (["0.2.0rc1", "0.1.0", "0.0.9"], [], "0.1.0"),
        (["0.2.0rc1", "0.1.0", "0.0.9"], ["0.1.0"], "0.0.9"),
        (["0.2.0rc1", "0.1.0", "0.0.9"], ["0.1.0", "0.0.9"], "0.1.0"),
        (["0.2.0rc2", "0.2.0rc1"], ["0.2.0rc2"], "0.2.0rc1"),
        (["0.2.0rc2", "0.2.0rc1"], ["0.2.0rc2", "0.2.0rc1"], "0.2.0rc2"),
    ],
)
def test_order_of_the_choice(versions: list[str], withdrawn: list[str], first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "yanked_versions", lambda: withdrawn)
    assert max(versions, key=changes.rank) == max(reversed(versions), key=changes.rank) == first
