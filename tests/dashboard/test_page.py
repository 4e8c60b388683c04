# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of the dashboard in Chromium, with an Orthanc under load."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest
from browsers import requests_of, set_colors, set_width, visible, wait_for, wait_for_width
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from orthanc_python import OrthancServer

T = TypeVar("T")
HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>\u202e'&\""
SCRIPT = f"""
import threading
import time
import orthanc

HOSTILE = {HOSTILE!r}
kept = []

def hello(output, uri, **request):
    output.AnswerBuffer("hello", "text/plain")

def fail(output, uri, **request):
    orthanc.LogWarning("a line " + HOSTILE)
    raise type(HOSTILE, (RuntimeError,), {{}})(HOSTILE)

def leak(output, uri, **request):
    kept.append(bytearray(5000))
    output.AnswerBuffer("kept", "text/plain")

def idle(output, uri, **request):
    pass

def job():
    yield 0.5

def start(change, level, identifier):
    if change == orthanc.ChangeType.ORTHANC_STARTED:
        orthanc.CreateJob(job, HOSTILE[:40]).SubmitJob(0)

fail.__qualname__ = HOSTILE
for name in ("hello", "fail", "leak", "idle"):
    orthanc.RegisterRestCallback("/" + name, globals()[name])
orthanc.RegisterOnChangeCallback(start)
threading.Thread(target=time.sleep, args=(3600,), name=HOSTILE, daemon=True).start()
"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHECK = """
const [rules, done] = arguments;
axe.run(document, {runOnly: rules}).then((found) => {
  // Colours that axe cannot decide about are as bad as those that it rejects, but for lines that are scrolled out of sight.
  const unsure = found.incomplete.filter((rule) => rule.id === "color-contrast").flatMap((rule) => rule.nodes)
    .filter((node) => !document.querySelector(node.target[0]).closest("#log-lines"));
  const rejected = found.violations.map((rule) => `${rule.id}: ${rule.nodes[0].html}`);
  done([found.passes.length, [...rejected, ...unsure.map((node) => node.html)]]);
});
"""
SLOW_ANSWERS = """
const {fetch} = window;
window.asked = window.answered = 0;
window.fetch = async (...what) => {
  const answer = await fetch(...what);
  window.asked++;
  await new Promise((done) => setTimeout(done, 3000));
  window.answered++;
  return answer;
};
"""
# Keep the answers from the page until release() is called, however long that takes.
HELD_ANSWERS = """
const {fetch} = window;
window.answered = 0;
const released = new Promise((done) => { window.release = done; });
AbortSignal.timeout = () => new AbortController().signal;
window.fetch = async (...what) => {
  const answer = await fetch(...what);
  await released;
  window.answered++;
  return answer;
};
"""
Start = Callable[..., OrthancServer]
Load = Callable[[OrthancServer, str], None]


def text_of(browser: Chrome, selector: str) -> str:
    return browser.find_element(By.CSS_SELECTOR, selector).text


def open_page(browser: Chrome, server: OrthancServer) -> None:
    browser.get(f"{server.url}/python/")
    wait_for(lambda: browser.find_elements(By.CSS_SELECTOR, "#callback-rows tr"), "row of a callback")


def open_busy(browser: Chrome, dashboard: Start, load: Load) -> OrthancServer:
    """Open the page of a server under load, and wait until each part of it has content."""
    server = dashboard(SCRIPT, Reload=True)
    for path in ("/hello", "/fail", "/leak"):
        load(server, path)
    open_page(browser, server)
    browser.find_element(By.ID, "read-threads").click()
    for selector in (
        "#error-list details",
        "#log-lines p",
        "#charts figure",
        "#job-rows tr",
        "#package-rows tr",
        "#thread-list > *",
    ):
        wait_for(lambda selector=selector: browser.find_elements(By.CSS_SELECTOR, selector), selector)
    wait_for(lambda: "failed" in text_of(browser, "#attention"), "finding about the callback that fails")
    return server


def warnings_of(browser: Chrome) -> list[str]:
    """Return the browser's complaints, such as refusals by the policy."""
    return [entry["message"] for entry in browser.get_log("browser") if "favicon" not in entry["message"]]


def between_updates(look: Callable[[], T]) -> T:
    """Return the result of a look at elements that the page does not replace meanwhile, as each of its updates does."""
    for _ in range(10):
        with suppress(StaleElementReferenceException):
            return look()
    return look()


