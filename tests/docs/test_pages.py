# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation is complete, and says of each code block how it is tested."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import tomllib
from drawing.diagrams import main as draw_diagrams
from pages import EXAMPLES, PAGES, ROOT, Block, has_test, read_sections

from orthanc_python.cli import COMMANDS
from orthanc_python.doctor.checks.keys import check_keys
from orthanc_python.doctor.checks.plugins import check_plugins
from orthanc_python.doctor.finding import Level
from orthanc_python.doctor.setup import Setup
from orthanc_python.plugin_settings import GLOBAL, SECTION

BLOCKS = [block for section in read_sections() for block in section.blocks]
RUN = {"python", "json", "sh", "console"}  # by test_code_blocks.py


@pytest.mark.parametrize("block", BLOCKS, ids=[block.where for block in BLOCKS])
def test_each_block_is_run_or_says_why_not(block: Block) -> None:
    assert block.language, "the block has no language"
    if block.language.startswith("{"):
        return  # Sphinx's: the build of the pages checks it
    if "tested by" in block.markers:
        assert has_test(block.markers["tested by"]), f"there is no test {block.markers['tested by']}"
    elif block.run:
        runs = RUN | {"pycon"} if block.page in EXAMPLES else RUN
        assert block.language in runs, f"nothing runs {block.language}: put <!-- not run: REASON --> right above"


def test_a_test_that_is_gone_is_noticed() -> None:
    assert has_test("tests/docs/test_pages.py::test_a_test_that_is_gone_is_noticed")
    assert not has_test("tests/docs/test_pages.py::test_a_test")
    assert not has_test("tests/docs/gone.py::test")
    assert has_test('ci/lib/steps.toml::build_plugin "$BUILD"')


def test_every_setting_is_described() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    _, *parts = re.split(r'^## `"(\w+)"`\n\n', page, flags=re.MULTILINE)
    described = dict(zip(parts[::2], parts[1::2], strict=True))
    assert described.keys() == SECTION.keys() | GLOBAL.keys()
    for key, setting in {**SECTION, **GLOBAL}.items():
        lines = described[key].splitlines()
        assert lines[0] == facts_of(setting) + ("" if key in SECTION else ' Outside the section `"Python"`.')
        assert " ".join(lines[2:]).replace("`", "").startswith(setting["description"]), key


def facts_of(setting: dict[str, Any]) -> str:
    """Return the first line of a setting's part of the page."""
    expected = re.sub(r'(\{.*\}|\[.*\]|"[^"]+")', r"`\1`", setting["expected"])
    default = f"`{json.dumps(setting['default'])}`" if "default" in setting else "none"
    return f"Type: {expected}. Default: {default}. Since: {setting['since']}."


def test_each_environment_is_the_one_that_the_installation_makes() -> None:
    (made,) = {text for block in BLOCKS for text in re.findall(r"^sudo python3 -m venv (\S+)$", block.text, re.M)}
    pages = [*PAGES, *(ROOT / "samples").rglob("README.md"), ROOT / "samples" / "python.json"]
    used = {path: re.findall(r'"VirtualEnv": "(/[^"]*)"|(/\S+)/bin/pip ', path.read_text(encoding="utf-8")) for path in pages}
    assert {(path.name, *found) for path, all_found in used.items() for found in all_found if made not in found} == set()


def test_every_sample_is_in_the_cookbook() -> None:
    page = (ROOT / "docs" / "cookbook.md").read_text(encoding="utf-8")
    included = re.findall(r"^```\{literalinclude\} \.\./samples/(\S+)$", page, re.M)
    samples = sorted(path.name for path in (ROOT / "samples").glob("*.py"))
    assert sorted(included) == samples


def test_every_page_is_in_a_list_of_pages() -> None:
    """Sphinx refuses another page, but only when the whole documentation is built."""
    folder = ROOT / "docs"
    pages = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*.md") if path.parent.name != "examples"}
    listed = {
        path.parent / f"{name}.md"
        for path, text in pages.items()
        for block in re.findall(r"^```\{toctree\}\n(.*?)^```", text, re.M | re.S)
        for name in re.findall(r"^[\w/.-]+$", block, re.M)
    }
    assert pages.keys() - listed == {folder / "index.md"}


def test_links_to_files_of_the_repository() -> None:
    for page in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
            assert (ROOT / target).exists(), f"{page}: {target}"


def test_readme_has_every_command() -> None:
    table = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Commands\n", 1)[1].split("\n## ", 1)[0]
    named = {
        name for row in re.findall(r"^\| (`orthanc-python .*?) \|", table, re.M) for name in re.findall(r"`(?:\S+ )?(\w+)", row)
    }
    assert named == {command.name for command in COMMANDS}


def test_meant_differences_are_on_the_page() -> None:
    """The page on moving from the established plugin has each difference of the comparison."""
    known = tomllib.loads((ROOT / "tests" / "differential" / "differences.toml").read_text(encoding="utf-8"))["difference"]
    page = (ROOT / "docs" / "moving.md").read_text(encoding="utf-8")
    rows = [f"| {each['subject']} | {each['then']} | {each['now']} |" for each in known if "subject" in each]
    assert rows
    assert [row for row in rows if row not in page] == []


def test_diagrams_are_those_of_the_script(tmp_path: Path) -> None:
    draw_diagrams(tmp_path)
    drawn = {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()}
    assert drawn
    for name, picture in drawn.items():
        committed = (ROOT / "docs" / "pictures" / name).read_text(encoding="utf-8")
        assert committed == picture, f"{name} is not what docs/drawing draws: run PYTHONPATH=docs python -m drawing.diagrams"


def test_pages_install_as_readme_does() -> None:
    """README's commands run in minimal roots of Debian, by tests/fresh; those of these pages are the same."""
    fresh = "tests/fresh/test_fresh.py::test_pages"
    here = "tests/docs/test_pages.py::test_pages_install_as_readme_does"
    (expected,) = [block.text for block in BLOCKS if block.page == "README.md" and block.markers.get("tested by") == fresh]
    same = {block.page: block.text for block in BLOCKS if block.markers.get("tested by") == here}
    assert same == {"docs/index.md": expected, "docs/tutorial.md": expected}


def test_page_on_building_begins_as_the_installation_does() -> None:
    """tests/fresh runs the commands of docs/start.md. They begin with these."""
    fresh = "tests/fresh/test_fresh.py::test_pages"
    here = "tests/docs/test_pages.py::test_page_on_building_begins_as_the_installation_does"
    (building,) = [block.text for block in BLOCKS if block.markers.get("tested by") == here]
    start = [block.text for block in BLOCKS if block.page == "docs/start.md" and block.markers.get("tested by") == fresh]
    assert any(text.startswith(building) for text in start)


def test_problems_of_readme_are_what_the_doctor_says(tmp_path: Path) -> None:
    library = "/usr/share/orthanc/plugins/OrthancPython.dll"
    (tmp_path / "orthanc.json").write_text(json.dumps({"Plugins": [library], "Python": {"PythonScript": "demo.py"}}))
    setup = Setup.read(tmp_path / "orthanc.json")
    found = [*check_keys(setup), *check_plugins(setup)]
    said = {f"problem: {each.subject}: {each.text}" for each in found if each.level is Level.PROBLEM}
    (shown,) = [block.text for block in BLOCKS if block.page == "README.md" and "orthanc-python doctor" in block.text]
    lines = [line for line in shown.splitlines() if line.startswith("problem: ")]
    assert len(lines) == 2 and [line for line in lines if line not in said] == []
