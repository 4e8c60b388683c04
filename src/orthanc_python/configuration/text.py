# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a configuration as JSON: comments, last commas and environment variables replaced."""

from __future__ import annotations

import re
from collections.abc import Mapping

# No library: json-with-comments loses the line numbers of errors, and json5 accepts what Orthanc refuses, such as 'text'.
TEXT = r'"[^"\\]*(?:\\.[^"\\]*)*"'
COMMENT = re.compile(TEXT + r"|/\*.*?\*/|//[^\r\n]*|\ufeff", re.DOTALL)
IN_LINE = re.compile(r"[^\r\n]+")
LAST_COMMA = re.compile(TEXT + r"|,(?=\s*[\]}])", re.DOTALL)
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")  # of the environment, with or without a default
VARIABLE_AS_VALUE = re.compile(TEXT + r"|\$\{\w+(?::-[^}]*)?\}", re.DOTALL)


def substituted(text: str, variables: Mapping[str, str]) -> str:
    """Replace each ${NAME} as Orthanc does: an unset variable is its default, or empty."""
    return VARIABLE.sub(lambda found: variables.get(found[1], found[2] or ""), text)


def blanked(text: str) -> str:
    """Replace comments and last commas by blanks, so that all else keeps its line, its column and its offset."""
    return LAST_COMMA.sub(_blank, COMMENT.sub(_blank, text))


def with_placeholders(text: str) -> str:
    """Replace each variable that stands for a whole value by a number, and nothing else moves."""
    return VARIABLE_AS_VALUE.sub(lambda found: found[0] if found[0][0] == '"' else "1" * len(found[0]), text)


def _blank(found: re.Match[str]) -> str:
    return found[0] if found[0][0] == '"' else IN_LINE.sub(lambda part: " " * len(part[0]), found[0])
