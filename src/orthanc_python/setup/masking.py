# SPDX-License-Identifier: GPL-3.0-or-later
"""Hides what a configuration says beside the keys of a setup: it may have passwords."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orthanc_python.configuration.members import Member, members_of
from orthanc_python.configuration.text import COMMENT, TEXT, blanked, with_placeholders

SHOWN = (("Plugins",), ("PythonScript",), ("Python", "Path"), ("Python", "VirtualEnv"), ("Python", "Executable"))
MASK = "***"
WORD = re.compile(TEXT + r"|[^\s\[\]{}:,]+", re.DOTALL)


def masked(text: str) -> str:
    """Return the text of a configuration with its lines, without comments and without the values of other keys."""
    plain = blanked(text)
    try:
        hidden = list(_hidden(members_of(with_placeholders(plain)), ()))
    except ValueError:
        hidden = [(0, len(text))]
    parts, done = [], 0
    for start, end in hidden:
        parts += [_without_comments(text[done:start]), _without_words(text[start:end])]
        done = end
    return "".join((*parts, _without_comments(text[done:])))


def _hidden(members: tuple[Member, ...], keys: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield where the values begin and end that are not shown."""
    for member in members:
        path = (*keys, member.key)
        if path == ("Python",) and member.members:
            yield from _hidden(member.members, path)
        elif path not in SHOWN:
            yield member.value, member.end


def _without_comments(text: str) -> str:
    return COMMENT.sub(_without_content, text)


def _without_content(found: re.Match[str]) -> str:
    if found[0].startswith("//"):
        return f"// {MASK}"
    return f"/* {MASK}{_line_ends(found[0])} */" if found[0].startswith("/*") else found[0]


def _without_words(text: str) -> str:
    return WORD.sub(lambda found: f"{MASK}{_line_ends(found[0])}", _without_comments(text))


def _line_ends(text: str) -> str:
    return "".join(each for each in text if each in "\r\n")
