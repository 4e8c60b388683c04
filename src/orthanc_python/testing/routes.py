# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes as Orthanc matches them: its regular expressions are those of Boost, in Perl's syntax, and see bytes."""

from __future__ import annotations

import re
import warnings

# Boost has these classes, and Python has not.
_CLASSES = {
    b"alnum": rb"0-9A-Za-z",
    b"alpha": rb"A-Za-z",
    b"digit": rb"0-9",
    b"lower": rb"a-z",
    b"punct": rb"!-/:-@\[-`{-~",
    b"space": rb"\s",
    b"upper": rb"A-Z",
    b"word": rb"\w",
    b"xdigit": rb"0-9A-Fa-f",
}


def compiled(expression: str) -> re.Pattern[bytes]:
    """Compile a route. Raise re.error for one that Orthanc refuses, and for the few that only Boost knows."""
    if refused := re.search(r"(?<!\\)\(\?P[<=>]", expression):
        raise re.error(f"Orthanc has no {refused[0]}: write (?<name>...) for a named group", expression, refused.start())
    text = re.sub(rb"(?<!\\)\(\?<(?=[A-Za-z_])", b"(?P<", expression.encode())
    text = re.sub(rb"\[:(\w+):\]", _class, text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of Python, for what it may read as a set of another kind one day
        return re.compile(text)


def _class(found: re.Match[bytes]) -> bytes:
    if found[1] not in _CLASSES:
        raise re.error(f"unknown class of characters: {found[0].decode()}")
    return _CLASSES[found[1]]


def groups(expression: str, path: str) -> tuple[str, ...] | None:
    """Return the groups if the whole path matches, else None. A group that has matched nothing is an empty text."""
    found = compiled(expression).fullmatch(path.encode())
    return None if found is None else tuple(group.decode(errors="replace") for group in found.groups(b""))


def normal(path: str) -> str:
    """Return a path as Orthanc passes it on: without empty parts, thus without a slash at its end, and without "." and ".."."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)
