# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each key of a JSON text stands. Unlike a dictionary, it has repeated keys too."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from math import isfinite
from typing import NoReturn

BLANKS = re.compile(r"[ \t\r\n]*")


def _refuse(number: str) -> NoReturn:
    raise ValueError(f"Orthanc refuses {number}")


def _finite(number: str) -> float:
    value = float(number)
    return value if isfinite(value) else _refuse(number)


# As Orthanc's parser: NaN and Infinity are errors, and texts may have control characters such as a tab.
DECODER = json.JSONDecoder(strict=False, parse_constant=_refuse, parse_float=_finite)


@dataclass(frozen=True)
class Member:
    """A key and its value. The numbers are offsets in the text."""

    key: str
    start: int  # of the key
    value: int  # of the value's first character
    end: int  # behind the value
    members: tuple[Member, ...] = ()  # of an object

    def member(self, key: str) -> Member | None:
        return last(self.members, key)


def last(members: tuple[Member, ...], key: str) -> Member | None:
    """Return the member that counts: Orthanc takes the last one of a name."""
    return next((member for member in reversed(members) if member.key == key), None)


def members_of(text: str) -> tuple[Member, ...]:
    """Return the members of an object.

    Args:
        text: valid JSON, without comments.

    Raises:
        ValueError: it is not valid.
    """
    try:
        return _object(text, _skip(text, 0))[0]
    except IndexError:
        raise ValueError("the text ends within an object") from None


def _object(text: str, index: int) -> tuple[tuple[Member, ...], int]:
    found: list[Member] = []
    index = _skip(text, index + 1)
    while text[index] != "}":
        key, end = DECODER.raw_decode(text, index)
        if not isinstance(key, str):
            raise ValueError(f"a key is {key}")
        value = _skip(text, _skip(text, end) + 1)
        if text[value] == "{":
            inner, end = _object(text, value)
        else:
            inner, end = (), DECODER.raw_decode(text, value)[1]
        found.append(Member(key, index, value, end, inner))
        index = _skip(text, end)
        if text[index] == ",":
            index = _skip(text, index + 1)
    return tuple(found), index + 1


def _skip(text: str, index: int) -> int:
    found = BLANKS.match(text, index)
    return found.end() if found else index
