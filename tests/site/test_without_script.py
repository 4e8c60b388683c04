# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a browser without JavaScript."""

from __future__ import annotations

import hashlib
import urllib.request
from pathlib import Path

import pytest
from browsers import set_script, visible, wait_for_download
from releases import Manifest, sha256
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By


@pytest.fixture
def page(browser: Chrome, address: str) -> Chrome:
    set_script(browser, False)
    browser.get(address)
    assert not browser.find_element(By.ID, "choice").is_displayed()
    assert visible(browser, ".file") == []
    return browser


def test_table_has_every_file(page: Chrome, manifest: Manifest) -> None:
    links = {}
    for link in visible(page, "table a[download]"):
        links[link.text] = str(link.get_attribute("href"))
    assert set(links) == {file.name for file in manifest.files}
    text = page.find_element(By.TAG_NAME, "table").text
    for file in manifest.files:
        with urllib.request.urlopen(links[file.name]) as answer:
            assert hashlib.sha256(answer.read()).hexdigest() == file.sha256
        assert file.sha256 in text


def test_links_work(page: Chrome, manifest: Manifest, downloads: Path) -> None:
    name = "OrthancPython-0.1.0-python3.13-windows-x86_64.dll"
    (file,) = (file for file in manifest.files if file.name == name)
    page.find_element(By.LINK_TEXT, name).click()
    wait_for_download(downloads / name, file.size)
    assert sha256(downloads / name) == file.sha256
    (downloads / name).unlink()


def test_details(page: Chrome) -> None:
    page.find_element(By.CSS_SELECTOR, "[aria-label='Details of OrthancPython-0.1.0-linux-x86_64.zip']").click()
    (card,) = visible(page, ".file")
    assert "sha256sum --check" in card.text
    assert '"Plugins": ["/usr/share/orthanc/plugins/libOrthancPython.so"]' in card.text


def test_other_releases_and_descriptions(page: Chrome, address: str) -> None:
    links = {link.text: str(link.get_attribute("href")) for link in visible(page, "main a")}
    for name in ("manifest.json", "SHA256SUMS", "sbom.cdx.json", "feed", "0.0.9", "0.2.0rc1"):
        assert links[name].startswith(address)
        with urllib.request.urlopen(links[name]) as answer:
            assert answer.status == 200 and answer.read()


def test_signature(page: Chrome, address: str) -> None:
    page.get(f"{address}#orthanc.pyi")
    (card,) = visible(page, ".file")
    with urllib.request.urlopen(str(card.find_element(By.LINK_TEXT, "Sigstore").get_attribute("href"))) as answer:
        assert b"sigstore" in answer.read()
    page.get(f"{address}#orthanc_python-0.1.0.tar.gz")
    (card,) = visible(page, ".file")
    assert "unsigned" in card.text
