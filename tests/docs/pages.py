# SPDX-License-Identifier: GPL-3.0-or-later
"""The fenced code blocks of README.md, CONTRIBUTING.md and docs, and the comments above them that say how they are tested.

<!-- not run: REASON -->          the block is not run, for this reason
<!-- tested by: PATH::NAME -->    the test NAME in the file PATH covers it; in a file that is not Python, the text NAME
<!-- file: NAME -->               the block is run, under this file name

<!-- one section -->              at the beginning of a page: its blocks are run in order, in one folder, with one storage
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Their scripts share an Orthanc: tests/integration/module/test_examples.py runs them, in each version of Orthanc.
EXAMPLES = {f"docs/examples/{file.name}" for file in (ROOT / "docs" / "examples").glob("*.md") if file.stem != "common"}
WHOLE = "<!-- one section -->\n"
MARKER = re.compile(r"<!-- (not run|tested by|file): (.+?) -->")


@dataclass(frozen=True)
class Block:
    """`language` is "python", or "{literalinclude} ../samples/hello.py" for a directive of Sphinx."""

    page: str
    line: int
    language: str
    text: str
    markers: dict[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def run(self) -> bool:
        return not self.markers.keys() & {"not run", "tested by"}


@dataclass(frozen=True)
class Section:
    """The part between two headings of the first and second level. Its blocks are run in order, in one folder.

    `whole` is a page that is one section, and whose Orthancs share a storage.
    """

    page: str
    title: str
    blocks: list[Block]
    whole: bool = False


def read_sections() -> list[Section]:
    return [section for page in PAGES for section in _sections(page)]


def _sections(path: Path) -> list[Section]:
    page = path.relative_to(ROOT).as_posix()
    text = path.read_text(encoding="utf-8")
    whole = text.startswith(WHOLE)
    sections = [Section(page, "", [], whole)]
    markers: dict[str, str] = {}
    marked_until = -1  # the line after the last marker
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for index, token in enumerate(tokens):
        start, end = token.map or (0, 0)
        if token.type == "heading_open" and token.tag in ("h1", "h2") and not whole:
            sections.append(Section(page, tokens[index + 1].content.replace("`", ""), []))
        elif token.type == "html_block" and (found := MARKER.fullmatch(token.content.strip())):
            markers = {**(markers if start == marked_until else {}), found[1]: found[2]}
            marked_until = end
        elif token.type == "fence":
            above = markers if start == marked_until else {}
            sections[-1].blocks.append(Block(page, start + 1, token.info.strip(), token.content, above))
        elif token.type == "code_block":
            raise ValueError(f"{page}:{start + 1}: an indented code block; use a fence, with a language")
    return sections


def has_test(reference: str) -> bool:
    """Return whether there is such a test, as "tested by" names it."""
    path, _, name = reference.partition("::")
    file = ROOT / path
    if not name or not file.is_file():
        return False
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        return name in text
    return any(isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name for node in ast.walk(ast.parse(text)))
