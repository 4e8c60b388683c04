# SPDX-License-Identifier: GPL-3.0-or-later
"""Every system, processor and Python leads to the one right file, and the browser downloads it unharmed."""

from __future__ import annotations

from pathlib import Path

import pytest
from browsers import requests_of, visible, wait_for, wait_for_download
from releases import Artifact, Manifest, Target, read_targets, sha256
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement


def wait_for_form(browser: Chrome) -> None:
    wait_for(lambda: browser.find_element(By.ID, "choice").is_displayed(), "form")


def shown(browser: Chrome) -> WebElement:
    """The one file that the page shows."""
    (card,) = visible(browser, ".file")
    return card


def answers(browser: Chrome, question: str, checked: bool = False) -> list[str]:
    """The values that the form offers, or those that are checked."""
    inputs = visible(browser, f"input[name={question}]{':checked' if checked else ''}")
    return [str(each.get_attribute("value")) for each in inputs]


def choose(browser: Chrome, question: str, value: str) -> None:
    browser.find_element(By.CSS_SELECTOR, f"input[name={question}][value='{value}']").click()


def expected(manifest: Manifest, target: Target) -> dict[str, Artifact]:
    """The file for each Python: the plugin that stands alone where there is one, else the bundle."""
    (bundle,) = (file for file in manifest.files if file.kind == "bundle" and file.target == target.name)
    plugins = {file.pythons[0]: file for file in manifest.files if file.kind == "plugin" and file.target == target.name}
    return {"any": bundle} | {python: plugins.get(python, bundle) for python in bundle.pythons}


@pytest.mark.parametrize("target", read_targets().values(), ids=lambda target: target.name)
def test_choice_leads_to_its_file(target: Target, browser: Chrome, address: str, manifest: Manifest, downloads: Path) -> None:
    browser.get(address)
    wait_for_form(browser)
    choose(browser, "system", target.system)
    choose(browser, "processor", target.processor)
    files = expected(manifest, target)
    assert answers(browser, "python") == list(files)
    for python, file in files.items():
        choose(browser, "python", python)
        card = shown(browser)
        assert file.sha256 in card.text and f"{file.size:,} bytes" in card.text
        assert file.name in browser.find_element(By.ID, "status").get_attribute("textContent")  # which is read aloud
        card.find_element(By.CSS_SELECTOR, ".download").click()
        downloaded = downloads / file.name
        wait_for_download(downloaded, file.size)
        assert sha256(downloaded) == file.sha256
        downloaded.unlink()
    asked = requests_of(browser)
    assert f"{address}page.js" in asked and all(url.startswith(address) for url in asked), asked


def test_systems_and_processors_are_those_of_the_release(browser: Chrome, address: str, manifest: Manifest) -> None:
    browser.get(address)
    wait_for_form(browser)
    found = set()
    for system in answers(browser, "system"):
        choose(browser, "system", system)
        found |= {(system, processor) for processor in answers(browser, "processor")}
    assert found == {(file.system, file.processor) for file in manifest.files if file.kind == "bundle"}


def test_an_answer_that_does_not_exist_there_is_replaced(browser: Chrome, address: str) -> None:
    browser.get(f"{address}#OrthancPython-0.1.0-python3.10-linux-aarch64.so")
    wait_for_form(browser)
    choose(browser, "system", "windows")
    assert answers(browser, "processor", checked=True) == ["arm64"]
    assert answers(browser, "python", checked=True) == ["any"]
    assert shown(browser).get_attribute("id") == "OrthancPython-0.1.0-windows-arm64.zip"


def test_keyboard(browser: Chrome, address: str) -> None:
    browser.get(address)
    wait_for_form(browser)
    body = browser.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    assert browser.switch_to.active_element.text == "Skip to the download"
    while browser.switch_to.active_element.get_attribute("name") != "system":
        browser.switch_to.active_element.send_keys(Keys.TAB)
    browser.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    assert "Windows" in shown(browser).text
    for _ in ("processor", "python"):
        browser.switch_to.active_element.send_keys(Keys.TAB)
    browser.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    browser.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.switch_to.active_element.get_attribute("download") == "OrthancPython-0.1.0-python3.10-windows-x86_64.dll"


def test_address_of_a_choice_can_be_passed_on(browser: Chrome, address: str) -> None:
    browser.get(address)
    wait_for_form(browser)
    choose(browser, "system", "macos")
    choose(browser, "python", "3.14")
    passed_on = browser.current_url
    browser.switch_to.new_window("tab")
    browser.get(passed_on)
    wait_for_form(browser)
    assert answers(browser, "system", checked=True) == ["macos"]
    assert answers(browser, "python", checked=True) == ["3.14"]
    assert "CPython 3.14" in shown(browser).text
    browser.close()
    browser.switch_to.window(browser.window_handles[-1])


def test_details_of_what_the_form_does_not_offer(browser: Chrome, address: str) -> None:
    browser.get(address)
    wait_for_form(browser)
    browser.find_element(By.CSS_SELECTOR, "[aria-label='Details of orthanc.pyi']").click()
    wait_for(lambda: shown(browser).get_attribute("id") == "orthanc.pyi", "details")
    assert browser.switch_to.active_element.text == "Type stub of the module orthanc"
    assert answers(browser, "system", checked=True) == []


def test_address_that_no_page_has(browser: Chrome, address: str) -> None:
    """A `%` that is not the beginning of an encoded byte."""
    browser.get(f"{address}#100%")
    wait_for_form(browser)
    name = str(shown(browser).get_attribute("id"))
    browser.execute_script("location.hash = '#%zz'")
    choose(browser, "system", "windows")
    assert shown(browser).get_attribute("id") != name
    assert [entry for entry in browser.get_log("browser") if "URIError" in entry["message"]] == []


def test_page_of_a_former_release(browser: Chrome, address: str) -> None:
    browser.get(f"{address}0.0.9/index.html")
    wait_for_form(browser)
    choose(browser, "system", "linux")
    link = shown(browser).find_element(By.CSS_SELECTOR, ".download").get_attribute("href")
    assert link == f"{address}0.0.9/OrthancPython-0.0.9-linux-x86_64.zip"
    browser.find_element(By.LINK_TEXT, "Download 0.1.0").click()
    assert "Download OrthancPython 0.1.0" in browser.find_element(By.TAG_NAME, "h1").text
