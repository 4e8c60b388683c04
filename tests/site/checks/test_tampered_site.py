# SPDX-License-Identifier: GPL-3.0-or-later
"""A site whose pages, index, feed or files are not what its manifests say is refused: a row for each way."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from releases import make_site, write_manifest
from site_changes import (
    FORMER,
    INDEX,
    PLUGIN,
    WHEEL,
    Change,
    changes,
    edited,
    former_described_again,
    of_digest,
    of_other_digest,
    replaced,
    without_part,
    write,
)

from orthanc_release.artifacts import Manifest
from orthanc_release.site import contents
from orthanc_release.site.check import problems_of_site

NOT_AS_MADE = r"simple/orthanc-python/index\.(html|json) is not as ci/index makes it"
PROJECTS = r"simple/index\.(html|json) is not as ci/index makes it"
OTHER_PYTHONS = edited(f"{INDEX}.html", '"&gt;=3.10"', '"&gt;=2.7"')
HEAD = '<h1>Download OrthancPython <span class="version">0.1.0</span></h1>'
ROWS: list[tuple[str, Change, str]] = [
    # Pages.
    ("a link to nowhere", edited("index.html", 'href="0.0.9/index.html"', 'href="0.0.8/index.html"'), "no such file"),
    ("a link out of the site", edited("index.html", 'href="feed.xml"', 'href="../../feed.xml"'), "no such file"),
    ("a link to nowhere on the page", edited("index.html", 'href="#pip"', 'href="#pipe"'), "the page has no such place"),
    (
        "a download from elsewhere",
        edited("index.html", f'href="0.1.0/{PLUGIN}"', f'href="https://evil.example/{PLUGIN}"'),
        "outside of the site",
    ),
    (
        "a download from elsewhere without a scheme",
        edited("index.html", f'href="0.1.0/{PLUGIN}"', f'href="//evil.example/{PLUGIN}"'),
        "outside of the site",
    ),
    ("a link to a script", edited("index.html", 'href="#pip"', 'href="javascript:alert(1)"'), "outside of the site"),
    (
        "a download of a former release",
        edited("index.html", f'href="0.1.0/{PLUGIN}"', f'href="0.0.9/{FORMER}"'),
        "of another release",
    ),
    (
        "a download of another file",
        edited("index.html", f'href="0.1.0/{PLUGIN}"', f'href="0.1.0/{PLUGIN.replace("3.13", "3.12")}"'),
        "with the download",
    ),
    ("another checksum in the table", of_digest("index.html", PLUGIN, last=True), "of no file of the release"),
    ("another checksum in a command", of_digest("0.1.0/index.html", PLUGIN), "of no file of the release"),
    ("the checksum of another file", of_other_digest("index.html", PLUGIN, "orthanc.pyi"), "by the checksum"),
    ("the wheel's checksum for pip", of_other_digest("latest/index.html", WHEEL, "orthanc.pyi"), "with the checksum"),
    (
        "pip's wheel from elsewhere",
        edited("index.html", "orthanc-python @ ", 'orthanc-python @ https://evil.example/</code><code class="'),
        "installs from|of the release|index.html",
    ),
    ("another size", edited("index.html", " bytes</dd>", "0 bytes</dd>"), "without its size"),
    ("another version", edited("index.html", HEAD, HEAD.replace("0.1.0", "9.9.9")), "is not about version 0.1.0"),
    ("the page of a former release", replaced("index.html", "0.0.9/index.html"), "index.html"),
    ("another commit", edited("0.0.9/index.html", "0123456789abcdef", "fedcba9876543210"), "is not about version 0.0.9"),
    ("a file less", without_part("index.html", r'<section class="file".*?</section>'), "has not one section for each file"),
    ("a row less", without_part("index.html", r"<tr>\s*<td>.*?</tr>"), "has not one row for each file"),
    ("a script", edited("index.html", "<main", "<script>alert(1)</script><main"), "has a script in it"),
    ("a script from elsewhere", edited("index.html", 'src="page.js"', 'src="https://evil.example/page.js"'), "outside of"),
    ("another script", edited("index.html", 'src="page.js"', 'src="feed.xml"'), "runs feed.xml"),
    ("a handler", edited("index.html", "<main", '<main onclick="alert(1)"'), "has the attribute onclick"),
    ("a frame", edited("index.html", "<main", '<iframe src="feed.xml"></iframe><main'), "has the element iframe"),
    ("another base", edited("index.html", "<meta charset", '<base href="https://evil.example/"><meta charset'), "element base"),
    (
        "another address at once",
        edited("index.html", "<meta charset", '<meta http-equiv="Refresh" content="0;url=feed.xml"><meta charset'),
        "has the element meta",
    ),
    (
        "a comment that ends early",
        edited("index.html", "<main", "<!--><script src=page.js></script>--><main"),
        "has markup other than tags",
    ),
    ("a comment", edited("index.html", "</html>", "</html><!-- evil -->"), "has markup other than tags"),
    ("an instruction", edited("index.html", "<main", "<?evil?><main"), "has markup other than tags"),
    ("another document type", edited("index.html", "<!DOCTYPE html>", "<!DOCTYPE evil>"), "has markup other than tags"),
    ("no document type", edited("index.html", "<!DOCTYPE html>", ""), "has markup other than tags"),
    ("marked content", edited("index.html", "<main", "<![CDATA[evil]]><main"), "has markup other than tags"),
    (
        "a script in an attribute",
        edited("index.html", "<noscript>", '<noscript><p title="</noscript><script src=page.js></script>">'),
        "has markup other than tags",
    ),
    *(
        (f"an attribute {name}", edited("index.html", "<main", f'<main {name}="//evil.example"'), f"has the attribute {name}")
        for name in ("xlink:href", "srcset", "imagesrcset", "poster", "ping", "data", "background", "style", "action")
    ),
    *(
        (f"an element {name}", edited("index.html", "<main", f"<{name}></{name}><main"), f"has the element {name}")
        for name in ("svg", "math", "template", "textarea", "button", "style")
    ),
    (
        "an address twice",
        edited("index.html", f'href="0.1.0/{PLUGIN}"', f'href="//evil.example" href="0.1.0/{PLUGIN}"'),
        "has an attribute twice",
    ),
    (
        "another directive by the browser",
        edited("index.html", "<meta charset", '<meta http-equiv="set-cookie" content="a=b"><meta charset'),
        "has the element meta",
    ),
    ("another policy of content", edited("index.html", "default-src 'none'", "default-src *"), r"^index\.html is not as ci/"),
    ("another text", edited("0.0.9/index.html", "The plugin", "The harmful plugin"), r"^0\.0\.9/index\.html is not as ci/"),
    ("another system", edited("index.html", 'data-system="linux"', 'data-system="macos"'), r"^index\.html is not as ci/"),
    ("another icon", edited("latest/index.html", 'href="../icon.svg"', 'href="../feed.xml"'), r"^latest/index\.html is not "),
    # pip's index.
    ("another checksum in the index", of_digest(f"{INDEX}.json", WHEEL), "index.json has another checksum or size"),
    ("another checksum in the index as HTML", of_digest(f"{INDEX}.html", WHEEL), "index.html has another link"),
    ("a wheel from elsewhere", edited(f"{INDEX}.json", '"../../0.1.0/', '"https://evil.example/0.1.0/'), "index."),
    ("a wheel of a former release", edited(f"{INDEX}.json", '"../../0.1.0/', '"../../0.0.9/'), "index."),
    ("a wheel of another name", edited(f"{INDEX}.json", f'"{WHEEL}"', f'"{WHEEL[:-4]}.zip"'), "has other files than"),
    ("another name in the index as HTML", edited(f"{INDEX}.html", f">{WHEEL}<", ">orthanc.whl<"), "has other files than"),
    ("another version in the index", edited(f"{INDEX}.json", '"0.0.9"', '"9.9.9"'), "has other versions than the site"),
    ("a wheel less", without_part(f"{INDEX}.html", r"<a [^>]*>[^<]*</a><br>"), "index.html has other files"),
    ("other Pythons", edited(f"{INDEX}.json", '">=3.10"', '">=2.7"'), "has two answers about the Pythons"),
    ("other metadata", edited(f"0.1.0/{WHEEL}.metadata", "Name", "Requires-Dist: evil\nName"), "is not the metadata of that"),
    (
        "a checksum of other metadata",
        edited(f"{INDEX}.json", '"core-metadata": {', '"core-metadata": {"md5": "0"}, "x": {'),
        "metadata",
    ),
    ("a wheel that is yanked", edited(f"{INDEX}.html", "<a href", '<a data-yanked="evil" href'), NOT_AS_MADE),
    ("a wheel that is yanked, as JSON", edited(f"{INDEX}.json", '"size"', '"yanked": true, "size"'), NOT_AS_MADE),
    ("another date of a wheel", edited(f"{INDEX}.json", '"upload-time": "2026', '"upload-time": "2027'), NOT_AS_MADE),
    ("other Pythons in both", changes(edited(f"{INDEX}.json", '">=3.10"', '">=2.7"'), OTHER_PYTHONS), NOT_AS_MADE),
    (
        "another address of the index at once",
        edited(f"{INDEX}.html", "<meta charset", '<meta http-equiv="refresh" content="0;url=//evil.example"><meta charset'),
        NOT_AS_MADE,
    ),
    ("a newer index", edited(f"{INDEX}.html", 'version" content="1.1"', 'version" content="9.9"'), NOT_AS_MADE),
    ("a newer index as JSON", edited(f"{INDEX}.json", '"api-version": "1.1"', '"api-version": "9.9"'), NOT_AS_MADE),
    ("another link in the list of projects", edited("simple/index.html", "orthanc-python/", "//evil.example/"), PROJECTS),
    ("another list of projects as JSON", edited("simple/index.json", '"orthanc-python"', '"evil"'), PROJECTS),
    ("no list of projects", lambda site: (site / "simple/index.html").unlink(), "simple/index.html is missing"),
    ("no index", lambda site: (site / f"{INDEX}.json").unlink(), "index.json is missing"),
    ("an index that is none", lambda site: write(site / f"{INDEX}.json", "[]"), "is incomplete or damaged"),
    ("another project", lambda site: shutil.copytree(site / "simple/orthanc-python", site / "simple/evil"), "does not belong"),
    # The feed.
    (
        "another version in the feed",
        edited("feed.xml", "orthanc-python 0.1.0", "orthanc-python 9.9.9"),
        "in the place of",
    ),
    ("another date in the feed", edited("feed.xml", "2026-10-01T", "2026-12-01T"), "has another date for version 0.0.9"),
    (
        "another link in the feed",
        edited("feed.xml", 'href="0.0.9/"', 'href="https://evil.example/"'),
        "another link to",
    ),
    ("another summary in the feed", edited("feed.xml", "files</summary>", "evil</summary>"), r"^feed\.xml is not as ci/"),
    ("a release less in the feed", without_part("feed.xml", r"<entry>.*?</entry>"), "has 2 releases, the site 3"),
    (
        "other changes",
        edited("feed.xml", "</summary>", '</summary><content type="html">evil</content>'),
        "other changes of version",
    ),
    ("an entity", edited("feed.xml", "<feed", "<!DOCTYPE a [<!ENTITY b 'c'>]><feed"), "has a document type"),
    ("a feed that is none", lambda site: write(site / "feed.xml", "<feed"), "is not XML"),
    ("another element", edited("feed.xml", "<author>", "<rights>evil</rights><author>"), "has the element"),
    # Files.
    ("another plugin", lambda site: write(site / "0.1.0" / PLUGIN, "harm"), "bytes; the manifest says"),
    ("another plugin in latest", lambda site: write(site / "latest" / PLUGIN, "harm"), "latest/"),
    ("a plugin less", lambda site: (site / "0.0.9" / FORMER).unlink(), "is missing"),
    ("a plugin less in latest", lambda site: (site / "latest" / PLUGIN).unlink(), "is missing"),
    ("a file more", lambda site: write(site / "0.1.0" / "evil.exe", "harm"), "0.1.0/evil.exe does not belong to the site"),
    ("a file more at the top", lambda site: write(site / "CNAME", "evil.example"), "CNAME does not belong to the site"),
    ("a file more in latest", lambda site: write(site / "latest" / "evil.exe", "harm"), "latest/evil.exe does not belong"),
    ("a file more in the index", lambda site: write(site / "simple" / "evil.html", "harm"), "evil.html does not belong"),
    ("another script of the page", lambda site: write(site / "page.js", "alert(1)"), "page.js is not that of these sources"),
    ("a documentation that no page names", lambda site: (site / "documentation").mkdir(), r"^index\.html is not as ci/index"),
    ("a link to another file", lambda site: (site / "latest" / "evil").symlink_to("/etc/passwd"), "latest/evil"),
    ("a folder of another version", lambda site: (site / "0.0.9").rename(site / "0.0.8"), "0.0.8 has version 0.0.9"),
    ("a former release described again", former_described_again, "0.0.9/index.html has the checksum"),
    ("no releases", lambda site: [shutil.rmtree(site / each) for each in ("0.1.0", "0.0.9", "0.2.0rc1")], "has no release"),
]


@pytest.fixture(scope="module")
def small_releases(releases: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The releases with the files of one target."""
    made = []
    for folder in releases:
        manifest = Manifest.read(folder)
        files = tuple(each for each in manifest.files if each.target in (None, "linux-x86_64"))
        small = tmp_path_factory.mktemp("small") / folder.name
        small.mkdir()
        for name in [*(each.name for each in files), "orthanc.pyi.sigstore.json", "sbom.cdx.json"]:
            os.link(folder / name, small / name)
        write_manifest(small, Manifest(manifest.version, manifest.date, manifest.commit, files))
        made.append(small)
    return made