def test_page_under_load(browser: Chrome, dashboard: Start, load: Load) -> None:
    server = open_busy(browser, dashboard, load)
    rows = between_updates(
        lambda: {row.find_element(By.CLASS_NAME, "name").text: row.text for row in visible(browser, "#callback-rows tr")}
    )
    assert {"hello", "leak", "idle"} <= rows.keys() and len(rows) >= 4
    assert "script.py:" in rows["hello"]
    names = between_updates(lambda: [each.get_attribute("aria-label") or "" for each in visible(browser, "#callback-rows svg")])
    assert any("calls and 0 errors" in name for name in names) and any(
        "half of the calls took at most" in name for name in names
    )
    assert "Up" in text_of(browser, "#numbers") and "script.py" in text_of(browser, "#script-rows")
    assert f"Orthanc {server.get('/system').json()['Version']}" in text_of(browser, "#versions")
    assert {url.split("/")[2] for url in requests_of(browser) if url.startswith("http")} == {server.url.split("/")[2]}
    assert warnings_of(browser) == []


def test_pause(browser: Chrome, dashboard: Start, load: Load) -> None:
    """A paused page shows no answer either that was asked for before."""
    open_busy(browser, dashboard, load)
    browser.execute_script(SLOW_ANSWERS)
    wait_for(lambda: browser.execute_script("return window.asked"), "request of the page")
    pause = browser.find_element(By.ID, "pause")
    pause.click()
    shown = text_of(browser, "#callback-rows")
    time.sleep(6)
    assert text_of(browser, "#callback-rows") == shown
    pause.click()
    wait_for(lambda: text_of(browser, "#callback-rows") != shown, "later figures")


def test_pause_before_the_first_answer(browser: Chrome, dashboard: Start) -> None:
    server = dashboard(SCRIPT)
    held = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": f"(() => {{{HELD_ANSWERS}}})()"})
    try:
        browser.get(f"{server.url}/python/")
        browser.find_element(By.ID, "pause").click()
        assert browser.execute_script("return window.answered") == 0
        browser.execute_script("window.release()")
        wait_for(lambda: browser.execute_script("return window.answered") >= 3, "answers to the paused page")
        time.sleep(1)
        assert text_of(browser, "#state") == "" and text_of(browser, "#callback-rows") == ""
    finally:
        browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", held)
    assert warnings_of(browser) == []


def test_hostile_names_are_texts(browser: Chrome, dashboard: Start, load: Load) -> None:
    open_busy(browser, dashboard, load)
    browser.find_element(By.ID, "pause").click()  # a paused page keeps its elements
    for summary in browser.find_elements(By.CSS_SELECTOR, "#error-list summary"):
        summary.click()
    assert browser.title == "Python in Orthanc"
    for selector in ("#callback-rows", "#error-list", "#log-lines", "#attention", "#job-rows", "#thread-list"):
        assert "<img src=x" in text_of(browser, selector), selector
    assert browser.find_elements(By.CSS_SELECTOR, "img, main script") == []
    assert warnings_of(browser) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe(scheme: str, browser: Chrome, dashboard: Start, load: Load, axe: str) -> None:
    set_colors(browser, scheme)
    open_busy(browser, dashboard, load)
    background = browser.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
    assert ("255" in background) == (scheme == "light")
    browser.find_element(By.ID, "pause").click()  # a paused page keeps its elements
    for summary in browser.find_elements(By.TAG_NAME, "summary")[:3]:
        summary.click()
    # The policy refuses scripts that are not the page's. The driver injects the checking one without the policy.
    browser.execute_script(axe)
    passed, problems = browser.execute_async_script(CHECK, RULES)
    assert problems == [] and passed > 25


def test_a_phone_has_all_of_it(browser: Chrome, dashboard: Start, load: Load) -> None:
    set_width(browser, 360)
    open_busy(browser, dashboard, load)
    wait_for_width(browser, 360)


def test_keyboard(browser: Chrome, dashboard: Start) -> None:
    open_page(browser, dashboard(SCRIPT))
    keys = ActionChains(browser)
    keys.send_keys(Keys.TAB).send_keys(Keys.ENTER).perform()  # the link that skips to the content
    assert browser.current_url.endswith("#content")
    reached = set()
    for _ in range(60):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        reached.add(browser.execute_script("return document.activeElement.id || document.activeElement.textContent"))
    assert {"Errors", "read-threads", "sample", "measure", "log-lines", "only-errors", "seconds"} <= reached
    browser.execute_script("document.querySelector('#callback-columns th:nth-child(4) button').focus()")
    ActionChains(browser).send_keys(Keys.ENTER).perform()
    assert browser.find_element(By.CSS_SELECTOR, "#callback-columns th:nth-child(4)").get_attribute("aria-sort") == "descending"


