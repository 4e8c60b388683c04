# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes doxygen comments apart."""

from __future__ import annotations

import re

from orthanc_sdk.header.model import Documentation

_COMMAND = re.compile(r"^[@\\](\w+)\s*(.*)$")
_RETURNS = {"return", "returns", "result"}
# Commands whose text says something to the reader of a function's documentation.
_REMARKS = {"note": "Note", "warning": "Warning", "remark": "Remark"}


def _lines(comment: str) -> list[str]:
    """The comment's lines without the marks of a comment."""
    text = re.sub(r"^/\*[*!]<?|\*+/$", "", comment.strip())
    return [re.sub(r"^\s*\*(?!\*)\s?|^\s*//[/!]<?", "", line).strip() for line in text.splitlines()]


def _paragraphs(lines: list[str]) -> str:
    """Lines joined into paragraphs; an empty line or a list item begins a new one."""
    result: list[str] = []
    fresh = True
    for line in lines:
        if not line:
            fresh = True
        elif fresh or line.startswith(("- ", "-# ")):
            result.append(line)
            fresh = False
        else:
            result[-1] += " " + line
    return "\n".join(result)


def parse_documentation(comment: str | None) -> Documentation:
    """A doxygen comment taken apart; an empty Documentation for None.

    Text before any command is the brief where there is no @brief, as in trailing comments.
    """
    if not comment:
        return Documentation()
    sections: list[tuple[str, list[str]]] = [("details", [])]
    for line in _lines(comment):
        command = _COMMAND.match(line)
        if command:
            sections.append((command[1], [command[2]] if command[2] else []))
        elif not line and sections[-1][0] not in ("details", "deprecated"):
            sections.append(("details", []))  # a blank line ends every other command
        else:
            sections[-1][1].append(line)
    brief = returns = deprecated = group = ""
    details: list[str] = []
    parameters: dict[str, str] = {}
    for name, lines in sections:
        text = _paragraphs(lines)
        if name == "brief":
            brief = text
        elif name == "param":
            parameter, _, description = text.partition(" ")
            parameters[parameter] = description.strip()
        elif name in _RETURNS:
            returns = text
        elif name == "deprecated":
            deprecated = text or "This is deprecated."
        elif name == "ingroup":
            group = text
        elif name in _REMARKS:
            details.append(f"{_REMARKS[name]}: {text}")
        elif name == "details" and text:
            details.append(text)
    if not brief and details:
        brief, _, rest = details[0].partition("\n")
        details[0] = rest
    return Documentation(brief, "\n".join(filter(None, details)), parameters, returns, deprecated, group)
