# SPDX-License-Identifier: GPL-3.0-or-later
"""The functions of the stand-in module: they note each call, and give the answer that the test has prepared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


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


def content(data: Any) -> bytes:
    """Return the bytes of an argument for data: bytes-like, text, or None for no data."""
    return data.encode() if isinstance(data, str) else bytes(memoryview(b"" if data is None else data))


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
