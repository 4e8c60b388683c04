# SPDX-License-Identifier: GPL-3.0-or-later
"""A site of pages and indexes alone. They lead to the files on another server, as GitHub has them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from conftest import serve
from releases import make_release, make_site, sha256, wheel_of_this_python
from site_changes import FORMER, INDEX, PLUGIN, WHEEL, Change, changes, edited, write
from test_pip import download

from orthanc_python.releases.sources import find_release, open_source
from orthanc_release.artifacts import Manifest

NAMES = {"index.html", "index.json", "feed.xml", "style.css", "page.js", "icon.svg"}


@pytest.fixture(scope="module")
def files(releases: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the files: of each release in a folder that is called like its tag."""
    folder = tmp_path_factory.mktemp("files")
    for release in releases:
        (folder / f"v{release.name}").symlink_to(release)
    with serve(folder) as (address, _):
        yield address


@pytest.fixture(scope="module")
def light_site(files: str, releases: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("light") / "site"
    done = make_site(*releases, "--output", folder, "--downloads", files)
    assert done.returncode == 0, done.stderr
    return folder


def test_it_has_no_file_of_a_release(light_site: Path) -> None:
    """Else it would grow with each release, and GitHub Pages takes one gigabyte."""
    assert {path.name for path in light_site.rglob("*") if path.is_file()} == NAMES
    assert sorted(path.parent.name for path in light_site.glob("*/index.html")) == [
        "0.0.9",
        "0.1.0",
        "0.2.0rc1",
        "latest",
        "simple",
    ]


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "0.2.0rc1"])
def test_links_lead_to_the_files(version: str, light_site: Path, releases: list[Path]) -> None:
    (release,) = (each for each in releases if each.name == version)
    page = (light_site / version / "index.html").read_text()
    links = set(re.findall(r'<a [^>]*href="(http[^"]+)"', page))
    found = {link.rpartition("/")[2] for link in links}
    assert found == {path.name for path in release.iterdir()}
    for link in [each for each in links if re.search(r"linux-x86_64|manifest|SUMS|sbom|sigstore", each)]:
        with urlopen(link) as answer:
            assert answer.read() == (release / link.rpartition("/")[2]).read_bytes(), link


def test_command_of_the_page(light_site: Path) -> None:
    """`orthanc-python install --from` gets the folder with the manifest and the files."""
    for page, version in (("index.html", "0.1.0"), ("latest/index.html", "0.1.0"), ("0.0.9/index.html", "0.0.9")):
        text = (light_site / page).read_text()
        assert set(re.findall(r"<code>(.*)orthanc-python install --", text)) == {"sudo env/bin/", ""}  # without sudo on Windows
        addresses = set(re.findall(r"--from (\S+?)</code>", text))
        (address,) = addresses
        offer = find_release(open_source(address), "")
        assert offer.release.version == version
        assert offer.source.read("orthanc.pyi", 1000)


def test_pip(light_site: Path, tmp_path: Path, releases: list[Path]) -> None:
    """No metadata is announced: pip would want them beside the wheel, where GitHub has none."""
    with serve(light_site) as (address, asked):
        (file,) = download(address, tmp_path)
    assert file.name == wheel_of_this_python() and sha256(file) == sha256(releases[0] / file.name)
    assert all("/simple/" in path for path in asked)


def foreign_file(site: Path) -> None:
    write(site / "0.1.0" / "manifest.json", "{}")


