# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of the API reference."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from orthanc_sdk.__main__ import main
from orthanc_sdk.binding.exceptions import UNREACHABLE
from orthanc_sdk.binding.rules import Library, bind
from orthanc_sdk.errors import ReaderError
from orthanc_sdk.header.model import Header
from orthanc_sdk.names import short_name
from orthanc_sdk.output.examples import Example, ExampleTopic, read_examples
from orthanc_sdk.output.reference import escaped, render_reference

TOPICS = read_examples(Path(__file__).resolve().parents[3] / "docs" / "examples")
WITHOUT_EXAMPLE: dict[str, str] = {}  # with the reason


@pytest.fixture
def pages(library: Callable[[str], Library]) -> Callable[[str], dict[str, str]]:
    def make(declarations: str) -> dict[str, str]:
        return render_reference(library(declarations))

    return make


def test_everything_that_scripts_can_reach_is_there(sdk: Library, sdk_pages: Mapping[str, str]) -> None:
    text = "".join(sdk_pages.values())
    described = re.findall(r"^:{3,4}\{py:(?:function|method|class)\} (\w+)", text, re.M)
    bound = [binding.name for binding in sdk.bindings if binding.bound]
    classes = [short_name(each.name) for each in (*sdk.header.handles, *sdk.header.enumerations)]
    callbacks = [name for name in described if name.startswith("_")]
    assert sorted(described) == sorted([*bound, *classes, *callbacks])
    assert "_RestCallback" in callbacks
    members = re.findall(r"^\| `\w+` \| -?\d+ \|", text, re.M)
    assert len(members) == sum(len(enumeration.members) for enumeration in sdk.header.enumerations)


def test_function(pages: Callable[[str], dict[str, str]]) -> None:
    page = pages(
        """/** @brief Fetch a *thing*.
            * @param name Its name. Can be NULL.
            * @return The thing. It must be freed.
            * @ingroup Toolbox
            * @deprecated Use another_one(). */
        SINCE("9.4.0") FN char* OrthancPluginFetch(CTX, const char* name);"""
    )["functions-toolbox.md"]
    assert page.startswith("# Tools\n")
    assert page.count(":::{py:function}") == 1
    entry = page[page.index(":::{py:function} Fetch(name: str | None) -> str\n") :]
    assert "**Deprecated:** Use another\\_one().\n" in entry
    assert "Fetch a \\*thing\\*.\n\n- `name`: Its name. Can be None.\n\nReturns: The thing.\n" in entry
    assert "*Since Orthanc 9.4.0.*\n\nSDK: `OrthancPluginFetch`\n:::" in entry


def test_text_is_said_once(pages: Callable[[str], dict[str, str]]) -> None:
    made = pages(
        """/** @brief Fetch it.

               Fetch it. */ FN void OrthancPluginOne(CTX);
           /** @brief Fetch it.

               Fetch it. And more. */ FN void OrthancPluginTwo(CTX);
           /** @brief Fetch

               Fetch or not. */ FN void OrthancPluginThree(CTX);"""
    )["functions-other-functions.md"]
    entries = made.split(":::{py:function} ")[1:]
    counts = {entry.partition("(")[0]: entry.count("Fetch") for entry in entries}
    assert (counts["One"], counts["Two"], counts["Three"]) == (1, 1, 2)
    assert "And more." in made


def test_method_and_a_function_without_a_group(pages: Callable[[str], dict[str, str]]) -> None:
    made = pages("FN uint32_t OrthancPluginGetBoxSize(CTX, const OrthancPluginBox* box); FN void OrthancPluginLast(CTX);")
    assert ":::{py:method} GetBoxSize() -> int\n" in made["classes.md"]
    assert ":::{py:function} Last() -> None\n" in made["functions-other-functions.md"]
    assert "functions-other-functions\n" in made["index.md"]


def test_enumeration(pages: Callable[[str], dict[str, str]]) -> None:
    page = pages("")["enumerations.md"]
    assert "| `DARK_RED` | 3 | Like wine |\n" in page
    assert "| `RGB24` | 4 |  *Since Orthanc 9.1.0.* |\n" in page


def test_versions_are_sorted_as_numbers(pages: Callable[[str], dict[str, str]]) -> None:
    page = pages('SINCE("9.10.0") FN void OrthancPluginNew(CTX); SINCE("9.9.0") FN void OrthancPluginOld(CTX);')["versions.md"]
    assert page.index("| 9.10.0 | {py:obj}`orthanc.New` |") < page.index("| 9.9.0 | {py:obj}`orthanc.Old` |")


def test_text_stays_text() -> None:
    assert escaped("a_b *c* <d> [e](f) | `g`") == r"a\_b \*c\* \<d\> \[e\](f) \| \`g\`"


