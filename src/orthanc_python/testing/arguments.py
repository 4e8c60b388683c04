# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the arguments of the stand-in's functions as the plugin does, and raises its errors.

The plugin first looks at the types of all arguments, then at their values. So does check().
"""

from __future__ import annotations

import functools
import inspect
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orthanc_python.testing.handle import Handle
from orthanc_python.testing.shown import shown

_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


class Argument:
    """An argument of any type and value."""

    accepted = "object"  # as the plugin's errors name it

    def takes(self, value: Any) -> bool:
        """Return whether a value has the right type."""
        return True

    def check(self, name: str, value: Any) -> None:
        """Raise what the plugin raises for a value of the right type."""


@dataclass(frozen=True)
class Text(Argument):
    """A str. `line`: it becomes part of a header or of a line of the log."""

    none: bool = False
    line: bool = False

    @property
    def accepted(self) -> str:  # type: ignore[override]
        return "str or None" if self.none else "str"

    def takes(self, value: Any) -> bool:
        return isinstance(value, str) or (self.none and value is None)

    def check(self, name: str, value: Any) -> None:
        if value is not None:
            _check_text(value)
            if self.line:
                _check_line(name, value)


@dataclass(frozen=True)
class Bytes(Argument):
    """Bytes-like, str or None."""

    accepted = "bytes-like, str or None"

    def takes(self, value: Any) -> bool:
        return value is None or isinstance(value, str) or _is_buffer(value)

    def check(self, name: str, value: Any) -> None:
        if isinstance(value, str):
            value.encode()
        elif value is not None and not memoryview(value).c_contiguous:
            raise BufferError("memoryview: underlying buffer is not C-contiguous")


@dataclass(frozen=True)
class Integer(Argument):
    """An int, or what has __index__, within the range of the SDK's type."""

    minimum: int
    maximum: int
    accepted = "int"

    def takes(self, value: Any) -> bool:
        return hasattr(type(value), "__index__")

    def check(self, name: str, value: Any) -> None:
        integer(value, self.minimum, self.maximum)


@dataclass(frozen=True)
class OptionalInteger(Integer):
    """The same, or None. The plugin takes any object, and looks at it later."""

    accepted = "object"

    def takes(self, value: Any) -> bool:
        return True

    def check(self, name: str, value: Any) -> None:
        if value is not None:
            super().check(name, value)


@dataclass(frozen=True)
class Real(Argument):
    """A float, or another number."""

    accepted = "float"

    def takes(self, value: Any) -> bool:
        if not hasattr(type(value), "__float__") and not hasattr(type(value), "__index__"):
            return False
        float(value)  # raises OverflowError
        return True


@dataclass(frozen=True)
class Member(Argument):
    """A member of an enumeration, or its int."""

    enumeration: type

    @property
    def accepted(self) -> str:  # type: ignore[override]
        return self.enumeration.__name__

    def takes(self, value: Any) -> bool:
        return isinstance(value, int)

    def check(self, name: str, value: Any) -> None:
        members = {getattr(self.enumeration, each) for each in dir(self.enumeration)}
        if self.accepted.endswith("Flags"):
            known = value & ~functools.reduce(operator.or_, members, 0) == 0
        else:
            known = value in members
        if not known:
            raise ValueError(f"{value!r} is not a valid {self.accepted}")


@dataclass(frozen=True)
class Object(Argument):
    """An object of a class of the SDK. It must be valid still."""

    kind: type[Handle]
    none: bool = False

    @property
    def accepted(self) -> str:  # type: ignore[override]
        return self.kind.__name__ + (" or None" if self.none else "")

    def takes(self, value: Any) -> bool:
        return isinstance(value, self.kind) or (self.none and value is None)

    def check(self, name: str, value: Any) -> None:
        if value is not None:
            value.use()


