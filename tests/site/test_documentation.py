# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of the documentation, as ci/docs has built them, in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsers import set_colors, set_width, visible, wait_for, wait_for_width
from conftest import serve
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from test_accessibility import RULES

BUILT = Path(__file__).resolve().parents[2] / "build" / "docs"
# axe cannot decide about the colours of code that ends at the edge, and of arrows: these are left out.
CHECK = """
const [rules, done] = arguments;
axe.run(document, {runOnly: rules}).then((found) => {
  done([found.passes.length, found.violations.map((rule) => `${rule.id}: ${rule.nodes[0].html}`)]);
});
"""
PAGES = ["index.html", "tutorial.html", "howto/service.html", "configuration.html", "reference/functions-common.html"]


@pytest.fixture(scope="module")
def documentation() -> Iterator[str]:
    assert (BUILT / "index.html").is_file(), "there are no pages: run ci/docs"
    with serve(BUILT) as (url, _):
        yield url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_axe(page: str, scheme: str, browser: Chrome, documentation: str, axe: str) -> None:
    set_colors(browser, scheme)
    browser.get(documentation + page)
    wait_for(lambda: browser.find_elements(By.CSS_SELECTOR, "button.copybtn"), "button that copies")
    browser.execute_script(axe)
    passed, problems = browser.execute_async_script(CHECK, RULES)
    assert problems == [] and passed > 20


@pytest.mark.parametrize("page", PAGES)
def test_a_phone_has_all_of_it(page: str, browser: Chrome, documentation: str) -> None:
    set_width(browser, 360)
    browser.get(documentation + page)
    wait_for_width(browser, 360)


@pytest.mark.parametrize("name", ["RegisterRestCallback", "RegisterOnChangeCallback", "RestApiGet"])
def test_search_finds_the_function_first(name: str, browser: Chrome, documentation: str) -> None:
    browser.get(f"{documentation}search.html?q={name}")
    first = wait_for(lambda: browser.find_elements(By.CSS_SELECTOR, "ul.search li a"), "result")[0]
    assert first.text == f"orthanc.{name}"
    assert (first.get_attribute("href") or "").endswith(f"reference/functions-common.html#orthanc.{name}")


def test_pictures_follow_the_scheme(browser: Chrome, documentation: str) -> None:
    for scheme, other in (("light", "dark"), ("dark", "light")):
        set_colors(browser, scheme)
        browser.get(f"{documentation}index.html")
        assert visible(browser, f"img[src*='overview-{scheme}']")
        assert not visible(browser, f"img[src*='overview-{other}']")


def test_commands_are_copied_without_prompt_and_output(browser: Chrome, documentation: str) -> None:
    browser.get(f"{documentation}index.html")
    assert copied_by(browser, "#see button.copybtn") == "curl http://localhost:8042/hello"
    browser.get(f"{documentation}reference/functions-images.html")
    *_, last = copied_by(browser, ".highlight-pycon button.copybtn").splitlines()
    assert last == "image.GetImageBuffer()"


def copied_by(browser: Chrome, selector: str) -> str:
    """Return what the first of these buttons copies."""
    button = wait_for(lambda: browser.find_elements(By.CSS_SELECTOR, selector), "button that copies")[0]
    # The button first selects its text in a text area of its own, then puts it into the clipboard.
    listen = "document.addEventListener('copy', () => { window.copied = document.activeElement.value; }, true)"
    browser.execute_script(listen)
    ActionChains(browser).move_to_element(button).click().perform()
    return str(wait_for(lambda: browser.execute_script("return window.copied"), "copied text"))
