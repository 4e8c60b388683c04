# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages as ci/docs has built them, without a warning."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pages import PAGES, ROOT

BUILT = ROOT / "build" / "docs"
LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "audio": "src", "video": "src", "embed": "src"}


class Loads(HTMLParser):
    """Collects what a browser fetches with the page, without a click."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        relations = (values.get("rel") or "").split()
        if tag == "link" and not {"next", "prev", "search", "canonical", "index"} & set(relations):
            self.found.append(values.get("href") or "")
        elif tag in LOADED:
            self.found.append(values.get(LOADED[tag]) or "")


@pytest.fixture(scope="module")
def built() -> list[Path]:
    pages = sorted(BUILT.rglob("*.html"))
    assert pages, "there are no pages: run ci/docs"
    return pages


def test_every_page_is_built(built: list[Path]) -> None:
    folder = ROOT / "docs"
    expected = {
        BUILT / page.relative_to(folder).with_suffix(".html")
        for page in PAGES
        if page.is_relative_to(folder) and page.parent.name != "examples"
    }
    assert expected and expected <= set(built)


def test_pages_load_nothing_from_other_hosts(built: list[Path]) -> None:
    for page in built:
        loads = Loads()
        loads.feed(page.read_text(encoding="utf-8"))
        assert loads.found
        assert not [each for each in loads.found if re.match(r"(\w+:)?//", each)], page
    for sheet in (*BUILT.rglob("*.css"), *BUILT.rglob("*.svg")):
        assert not re.search(r"(url\(|@import)\s*[\"']?(\w+:)?//", sheet.read_text(encoding="utf-8")), sheet


def test_the_reference_has_what_scripts_use(built: list[Path]) -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in (BUILT / "reference").glob("*.html"))
    for name in ("RegisterRestCallback", "RestOutput.AnswerBuffer", "ChangeType", "OrthancException", "_RestCallback"):
        assert f'id="orthanc.{name}"' in text, name