def test_profiles(browser: Chrome, dashboard: Start, load: Load) -> None:
    server = dashboard(SCRIPT)
    load(server, "/leak")
    open_page(browser, server)
    Select(browser.find_element(By.ID, "seconds")).select_by_visible_text("2")
    browser.find_element(By.ID, "measure").click()
    result = wait_for(lambda: text_of(browser, "#profile-result"), "profile of the memory")
    assert "kept.append(bytearray(5000))" in result.splitlines()[1] or "kept.append(bytearray(5000))" in result
    browser.find_element(By.ID, "sample").click()
    wait_for(lambda: browser.find_elements(By.CSS_SELECTOR, "#profile-result svg"), "flame graph")
    assert "samples in" in text_of(browser, "#profile-state")


def test_stacks_that_cannot_be_read(browser: Chrome, dashboard: Start) -> None:
    """As in CPython 3.13t. Any Python stands for it."""
    without_gil = """
import sys
sys.version_info = (3, 13, 0, "final", 0)
sys._is_gil_enabled = lambda: False
"""
    open_page(browser, dashboard(SCRIPT + without_gil))
    said = "CPython 3.13t cannot read the stacks of running threads while the GIL is off."
    browser.find_element(By.ID, "sample").click()
    wait_for(lambda: text_of(browser, "#profile-state") == said, "refusal of the profile")
    browser.find_element(By.ID, "read-threads").click()
    stack = "return document.querySelector('#thread-list pre')?.textContent"
    wait_for(lambda: browser.execute_script(stack) == said, "thread without a stack")


def test_reload(browser: Chrome, dashboard: Start) -> None:
    server = dashboard(SCRIPT, Reload=True)
    open_page(browser, server)
    button = wait_for(lambda: visible(browser, "#reload"), "button that reloads")[0]
    script = Path(str(server.script))
    script.write_text(SCRIPT + "def broken(:\n", encoding="utf-8")
    button.click()
    wait_for(lambda: "def broken(:" in text_of(browser, "#state"), "error of the script")
    script.write_text(
        SCRIPT + "\ndef added(output, uri, **request): pass\northanc.RegisterRestCallback('/added', added)\n", encoding="utf-8"
    )
    button.click()
    wait_for(lambda: "added" in text_of(browser, "#callback-rows"), "callback of the new script")
    wait_for(lambda: text_of(browser, "#state") == "", "end of the reload")


def test_what_comes_while_the_page_is_open(browser: Chrome, dashboard: Start) -> None:
    later = """
def late(output, uri, **request):
    output.AnswerBuffer("late", "text/plain")

def add(change, level, identifier):
    if change == orthanc.ChangeType.NEW_INSTANCE:
        import helper
        orthanc.RegisterRestCallback("/late", late)

orthanc.RegisterOnChangeCallback(add)
"""
    server = dashboard(SCRIPT.replace("orthanc.RegisterOnChangeCallback(start)\n", "") + later)
    script = Path(str(server.script))
    script.with_name("helper.py").write_text("", encoding="utf-8")
    open_page(browser, server)
    wait_for(lambda: "script.py" in text_of(browser, "#script-rows"), "script")
    server.post("/tools/create-dicom", {"Tags": {"Modality": "CT"}})
    wait_for(lambda: server.get("/late").text == "late", "route that was registered later")
    wait_for(lambda: "\nlate\n" in text_of(browser, "#callback-rows"), "callback that was registered later")
    wait_for(lambda: "helper.py" in text_of(browser, "#script-rows"), "module that was imported later")
    os.utime(script, (time.time() + 100,) * 2)
    wait_for(lambda: "its file has changed" in text_of(browser, "#script-rows"), "change of the script")


def test_no_reload_unless_allowed(browser: Chrome, dashboard: Start) -> None:
    open_page(browser, dashboard(SCRIPT))
    assert visible(browser, "#reload") == []


def test_link_of_orthanc_explorer(browser: Chrome, dashboard: Start) -> None:
    server = dashboard(SCRIPT)
    browser.get(f"{server.url}/app/explorer.html")
    link = wait_for(lambda: visible(browser, "#python-dashboard"), "link in Orthanc Explorer")[0]
    link.click()
    wait_for(lambda: browser.title == "Python in Orthanc", "dashboard")


def test_another_site_cannot_reload(browser: Chrome, dashboard: Start, tmp_path: Path) -> None:
    server = dashboard(SCRIPT, Reload=True)
    before = server.get("/python/status").json()["UptimeSeconds"]
    page = tmp_path / "foreign.html"
    address = f"{server.url}/python/reload"
    page.write_text(
        f"<title>foreign</title><form method=post action={address}></form><script>"
        f"fetch('{address}', {{method: 'POST', mode: 'no-cors'}}).finally(() => document.forms[0].submit())</script>"
    )
    browser.get(page.as_uri())
    wait_for(lambda: browser.current_url.startswith(server.url), "answer to the form")
    assert server.get("/python/status").json()["UptimeSeconds"] > before
