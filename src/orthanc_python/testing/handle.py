# SPDX-License-Identifier: GPL-3.0-or-later
"""The classes of Orthanc's objects in the stand-in, and how long the objects are valid."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

LENT = "Orthanc lends it for the duration of the callback only"
GIVEN = "it was given to Orthanc"
_Handle = TypeVar("_Handle", bound="Handle")


class Handle:
    """An Orthanc object, such as a RestOutput: a test may make one.

    `answers` is what the methods of this object give, by name: values, functions, or functions of the object (OfHandle).
    """

    answers: Mapping[str, Any] = MappingProxyType({})
    original: Handle  # of an object that a callback or a function has given, the test's
    is_lent = False
    is_used = False
    state = ""  # of a RestOutput: "answered", "multipart" or "stream"
    _end = ""

    def use(self) -> None:
        """Raise RuntimeError if the object is no longer valid, as the plugin does."""
        self.check()
        self.is_used = True

    def check(self) -> None:
        """Raise what use() raises."""
        if self._end:
            raise RuntimeError(f"this {type(self).__name__} is no longer valid: {self._end}")

    def end(self, reason: str) -> None:
        """Let all later uses raise."""
        self._end, self.is_used = reason, True


@dataclass(frozen=True)
class OfHandle:
    """An answer of a method that needs the object."""

    function: Callable[[Any], Any]


def lent(handle: _Handle) -> _Handle:
    """Return the object for a callback. It is valid until the callback has returned, whereas the test may use its own."""
    made = copy.copy(handle)
    made.original, made.is_lent = original(handle), True
    return made


def made(answer: _Handle) -> _Handle:
    """Return the object that a function of Orthanc makes, a new one for each call: the test may answer several with one."""
    new = copy.copy(answer)
    new.original, new.is_lent, new.is_used, new.state, new._end = original(answer), False, False, "", ""
    return new


def original(value: Any) -> Any:
    """Return the test's object for one that the script has, and any other value as it is."""
    return getattr(value, "original", value) if isinstance(value, Handle) else value