@dataclass(frozen=True)
class Texts(Argument):
    """A dict of str to str, or None, for headers."""

    accepted = "dict or None"

    def takes(self, value: Any) -> bool:
        return value is None or isinstance(value, dict)

    def check(self, name: str, value: Any) -> None:
        texts = [text for item in (value or {}).items() for text in item]
        for text in texts:
            if not isinstance(text, str):
                raise TypeError(f"keys and values must be str, not {type(text)!r}")
            _check_text(text)
        for text in texts:
            _check_line(name, text)


@dataclass(frozen=True)
class Binary(Argument):
    """A DicomWebBinaryMode, a bulk data URI, None, or a function."""

    modes: type

    def check(self, name: str, value: Any) -> None:
        if value is None or callable(value):
            return
        if isinstance(value, str):
            _check_text(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            Member(self.modes).check(name, value)
        else:
            raise TypeError(f"binary elements need a DicomWebBinaryMode, a bulk data URI or None, not {shown(value)}")


@dataclass(frozen=True)
class Pieces(Argument):
    """The body of ChunkedHttpClient: data, a file or an iterable."""

    def check(self, name: str, value: Any) -> None:
        if value is not None and not hasattr(value, "read"):
            iter(value)


@dataclass(frozen=True)
class Callback(Argument):
    """A function, or another callable."""

    accepted = "callable"

    def takes(self, value: Any) -> bool:
        return callable(value)


def check(function: str, arguments: Mapping[str, Argument], values: Mapping[str, Any], handle: Handle | None) -> None:
    """Check the values of a call, and the object of a method.

    Raises:
        TypeError, ValueError, OverflowError, BufferError: for an argument, as in the plugin.
        RuntimeError: for an object that is no longer valid.
    """
    for name, argument in arguments.items():
        value = values[name]
        if not argument.takes(value):
            given = "None" if value is None else type(value).__name__
            raise TypeError(f"{function}() argument '{name}' must be {argument.accepted}, not {given}")
    if handle is not None:
        handle.use()
    for name, argument in arguments.items():
        argument.check(name, values[name])


def check_together(function: str, values: Mapping[str, Any]) -> None:
    """Check what several arguments of a call say together.

    Raises:
        ValueError: data is shorter than another argument says.
        TypeError: CreateJob gets no job.
    """
    if {"height", "pitch", "buffer"} <= values.keys():
        size, rows, row = _size(values["buffer"]), operator.index(values["height"]), operator.index(values["pitch"])
        if size < rows * row:
            raise ValueError(f"the buffer has {size} bytes, fewer than its {rows} rows of {row} bytes")
    if values.get("bodySize") is not None:
        size, wanted = _size(values["body"]), operator.index(values["bodySize"])
        if wanted > size:
            raise ValueError(f"bodySize is {wanted}, but the body has {size} bytes")
    if function == "CreateJob":
        job = values["job"]
        is_generator = inspect.isgenerator(job) or inspect.isgeneratorfunction(job)
        if not is_generator and not callable(getattr(job, "step", None)):
            raise TypeError(
                f"a job must be a generator, a generator function, or an object with the method step(), not {type(job)}"
            )


def integer(value: Any, minimum: int, maximum: int) -> int:
    """Return an integer. Raise TypeError for another type, OverflowError outside of the range."""
    found = operator.index(value)
    if not minimum <= found <= maximum:
        raise OverflowError(f"{found} is not in the range {minimum}..{maximum}")
    return found


def _check_text(text: str) -> None:
    text.encode()  # raises UnicodeEncodeError, a ValueError
    if "\0" in text:
        raise ValueError("embedded null character")


def _check_line(name: str, text: str) -> None:
    if _CONTROL.search(text):
        raise ValueError(f"invalid {name}, because it has a line break or another control character: {text!r}")


def _size(data: Any) -> int:
    """Return the number of bytes that Orthanc gets."""
    return len(data.encode()) if isinstance(data, str) else memoryview(b"" if data is None else data).nbytes


def _is_buffer(value: Any) -> bool:
    try:
        memoryview(value).release()
    except TypeError:
        return False
    return True
