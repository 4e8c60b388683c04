# SPDX-License-Identifier: GPL-3.0-or-later
"""The page's text for a file is right, and its lines are configuration. Nothing else gets into the page."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from dataclasses import replace
from pathlib import Path

import feedparser
import pytest
from browsers import ELSEWHERE, wait_for
from conftest import serve
from releases import Manifest, make_site, sha256, write_manifest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from test_choices import answers, shown, wait_for_form
from test_commands import code_of

from orthanc_release.site import contents, index_checks


def test_where_a_file_was_run(browser: Chrome, address: str) -> None:
    browser.get(address)
    text = str(browser.find_element(By.ID, "OrthancPython-0.1.0-windows-x86_64.zip").get_attribute("textContent"))
    expected = "under Wine with CPython 3.10, 3.11, 3.12, 3.13; not with CPython 3.14, 3.14t, 3.15, 3.15t"
    assert expected in text


def test_oldest_windows_is_that_of_the_cpython(browser: Chrome, address: str, manifest: Manifest) -> None:
    browser.get(address)
    rows = {file.name: browser.find_element(By.ID, file.name) for file in manifest.files if file.system == "windows"}
    oldest = {"3.12": "Windows 8.1", "3.13": "Windows 10"}
    for file in manifest.files:
        if file.name in rows and file.kind == "plugin" and file.pythons[0] in oldest:
            assert oldest[file.pythons[0]] in str(rows[file.name].get_attribute("textContent"))
    assert "Windows NT" not in browser.page_source


def test_lines_of_the_configuration(browser: Chrome, address: str, releases: list[Path], manifest: Manifest) -> None:
    browser.get(address)
    wait_for_form(browser)
    for file in manifest.files:
        if file.kind not in ("bundle", "plugin"):
            continue
        browser.execute_script("location.hash = arguments[0]", file.name)
        wait_for(lambda name=file.name: shown(browser).get_attribute("id") == name, file.name)
        lines = json.loads("{" + code_of(browser, "orthanc.json") + "}")
        (plugin,) = lines.pop("Plugins")
        name = plugin.rpartition("/")[2]
        if file.kind == "plugin":
            assert name == file.name
        else:
            with zipfile.ZipFile(releases[0] / file.name) as archive:
                assert name in archive.namelist()
        assert lines["Python"]["Path"].endswith(".py")
        assert plugin.startswith("C:/") == (file.system == "windows")


@pytest.mark.parametrize(
    "text",
    [
        "- Nothing but <b>bold</b>",
        "- `orthanc-python install --from DIR` also takes a folder.",
        f"- The file of 0.0.1 has the SHA-256 {'0' * 64}.",
        f"- Like `{'0' * 64}  orthanc.pyi`, or `(Get-FileHash 'orthanc.pyi').Hash -eq '{'0' * 64}'`",
        f'- Like `pip install "orthanc-python @ https://example.org/a.whl#sha256={"0" * 64}"`',
    ],
    ids=["markup", "install --from", "checksum", "commands", "pip"],
)
def test_links_and_changes(text: str, releases: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = {"0.1.0": text}
    for module in (contents, index_checks):
        monkeypatch.setattr(module, "changes_of_release", lambda version: changes.get(version, ""))
    addresses = ("--documentation", "https://docs.example/orthanc", "--repository", "https://code.example/orthanc-python")
    assert make_site(*releases, "--output", tmp_path / "site", *addresses).returncode == 0
    page = (tmp_path / "site" / "index.html").read_text()
    for link in ("docs.example/orthanc/", "code.example/orthanc-python/", "code.example/orthanc-python/blob/main/CHANGELOG.md"):
        assert f'href="https://{link}"' in page
    (shown_changes,) = re.findall(r'<pre class="changes" tabindex="0">(.*?)</pre>', page, re.S)
    assert html.unescape(shown_changes) == text and not re.search('[<>"]', shown_changes)
    feed = feedparser.parse((tmp_path / "site" / "feed.xml").read_bytes())
    assert not feed.bozo
    root = ElementTree.parse(tmp_path / "site" / "feed.xml").getroot()
    atom = "{http://www.w3.org/2005/Atom}"
    texts = {entry.findtext(f"{atom}title"): entry.findtext(f"{atom}content") for entry in root.iter(f"{atom}entry")}
    assert texts["orthanc-python 0.1.0"] == changes["0.1.0"] and texts["orthanc-python 0.0.9"] is None
    refused = make_site(*releases, "--output", tmp_path / "other", "--documentation", "javascript:alert(1)")
    assert refused.returncode == 1 and "--documentation" in refused.stderr


def test_documentation_becomes_part_of_the_site(releases: list[Path], tmp_path: Path) -> None:
    pages = tmp_path / "docs"
    pages.mkdir()
    (pages / "index.html").write_text("<title>All of it</title>")
    assert make_site(*releases, "--output", tmp_path / "site", "--documentation", pages).returncode == 0
    assert (tmp_path / "site" / "documentation" / "index.html").read_text() == "<title>All of it</title>"
    assert 'href="documentation/"' in (tmp_path / "site" / "index.html").read_text()
    assert 'href="../documentation/"' in (tmp_path / "site" / "0.0.9" / "index.html").read_text()


def test_former_releases_keep_their_documentation(releases: list[Path], tmp_path: Path) -> None:
    options = []
    for version in ("0.1.0", "0.0.9", "0.2.0rc1"):
        pages = make_pages(tmp_path / f"docs-{version}", version)
        options += ["--documentation", pages]
    assert make_site(*releases, "--output", tmp_path / "site", *options).returncode == 0
    documentation = tmp_path / "site" / "documentation"
    assert (documentation / "index.html").read_text() == "<title>0.1.0</title>"  # no pre-release
    assert (documentation / "0.0.9" / "index.html").read_text() == "<title>0.0.9</title>"
    assert json.loads((documentation / "0.0.9" / "versions.json").read_text()) == {
        "current": "0.1.0",
        "versions": [
            {"version": "0.2.0rc1", "folder": "../0.2.0rc1/"},
            {"version": "0.1.0", "folder": "../"},
            {"version": "0.0.9", "folder": ""},
        ],
    }
    assert 'href="../documentation/0.0.9/"' in (tmp_path / "site" / "0.0.9" / "index.html").read_text()
    assert 'href="../documentation/"' in (tmp_path / "site" / "latest" / "index.html").read_text()
    assert make_site("--check", "--output", tmp_path / "site").stderr == ""
    (documentation / "0.0.9" / "versions.json").unlink()
    checked = make_site("--check", "--output", tmp_path / "site")
    assert checked.stderr == "ci/index: site: 0.0.9/index.html is not as ci/index makes it of these releases\n"

    again = make_site(*releases, "--output", tmp_path / "other", *options[:2], *options[:2])
    assert again.returncode == 1 and "each folder of documentation must be of another version" in again.stderr
    (pages / "versions.json").write_text('{"current": "../../etc"}')
    refused = make_site(*releases, "--output", tmp_path / "other", "--documentation", pages)
    assert refused.returncode == 1 and "invalid version in" in refused.stderr


def make_pages(folder: Path, version: str) -> Path:
    folder.mkdir()
    (folder / "index.html").write_text(f"<title>{version}</title>")
    (folder / "versions.json").write_text(json.dumps({"current": version}))
    return folder


def test_latest_is_the_newest_release(releases: list[Path], tmp_path: Path) -> None:
    site = tmp_path / "site"
    for folders, newest in ((releases[1:2], "0.0.9"), (releases, "0.1.0")):  # which moves, and is not a pre-release
        assert make_site(*folders, "--output", site).returncode == 0
        assert Manifest.read(site / "latest").version == newest
        names = {path.name for path in (site / newest).iterdir() if path.suffix != ".metadata"}  # which is for pip's index
        assert {path.name for path in (site / "latest").iterdir()} == names
    assert (site / "0.0.9" / "manifest.json").is_file()
    assert 'href="../0.0.9/index.html"' in (site / "latest" / "index.html").read_text()


@pytest.mark.parametrize("host", ["127.0.0.1", ELSEWHERE], ids=["clipboard", "without HTTPS"])
def test_copy(host: str, browser: Chrome, address: str) -> None:
    browser.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    browser.get(address.replace("127.0.0.1", host))
    wait_for_form(browser)
    digest = code_of(browser, "SHA-256")
    shown(browser).find_element(By.CSS_SELECTOR, "[aria-label='Copy: SHA-256']").click()
    status = browser.find_element(By.ID, "status")
    wait_for(lambda: status.get_attribute("textContent") == "Copied: SHA-256", "report")
    browser.get(address)  # where the clipboard may be read
    assert browser.execute_script("return navigator.clipboard.readText()") == digest


def test_page_cannot_load_from_elsewhere(browser: Chrome, address: str, site: Path) -> None:
    browser.get(address)
    wait_for_form(browser)
    script = "const image = new Image(); image.src = arguments[0]; document.body.append(image);"
    with serve(site) as (elsewhere, asked):
        browser.execute_script(script, f"{elsewhere}icon.svg")
        refusal = "Content Security Policy"
        wait_for(lambda: any(refusal in entry["message"] for entry in browser.get_log("browser")), "refusal")
    assert asked == []


def test_hostile_texts_are_texts(browser: Chrome, releases: list[Path], manifest: Manifest, tmp_path: Path) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    script = "</script><script>window.hacked = 1</script>"
    image = "\"'><img src=x onerror=window.hacked=1>"
    name = "Orthanc<b>&\"'#%41?.zip"
    (bundle, *_) = manifest.files
    shutil.copyfile(releases[0] / bundle.name, folder / name)
    hostile = replace(bundle, name=name, system=image, processor=script, compiler=script, sdk=image, minimum="{{ 7 * 7 }}")
    write_manifest(folder, replace(manifest, commit=script + image, files=(hostile,)))
    done = make_site(folder, "--output", tmp_path / "site")
    assert done.returncode == 0, done.stderr
    with serve(tmp_path / "site") as (address, _):
        browser.get(address)
        wait_for_form(browser)
        text = browser.find_element(By.TAG_NAME, "main").text
        assert script in text and image in text and "{{ 7 * 7 }}" in text
        assert browser.execute_script("return window.hacked") is None
        assert answers(browser, "system", checked=True) == [image]
        assert browser.find_elements(By.CSS_SELECTOR, "main img") == []
        assert [entry for entry in browser.get_log("browser") if "icon" not in entry["message"]] == []
        browser.find_element(By.LINK_TEXT, "Details").click()
        assert shown(browser).get_attribute("id") == name
        command = ["bash", "-c", code_of(browser, "Linux")]
        assert subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout == f"{name}: OK\n"
        link = str(shown(browser).find_element(By.CSS_SELECTOR, ".download").get_attribute("href"))
        subprocess.run(
            [sys.executable, "-c", "import sys, urllib.request as u; u.urlretrieve(*sys.argv[1:])", link, tmp_path / "got"],
            check=True,
        )
        assert sha256(tmp_path / "got") == bundle.sha256