CHANGES: list[tuple[str, Change, str]] = [
    ("another release's file", edited("index.html", f"v0.1.0/{PLUGIN}", f"v0.0.9/{FORMER}"), "has no such file"),
    ("a file that is nowhere", edited("index.html", f"v0.1.0/{PLUGIN}", "v0.1.0/other.so"), "has no such file"),
    ("out of the folder", edited("index.html", f"v0.1.0/{PLUGIN}", f"v0.1.0/../{PLUGIN}"), "has no such file"),
    (
        "an install command",
        edited("index.html", "--bundle --from http://127.0.0.1", "--bundle --from http://evil"),
        "installs from",
    ),
    ("a former folder", edited("index.html", "/v0.1.0/</code>", "/v0.0.9/</code>"), "installs from"),
    (
        "a wheel of the index",
        changes(*(edited(f"{INDEX}.{kind}", f"v0.1.0/{WHEEL}", f"v0.0.9/{WHEEL}") for kind in ("json", "html"))),
        "index.json leads to",
    ),
    ("a server of the index", edited(f"{INDEX}.html", "http://127.0.0.1", "http://127.0.0.2"), "another link"),
    ("a file for the documentation", lambda site: write(site / "documentation", ""), "documentation does not belong"),
    ("a file in the site", foreign_file, "0.1.0/manifest.json does not belong to the site"),
    ("a missing page", lambda site: (site / "0.0.9" / "index.html").unlink(), "0.0.9/index.html is missing"),
]


@pytest.mark.parametrize(("change", "reason"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_a_change_is_seen(
    change: Change, reason: str, light_site: Path, files: str, releases: list[Path], tmp_path: Path
) -> None:
    site = tmp_path / "site"
    shutil.copytree(light_site, site)
    options = ["--check", *releases, "--output", site, "--downloads", files]
    change(site)
    done = make_site(*options)
    assert done.returncode == 1 and reason in done.stderr


def test_nothing_was_changed(light_site: Path, files: str, releases: list[Path]) -> None:
    assert make_site("--check", *releases, "--output", light_site, "--downloads", files).returncode == 0


@pytest.mark.parametrize(
    ("downloads", "option", "other"),
    [
        ("https://example.org/", "--repository", "https://example.org/source/"),
        ("https://example.org/source/files/", "--documentation", "https://example.org/source/"),
        ("https://example.org/", "--documentation", "https://example.org/"),
    ],
)
def test_files_and_pages_on_one_server(downloads: str, option: str, other: str, releases: list[Path], tmp_path: Path) -> None:
    """A link to the source is not one to a file, whichever address is below the other."""
    options = [releases[0], "--output", tmp_path / "site", "--downloads", downloads, option, other]
    done = make_site(*options)
    assert done.returncode == 0, done.stderr
    assert f'href="{other}"' in (tmp_path / "site" / "index.html").read_text()
    edited("index.html", f"{downloads}v0.1.0/{PLUGIN}", f"{downloads}v0.0.9/{FORMER}")(tmp_path / "site")
    done = make_site("--check", *options)
    assert done.returncode == 1 and "has no such file" in done.stderr


@pytest.fixture(scope="module")
def own_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_release(tmp_path_factory.mktemp("own") / "release", "0.1.0+clinic.1")


@pytest.mark.parametrize("option", ["--output", "--url", "--downloads"])
def test_a_version_of_ones_own(option: str, own_release: Path, tmp_path: Path) -> None:
    """Some servers read a plus as a space, so it is escaped in every address."""
    options = [] if option == "--output" else [option, "https://example.org/"]
    done = make_site(own_release, "--output", tmp_path / "site", *options)
    assert done.returncode == 0, done.stderr
    assert "0.1.0%2Bclinic.1/" in (tmp_path / "site" / "index.html").read_text()


def test_other_releases_than_those_of_the_site(light_site: Path, files: str, releases: list[Path]) -> None:
    done = make_site("--check", *releases[:2], "--output", light_site, "--downloads", files)
    assert done.returncode == 1 and "0.2.0rc1 does not belong to the site" in done.stderr


def test_a_check_needs_the_releases(light_site: Path, files: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        make_site("--check", "--output", light_site, "--downloads", files)


def test_a_site_with_files_before(site: Path, files: str, releases: list[Path], tmp_path: Path) -> None:
    """It is replaced, and none of its files stays."""
    output = tmp_path / "site"
    shutil.copytree(site, output)
    assert (output / "0.1.0" / PLUGIN).is_file() and Manifest.read(output / "0.1.0").version == "0.1.0"
    assert make_site(*releases, "--output", output, "--downloads", files).returncode == 0
    assert {path.name for path in output.rglob("*") if path.is_file()} == NAMES
