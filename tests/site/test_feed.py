# SPDX-License-Identifier: GPL-3.0-or-later
"""The feed of releases, and that the same releases give the same site."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import feedparser
import pytest
from releases import make_site, sha256

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def absolute_site(releases: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same site with the address where it will be, of the same releases in another order."""
    folder = tmp_path_factory.mktemp("absolute") / "site"
    done = make_site(*reversed(releases), "--output", folder, "--url", "https://downloads.example/orthanc")
    assert done.returncode == 0, done.stderr
    return folder


def test_reader_sees_the_releases(absolute_site: Path) -> None:
    feed = feedparser.parse((absolute_site / "feed.xml").read_bytes())
    assert not feed.bozo and feed.version == "atom10"
    assert [(entry.title, entry.updated, entry.link) for entry in feed.entries] == [
        (f"orthanc-python {version}", f"{date}T00:00:00Z", f"https://downloads.example/orthanc/{version}/")
        for version, date in (("0.2.0rc1", "2026-11-24"), ("0.1.0", "2026-11-20"), ("0.0.9", "2026-10-01"))
    ]
    assert "Linux, Windows, macOS; CPython 3.10, 3.11" in feed.entries[0].summary
    assert feed.feed.updated == "2026-11-24T00:00:00Z"


def test_what_atom_asks_for(site: Path, absolute_site: Path) -> None:
    identifiers = []
    for folder in (site, absolute_site):
        root = ElementTree.parse(folder / "feed.xml").getroot()
        assert root.tag == f"{ATOM}feed" and root.find(f"{ATOM}author/{ATOM}name") is not None
        for element in (root, *root.findall(f"{ATOM}entry")):
            for required in ("id", "title", "updated"):
                assert len(element.findall(ATOM + required)) == 1
            assert re.fullmatch(r"urn:uuid:[-0-9a-f]{36}", element.findtext(f"{ATOM}id", ""))
            assert element.find(f"{ATOM}link[@rel='alternate']") is not None
        identifiers.append([each.text for each in root.iter(f"{ATOM}id")])
        assert len(set(identifiers[-1])) == 4
    assert identifiers[0] == identifiers[1]  # a mirror's readers know an entry again


def test_addresses_with_url(absolute_site: Path) -> None:
    page = (absolute_site / "index.html").read_text()
    assert re.search(r'"orthanc-python @ https://downloads\.example/orthanc/\S+\.whl#sha256=[0-9a-f]{64}"', page)
    assert "ADDRESS-OF-THIS-PAGE" not in page


def test_same_bytes(site: Path, releases: list[Path], tmp_path: Path) -> None:
    done = make_site(*sorted(releases), "--output", tmp_path / "again")
    assert done.returncode == 0, done.stderr
    trees = [
        {file.relative_to(folder): sha256(file) for file in folder.rglob("*") if file.is_file()}
        for folder in (site, tmp_path / "again")
    ]
    assert trees[0] == trees[1] and len(trees[0]) > 250


def test_files_of_a_release_are_complete(site: Path, releases: list[Path]) -> None:
    for file in releases[0].iterdir():
        assert sha256(site / "0.1.0" / file.name) == sha256(file)
    assert (site / "0.1.0" / "orthanc.pyi").stat().st_ino == (releases[0] / "orthanc.pyi").stat().st_ino  # a hard link