@pytest.fixture(scope="module")
def small_site(small_releases: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small-site") / "downloads"
    done = make_site(*small_releases, "--output", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def copy(small_site: Path, tmp_path: Path) -> Path:
    """A copy of the site. Files that nothing changes share their content with it."""
    return Path(shutil.copytree(small_site, tmp_path / "downloads", copy_function=os.link))


def test_nothing_is_wrong(site: Path) -> None:
    assert list(problems_of_site(site)) == []
    done = make_site("--check", "--output", site)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("change", "text"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_a_tampered_site(change: Change, text: str, copy: Path) -> None:
    change(copy)
    found = list(problems_of_site(copy))
    assert any(re.search(text, problem) for problem in found), found


def test_the_command_refuses(copy: Path) -> None:
    (copy / "CNAME").write_text("evil.example")
    done = make_site("--check", "--output", copy)
    assert (done.returncode, done.stderr) == (1, "ci/index: downloads: CNAME does not belong to the site\n")


def test_with_addresses(small_releases: list[Path], tmp_path: Path) -> None:
    """Pages may lead to the documentation and the sources that are named, and to nothing else."""
    addresses = ("--url", "https://download.example/o", "--repository", "https://git.example/o/p")
    more = ("--documentation", "https://docs.example/o")
    assert make_site(*small_releases, "--output", tmp_path / "site", *addresses, *more).returncode == 0
    assert make_site("--check", "--output", tmp_path / "site", *addresses, *more).returncode == 0
    assert "outside of the site" in make_site("--check", "--output", tmp_path / "site", *addresses).stderr
    assert (
        "installs from https://download.example/o/"
        in make_site("--check", "--output", tmp_path / "site", *more, *addresses[2:]).stderr
    )


def test_a_fault_of_what_makes_the_site(small_releases: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong site does not take the place of the former one."""
    assert make_site(*small_releases[:1], "--output", tmp_path / "site").returncode == 0
    monkeypatch.setattr(contents, "changes_of_release", lambda version: "nothing")
    done = make_site(*small_releases, "--output", tmp_path / "site")
    assert done.returncode == 1 and "other changes of version" in done.stderr
    assert not (tmp_path / "site" / "0.0.9").exists()


def test_what_to_do_is_named(tmp_path: Path) -> None:
    for arguments in ([], ["--check", tmp_path]):
        with pytest.raises(SystemExit):
            make_site(*arguments, "--output", tmp_path / "site")
