# SPDX-License-Identifier: GPL-3.0-or-later
"""The signatures and docstrings of the module's functions and methods: parameters, defaults, types and documentation.

They are built-in functions of CPython, with the signature in their documentation: `inspect.signature` reads names and
defaults from its first line. It cannot have types there, so these stand in the last lines.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from orthanc_sdk.binding.arguments import ArgumentShape
from orthanc_sdk.binding.rules import Binding, Library
from orthanc_sdk.errors import ReaderError
from orthanc_sdk.names import argument_name, member_name, short_name
from orthanc_sdk.output.docstrings import docstring
from orthanc_sdk.output.stub import argument_type, default_value, result_type


@dataclass(frozen=True)
class RoutineParameter:
    """A parameter in Python. `default` is its text, None or a number; "" where an argument must be given."""

    name: str
    type: str
    default: str = ""


@dataclass(frozen=True)
class Routine:
    """A function or method of the module, as `RestApiGet` or `Image.GetImageWidth`."""

    python: str
    since: str
    parameters: tuple[RoutineParameter, ...]
    documentation: str


_SIZE = RoutineParameter("size", "int", "-1")
_ERROR = tuple(RoutineParameter(name, "object", "None") for name in ("exc_type", "exc_value", "traceback"))
_SELF = "Return this object."
_NEXT = "Return the next bytes, as soon as there are some."
_READ = "Read so many bytes, or fewer at the end; all that are left if the size is negative."

# Functions for the plugin's own code, and the methods of its own classes. The stub has them in its own words.
OWN_ROUTINES: tuple[tuple[str, tuple[RoutineParameter, ...], str, str], ...] = (
    (
        "_call_after_callbacks",
        (RoutineParameter("function", "Callable"),),
        "None",
        "Call a function after each outermost callback.",
    ),
    (
        "_awaited",
        (RoutineParameter("result", "object"),),
        "object",
        "Return the result of a coroutine, any other object as it is.",
    ),
    (
        "_completed",
        (RoutineParameter("result", "object"),),
        "object",
        "Return the result of a coroutine, any other object as it is. Raise TypeError for a generator: it has run nothing.",
    ),
    ("_begin_event_loop", (), "None", "Refuse RegisterRestCallback on this thread: REST callbacks wait for it."),
    ("_end_with_parent", (), "None", "End this forked process as soon as Orthanc's has ended."),
    ("_resident_bytes", (), "int", "Resident memory of this process, in bytes; 0 if unknown."),
    (
        "_wrap_callbacks",
        (RoutineParameter("wrapper", "Callable"),),
        "None",
        "Have each callback called as `wrapper(callback, kind, name, place)` returns it.",
    ),
    ("_HttpAnswer.__enter__", (), "Iterator[bytes]", _SELF),
    ("_HttpAnswer.__exit__", _ERROR, "None", "End the transfer."),
    ("_HttpAnswer.__iter__", (), "Iterator[bytes]", _SELF),
    ("_HttpAnswer.__next__", (), "bytes", _NEXT),
    ("_HttpAnswer.close", (), "None", "End the transfer."),
    ("_HttpAnswer.read", (_SIZE,), "bytes", _READ),
    ("_RequestBody.__iter__", (), "Iterator[bytes]", _SELF),
    ("_RequestBody.__next__", (), "bytes", _NEXT),
    ("_RequestBody.read", (_SIZE,), "bytes", _READ),
)

# Of the stub's own types, those that are not functions.
_TYPES = {
    "Buffer": "bytes | str",
    "_Bytes": "bytes | str | None",
    "_DicomWebBinary": "object",
    "_DictionaryEntry": "dict[str, int]",
    "_Headers": "dict[str, str] | None",
    "_HttpAnswer": "Iterator[bytes]",
    "_HttpBody": "object",
    "_Job | Generator[float, Any, Any] | _GeneratorFunction": "object",
    "_WebDavCollection": "object",
}


def routines(library: Library) -> list[Routine]:
    """All functions and methods. Raises ReaderError for a default that is neither None nor an integer."""
    bound = [routine(library, binding) for binding in library.bindings if binding.bound]
    own = (_routine(name, "", parameters, result, text) for name, parameters, result, text in OWN_ROUTINES)
    return [*bound, *own]


def routine(library: Library, binding: Binding) -> Routine:
    """Return the signature of a bound function. Raise ReaderError for a default that is neither None nor an integer."""
    parameters, result = _signature(library, binding)
    return _routine(binding.python, binding.since, parameters, result, docstring(binding, short=True))


def _routine(python: str, since: str, parameters: tuple[RoutineParameter, ...], result: str, text: str) -> Routine:
    owner, _, name = python.rpartition(".")
    first = ", ".join(["$self" if owner else "$module", *(_with_default(p.name, p.default) for p in parameters)])
    types = ", ".join(_with_default(f"{p.name}: {p.type}", p.default) for p in parameters)
    return Routine(python, since, parameters, f"{name}({first})\n--\n\n{text}\n\nTypes: ({types}) -> {result}")


def _with_default(text: str, default: str) -> str:
    return f"{text}={default}" if default and ":" not in text else f"{text} = {default}" if default else text


def _signature(library: Library, binding: Binding) -> tuple[tuple[RoutineParameter, ...], str]:
    entry = binding.hand_written
    if entry:
        return _parsed(library, binding.python, entry.arguments), _python_type(entry.result)
    assert binding.primitive is not None
    assert binding.function is not None
    parameters = tuple(
        RoutineParameter(
            argument_name(argument.name),
            "int" if argument.shape is ArgumentShape.OPEN_ENUMERATION else _python_type(argument_type(argument)),
            default_value(argument),
        )
        for argument in binding.primitive.arguments
    )
    return parameters, result_type(binding.primitive, binding.function.result.name)


def _parsed(library: Library, name: str, text: str) -> tuple[RoutineParameter, ...]:
    """The parameters of a binding that is written by hand."""
    function = ast.parse(f"def f({text}): ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    arguments = function.args.args
    defaults = [None] * (len(arguments) - len(function.args.defaults)) + list(function.args.defaults)
    return tuple(
        RoutineParameter(
            argument.arg,
            _python_type(ast.unparse(argument.annotation) if argument.annotation else "object"),
            _default(library, name, default) if default else "",
        )
        for argument, default in zip(arguments, defaults, strict=True)
    )


def _default(library: Library, name: str, default: ast.expr) -> str:
    """None or a number; a member of an enumeration is its number."""
    text = ast.unparse(default)
    if re.fullmatch(r"None|-?\d+", text):
        return text
    owner, _, member = text.partition(".")
    for enumeration in library.header.enumerations:
        if short_name(enumeration.name) == owner:
            for each in enumeration.members:
                if member_name(enumeration.name, each.name) == member:
                    return str(each.value)
    raise ReaderError(f"the default {text} of {name} is neither None nor an integer")


def _python_type(text: str) -> str:
    """A type of the stub in words that need no stub."""
    if text in _TYPES:
        return _TYPES[text]
    return "Callable" if re.fullmatch(r"_\w+(\[.*\])?", text) else text
