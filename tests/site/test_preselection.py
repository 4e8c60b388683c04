# SPDX-License-Identifier: GPL-3.0-or-later
"""The choices follow the browser's own description of its machine."""

from __future__ import annotations

import pytest
from browsers import ELSEWHERE
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from test_choices import answers, shown, wait_for_form

UNUSED = {"platformVersion": "", "model": "", "mobile": False, "brands": [{"brand": "Chromium", "version": "156"}]}
SAFARI = "Mozilla/5.0 ({}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 {}"
CHROME = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"


def preselected(browser: Chrome, address: str, override: dict[str, object]) -> tuple[str, str, bool]:
    browser.execute_cdp_cmd("Emulation.setUserAgentOverride", override)
    browser.get(address)
    wait_for_form(browser)
    (system,), (processor,) = (answers(browser, question, checked=True) for question in ("system", "processor"))
    assert answers(browser, "python", checked=True) == ["any"]
    assert shown(browser).get_attribute("data-system") == system
    return system, processor, browser.find_element(By.ID, "hint").is_displayed()


@pytest.mark.parametrize(
    ("platform", "architecture", "bitness", "agent", "system", "processor"),
    [
        ("Windows", "x86", "64", "Windows NT 10.0; Win64; x64", "windows", "x86_64"),
        ("Windows", "x86", "32", "Windows NT 10.0", "windows", "x86"),
        ("Windows", "arm", "64", "Windows NT 10.0; Win64; x64", "windows", "arm64"),
        ("macOS", "arm", "64", "Macintosh; Intel Mac OS X 10_15_7", "macos", "arm64"),
        ("macOS", "x86", "64", "Macintosh; Intel Mac OS X 10_15_7", "macos", "x86_64"),
        ("Linux", "x86", "64", "X11; Linux x86_64", "linux", "x86_64"),
        ("Linux", "arm", "64", "X11; Linux x86_64", "linux", "arm64"),
    ],
)
def test_user_agent_data(
    platform: str, architecture: str, bitness: str, agent: str, system: str, processor: str, browser: Chrome, address: str
) -> None:
    data = {"platform": platform, "architecture": architecture, "bitness": bitness}
    override = {"userAgent": CHROME.format(agent), "userAgentMetadata": data | UNUSED}
    assert preselected(browser, address, override) == (system, processor, True)


@pytest.mark.parametrize(
    ("agent", "system", "processor"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "windows", "x86_64"),
        ("Mozilla/5.0 (X11; Linux aarch64; rv:140.0) Gecko/20100101 Firefox/140.0", "linux", "arm64"),
        # Every browser of a Mac says Intel.
        (SAFARI.format("Macintosh; Intel Mac OS X 10_15_7", "Safari/605.1.15"), "macos", "universal2"),
    ],
)
def test_user_agent(agent: str, system: str, processor: str, browser: Chrome, address: str) -> None:
    # Without HTTPS, at another name than this machine's own, Chromium has no navigator.userAgentData, as other browsers.
    assert preselected(browser, address.replace("127.0.0.1", ELSEWHERE), {"userAgent": agent}) == (system, processor, True)
    assert browser.execute_script("return navigator.userAgentData === undefined")


@pytest.mark.parametrize(
    ("architecture", "bitness", "agent"),
    [
        ("arm", "32", "X11; Linux armv7l"),  # a Raspberry Pi with a system of 32 bits
        ("x86", "32", "X11; Linux i686"),
    ],
)
def test_a_machine_without_a_file(architecture: str, bitness: str, agent: str, browser: Chrome, address: str) -> None:
    """The first file of its system is shown, but not as that of this machine."""
    data = {"platform": "Linux", "architecture": architecture, "bitness": bitness}
    override = {"userAgent": CHROME.format(agent), "userAgentMetadata": data | UNUSED}
    assert preselected(browser, address, override) == ("linux", "x86_64", False)


@pytest.mark.parametrize("agent", ["X11; Linux armv7l", "X11; Linux i686"])
def test_an_agent_without_a_file(agent: str, browser: Chrome, address: str) -> None:
    """It has no navigator.userAgentData, as Firefox."""
    override = {"userAgent": f"Mozilla/5.0 ({agent}; rv:140.0) Gecko/20100101 Firefox/140.0"}
    assert preselected(browser, address.replace("127.0.0.1", ELSEWHERE), override) == ("linux", "x86_64", False)


@pytest.mark.parametrize(
    "agent",
    [
        SAFARI.format("iPhone; CPU iPhone OS 18_5 like Mac OS X", "Mobile/15E148 Safari/604.1"),
        CHROME.format("Linux; Android 15; K"),
    ],
)
def test_a_phone_is_no_server(agent: str, browser: Chrome, address: str) -> None:
    found = preselected(browser, address.replace("127.0.0.1", ELSEWHERE), {"userAgent": agent})
    assert found == ("linux", "x86_64", False)
