# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Chromium that keeps to itself, and questions to it about a page."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webelement import WebElement

ELSEWHERE = "mirror.example"  # a name of this machine that the browser does not take for it
# Debian's Chromium, or the Chrome of GitHub's machines. They name the folder of its driver in a variable.
CHROMIUM = shutil.which("/usr/bin/chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver", path=os.environ.get("CHROMEWEBDRIVER")) or shutil.which("chromedriver")
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync --hide-scrollbars"
)


def start_browser(folder: Path) -> Chrome:
    """A browser with its profile and downloads in a folder."""
    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    own = (f"--user-data-dir={folder / 'profile'}", f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1")
    for flag in (*FLAGS.split(), *own):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    browser = Chrome(options=options, service=Service(str(DRIVER)))
    browser.set_script_timeout(120)
    downloads = {"behavior": "allow", "downloadPath": str(folder / "downloads")}
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", downloads)
    return browser


def set_width(browser: Chrome, width: int, height: int = 900) -> None:
    """Set the width of the page. It may be smaller than a window's."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def wait_for_width(browser: Chrome, width: int) -> None:
    """Wait until a page is laid out for the width that is set: a loaded machine does it a little after the page is loaded."""

    def widths() -> set[int]:
        found = browser.execute_cdp_cmd("Page.getLayoutMetrics", {})
        return {found["cssLayoutViewport"]["clientWidth"], found["cssContentSize"]["width"]}

    wait_for(lambda: widths() == {width}, f"page that is {width} pixels wide")


def set_colors(browser: Chrome, scheme: str) -> None:
    """Set prefers-color-scheme: light or dark."""
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})


def set_script(browser: Chrome, enabled: bool) -> None:
    """Return whether pages may run scripts."""
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not enabled})


def visible(browser: Chrome, selector: str) -> list[WebElement]:
    """The elements that can be seen; in one call, since a page has hundreds that cannot."""
    script = "return [...document.querySelectorAll(arguments[0])].filter((each) => each.checkVisibility())"
    found: list[WebElement] = browser.execute_script(script, selector)
    return found


def requests_of(browser: Chrome) -> list[str]:
    """The addresses that were asked for since the last call."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]


def wait_for_download(file: Path, size: int) -> None:
    """Wait until the browser has written all of a file."""
    wait_for(lambda: file.exists() and file.stat().st_size == size, f"download of {file.name}")


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    """Return the condition's first true value. Wait long, so that a slow machine is not a failure."""
    end = time.monotonic() + 60
    while not (value := condition()):
        assert time.monotonic() < end, f"there was no {what}"
        time.sleep(0.02)
    return value
