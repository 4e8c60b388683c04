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


def _accepts(accepted: str, value: Any) -> bool:
    """Return whether the plugin takes a value as a type that its errors name: one of these, or an enumeration."""
    if value is None:
        return accepted.endswith(" or None")
    if accepted.startswith("bytes-like"):
        return isinstance(value, str) or _is_buffer(value)
    if accepted == "callable":
        return callable(value)
    if accepted == "int":
        return hasattr(type(value), "__index__")
    return isinstance(value, str if accepted.startswith("str") else int)


def _is_buffer(value: Any) -> bool:
    try:
        memoryview(value).release()
    except TypeError:
        return False
    return True


def called(name: str, values: dict[str, Any], *, silent: bool, types: Mapping[str, str] = MappingProxyType({})) -> Any:
    """Record a call, and return its answer. Each function of the stand-in module calls this with its parameters.

    Args:
        name: as Call.name.
        values: the parameters, and `self` of a method.
        silent: whether the function has no result, and needs no answer.
        types: the types that the plugin takes, by parameter.

    Raises:
        TypeError: for an argument that the plugin does not take.
    """
    arguments = dict(values)
    handle = arguments.pop("self", None)
    for key, accepted in types.items():
        if not _accepts(accepted, arguments[key]):
            given = "None" if arguments[key] is None else type(arguments[key]).__name__
            raise TypeError(f"{name}() argument '{key}' must be {accepted}, not {given}")
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
