# SPDX-License-Identifier: GPL-3.0-or-later
"""The page for everyone: axe-core finds nothing, in light and dark, and a narrow screen has all of it."""

from __future__ import annotations

import pytest
from browsers import set_colors, set_script, set_width, visible, wait_for_width
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from test_choices import wait_for_form

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHECK = """
const [rules, done] = arguments;
axe.run(document, {runOnly: rules}).then((found) => {
  // Colours that axe cannot decide about are as bad as those that it rejects.
  const all = [...found.violations, ...found.incomplete.filter((rule) => rule.id === "color-contrast")];
  done([found.passes.length, all.map((rule) => `${rule.id}: ${rule.nodes[0].html}`)]);
});
"""
PAGES = ["", "#OrthancPython-0.1.0-python3.13-windows-x86_64.dll", "0.0.9/index.html#orthanc_python-0.0.9.tar.gz"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES, ids=["bundle", "plugin", "former"])
def test_axe(page: str, scheme: str, browser: Chrome, address: str, axe: str) -> None:
    set_colors(browser, scheme)
    browser.get(address + page)
    wait_for_form(browser)
    background = browser.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
    assert ("255" in background) == (scheme == "light")
    browser.execute_script(axe)
    passed, problems = browser.execute_async_script(CHECK, RULES)
    assert problems == [] and passed > 30


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("page", PAGES, ids=["bundle", "plugin", "former"])
def test_320_pixels_are_enough(page: str, script: bool, browser: Chrome, address: str) -> None:
    set_width(browser, 320)
    set_script(browser, script)
    browser.get(address + page)
    if script:
        wait_for_form(browser)
    wait_for_width(browser, 320)
    for each in visible(browser, "h1, table, .download, .code"):
        assert each.rect["x"] >= 0 and each.rect["x"] + each.rect["width"] <= 320, each.text