def test_command(small_header: Callable[[str], Path], tmp_path: Path) -> None:
    assert main(["--reference", "--header", str(small_header("")), "--output", str(tmp_path / "pages")]) == 0
    assert {"index.md", "stamp"} <= {path.name for path in (tmp_path / "pages").iterdir()}
    assert not (tmp_path / "pages" / "orthanc.pyi").exists()


def test_topics_of_examples_come_first(sdk: Library) -> None:
    made = render_reference(sdk, TOPICS)
    common = TOPICS[0]
    bound = {binding.python for binding in sdk.bindings if binding.bound}
    described = re.findall(r"^:::\{py:function\} (\w+)", made["functions-common.md"], re.M)
    assert described == [name for example in common.examples for name in example.names if "." not in name and name in bound]
    assert described[:3] == ["RegisterRestCallback", "RegisterOnChangeCallback", "RestApiGet"]
    pages = [f"functions-{topic.name}\n" for topic in TOPICS if f"functions-{topic.name}.md" in made]
    places = [made["index.md"].index(page) for page in pages]
    assert places == sorted(places) and len(places) > 8
    for example in common.examples:
        page = "classes.md" if "." in example.names[0] else "functions-common.md"
        assert example.names[0] not in bound or example.text in made[page]


def test_each_function_and_method_has_an_example(all_headers: list[Header]) -> None:
    shown = {name for topic in TOPICS for example in topic.examples for name in example.names}
    bindings = [binding for header in all_headers for binding in bind(header).bindings if binding.bound]
    bound = {binding.python for binding in bindings if binding.owner not in UNREACHABLE}
    assert sorted(bound - shown) == sorted(WITHOUT_EXAMPLE)
    assert sorted(shown - bound) == []


def test_function_that_the_example_of_another_shows(library: Callable[[str], Library]) -> None:
    topic = ExampleTopic("common", "Common", "About these.", (Example(("Second", "First"), "the text"),))
    declarations = "FN void OrthancPluginFirst(CTX); FN void OrthancPluginSecond(CTX);"
    page = render_reference(library(declarations), [topic])["functions-common.md"]
    assert page.startswith("# Common\n\nAbout these.\n")
    second, first = page.split(":::{py:function} ")[1:]
    assert second.startswith("Second") and "\nthe text\n" in second
    assert first.startswith("First") and "Example: {py:obj}`~orthanc.Second`\n" in first


def test_example_of_what_the_header_lacks(library: Callable[[str], Library]) -> None:
    topic = ExampleTopic("common", "Common", "", (Example(("Nothing",), "the text"),))
    assert "functions-common.md" not in render_reference(library(""), [topic])


def test_examples_are_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "images.md").write_text("# Images\n\nPixels.\n\n## Image.A, Image.B\n\ntext\n\n## C\n\nmore\n")
    (tmp_path / "common.md").write_text("# Common\n")
    examples = (Example(("Image.A", "Image.B"), "text"), Example(("C",), "more"))
    expected = (ExampleTopic("common", "Common", "", ()), ExampleTopic("images", "Images", "Pixels.", examples))
    assert read_examples(tmp_path) == expected


def test_examples_that_have_no_place(tmp_path: Path) -> None:
    (tmp_path / "common.md").write_text("# Common\n\n## A\n\ntext\n\n## A\n\ntext\n")
    with pytest.raises(ReaderError, match=r"two examples of one function: A$"):
        read_examples(tmp_path)
    (tmp_path / "colours.md").write_text("# Colours\n")
    with pytest.raises(ReaderError, match=r"without a place in the order: colours$"):
        read_examples(tmp_path)


def test_versions_that_every_orthanc_has_are_left_out(pages: Callable[[str], dict[str, str]]) -> None:
    made = pages('SINCE("1.4.0") FN void OrthancPluginOld(CTX); SINCE("1.10.2") FN void OrthancPluginNew(CTX);')
    assert "orthanc.New" in made["versions.md"] and "orthanc.Old" not in made["versions.md"]
    assert "1.4.0" not in made["functions-other-functions.md"]


def test_names_that_the_examples_begin_with(sdk_pages: Mapping[str, str]) -> None:
    """The page has the lines that tests/integration/module/test_examples.py runs before each example."""
    test = (Path(__file__).resolve().parents[3] / "tests" / "integration" / "module" / "test_examples.py").read_text()
    lines = re.search(r'^PRELUDE = """\\\n(.*?)"""', test, re.M | re.S)
    assert lines is not None
    assert f"```python\n{lines[1]}```\n" in sdk_pages["index.md"]
