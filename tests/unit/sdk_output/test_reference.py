# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of the API reference."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_sdk.__main__ import main
from orthanc_sdk.binding.rules import Library
from orthanc_sdk.errors import ReaderError
from orthanc_sdk.names import short_name
from orthanc_sdk.output.reference import COMMON, escaped, render_reference


@pytest.fixture
def pages(library: Callable[[str], Library]) -> Callable[[str], dict[str, str]]:
    def make(declarations: str) -> dict[str, str]:
        return render_reference(library(declarations))

    return make


def test_everything_that_scripts_can_reach_is_there(sdk: Library) -> None:
    text = "".join(render_reference(sdk).values())
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


def test_common_functions_come_first_and_have_examples(sdk: Library) -> None:
    folder = Path(__file__).resolve().parents[3] / "docs" / "examples"
    examples = {file.stem for file in folder.glob("*.md")}
    made = render_reference(sdk, examples)
    described = re.findall(r"^:::\{py:function\} (\w+)", made["functions-common.md"], re.M)
    assert tuple(described) == COMMON
    assert described[:3] == ["RegisterRestCallback", "RegisterOnChangeCallback", "RestApiGet"]
    without = {"LogError", "LogInfo"}  # that of LogWarning has them
    assert set(COMMON) - examples == without
    assert made["functions-common.md"].count("```{include} ../examples/") == len(COMMON) - len(without)
    assert made["index.md"].index("functions-common\n") < made["index.md"].index("functions-callbacks\n")


def test_example_of_what_is_not_there(library: Callable[[str], Library]) -> None:
    with pytest.raises(ReaderError, match=r"not in the module: Nothing$"):
        render_reference(library(""), ["Nothing"])


def test_versions_that_every_orthanc_has_are_left_out(pages: Callable[[str], dict[str, str]]) -> None:
    made = pages('SINCE("1.4.0") FN void OrthancPluginOld(CTX); SINCE("1.10.2") FN void OrthancPluginNew(CTX);')
    assert "orthanc.New" in made["versions.md"] and "orthanc.Old" not in made["versions.md"]
    assert "1.4.0" not in made["functions-other-functions.md"]
