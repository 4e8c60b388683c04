# SPDX-License-Identifier: GPL-3.0-or-later
"""The functions of the stand-in module: they note each call, and give the answer that the test has prepared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


class _EnumerationType(type):
    @property
    def _names(cls) -> dict[int, str]:
        names: dict[int, str] = {}
        for name, value in vars(cls).items():
            if type(value) is int:
                names.setdefault(value, name)
        return names

    def __dir__(cls) -> Iterable[str]:
        return sorted(name for name, value in vars(cls).items() if type(value) is int)


class Enumeration(int, metaclass=_EnumerationType):
    """An enumeration as in Orthanc: its attributes are plain integers, and calling it gives a member with its name."""

    __slots__ = ()

    def __new__(cls, value: int) -> Enumeration:
        made = int.__new__(cls, value)
        made.name  # noqa: B018  raises ValueError for what is not a member
        return made

    @property
    def name(self) -> str:
        """The member's name; for combined flags, their names separated by |."""
        names, value = type(self)._names, int(self)
        if value in names:
            return names[value]
        bits = [bit for bit in names if bit and value & bit == bit]
        if type(self).__name__.endswith("Flags") and sum(bits) == value:
            return "|".join(names[bit] for bit in bits) or "0"
        raise ValueError(f"{value} is not a valid {type(self).__name__}")

    @property
    def value(self) -> int:
        """The plain integer."""
        return int(self)


class Handle:
    """An Orthanc object, such as a RestOutput: a test may make one.

    `answers` is what the methods of this object give, by name: values or functions.
    """

    answers: Mapping[str, Any] = MappingProxyType({})


class Unanswered(AssertionError):
    """The script has asked for something that the test has prepared no answer for."""


@dataclass(frozen=True)
class Call:
    """`name` is "RestApiGet", or "RestOutput.AnswerBuffer" for a method, whose object is `handle`."""

    name: str
    arguments: dict[str, Any]
    handle: Handle | None = None


@dataclass
class Recorder:
    calls: list[Call] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)


current = Recorder()  # one at a time, as there is one module orthanc


def called(name: str, values: dict[str, Any], *, silent: bool) -> Any:
    """Called by each function of the stand-in module with its parameters; a silent one has no result, and needs no answer."""
    arguments = dict(values)
    handle = arguments.pop("self", None)
    current.calls.append(Call(name, arguments, handle))
    own = handle.answers if handle is not None else {}
    method = name.rpartition(".")[2]
    if name not in current.answers and method in own:
        return own[method](**arguments) if callable(own[method]) else own[method]
    if name not in current.answers:
        if silent:
            return None
        listed = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
        raise Unanswered(f'the script calls {name}({listed}), and the test has no answer for it: answer("{name}", ...)')
    answer = current.answers[name]
    if isinstance(answer, BaseException):
        raise answer
    if callable(answer):
        return answer(*([handle] if handle else []), **arguments)
    return answer
