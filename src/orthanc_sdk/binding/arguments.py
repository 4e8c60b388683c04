# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Python arguments a function takes: rules on the shapes of C parameters."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from orthanc_sdk.binding.exceptions import OPEN_ENUMERATIONS
from orthanc_sdk.errors import ReaderError
from orthanc_sdk.header.model import Documentation, Parameter, TypeKind
from orthanc_sdk.names import short_name


class ArgumentShape(enum.Enum):
    """The shape of an argument: what Python passes, and in how many C parameters it arrives."""

    TEXT = "str"
    OPTIONAL_TEXT = "str or None"
    BYTES = "bytes-like, str or None: pointer and size"
    MAPPING = "dict of str or None: count, keys and values"
    INTEGER = "int"
    REAL = "float"
    ENUMERATION = "member or its int"
    OPEN_ENUMERATION = "member or any int"
    HANDLE = "object of an SDK class"
    OPTIONAL_HANDLE = "object of an SDK class or None"


class Use(enum.Enum):
    """The place where a text ends up. It decides whether control characters are allowed."""

    PLAIN = "taken as it is"
    LINE = "part of a header or of a line that Orthanc writes: control characters raise ValueError"
    LOG = "a text of the log: control characters are escaped, later lines indented"
    LOG_LINE = "part of a line of the log: control characters are escaped"


@dataclass(frozen=True)
class Argument:
    """A Python argument, and the C parameters it fills, in their order. An `optional` one may be left out."""

    name: str
    shape: ArgumentShape
    parameters: tuple[Parameter, ...]
    optional: bool = False
    use: Use = Use.PLAIN


class UncoveredShapeError(ReaderError):
    """A parameter or result of a shape that no rule covers; the text says which."""


_SINGLE = {
    TypeKind.INTEGER: ArgumentShape.INTEGER,
    TypeKind.REAL: ArgumentShape.REAL,
    TypeKind.ENUMERATION: ArgumentShape.ENUMERATION,
}


def bind_arguments(parameters: Sequence[Parameter], documentation: Documentation) -> tuple[Argument, ...]:
    """The Python arguments for a function's input parameters. Raises UncoveredShapeError."""
    arguments: list[Argument] = []
    position = 0
    while position < len(parameters):
        rest = parameters[position:]
        argument = _mapping(rest) or _bytes(rest) or _single(rest[0], documentation)
        arguments.append(argument)
        position += len(argument.parameters)
    return tuple(arguments)


def _mapping(rest: Sequence[Parameter]) -> Argument | None:
    """(uint32_t XCount, const char* const* XKeys, const char* const* XValues) is the mapping X."""
    if len(rest) < 3 or not rest[0].name.endswith("Count") or rest[0].type.name != "uint32_t" or rest[0].type.depth != 0:
        return None
    name = rest[0].name.removesuffix("Count")
    for parameter, suffix in zip(rest[1:3], ("Keys", "Values"), strict=True):
        text = parameter.type
        if parameter.name != name + suffix or text.kind is not TypeKind.CHAR or text.depth != 2 or not text.const:
            return None
    return Argument(name, ArgumentShape.MAPPING, tuple(rest[:3]))


def _bytes(rest: Sequence[Parameter]) -> Argument | None:
    """(const void* X, integer size or ...Size) is the bytes X."""
    if len(rest) < 2 or not rest[1].type.is_value(TypeKind.INTEGER) or not rest[1].name.lower().endswith("size"):
        return None
    data = rest[0].type
    if not (data.is_pointer(TypeKind.VOID, const=True) or data.is_pointer(TypeKind.CHAR, const=True)):
        return None
    return Argument(rest[0].name, ArgumentShape.BYTES, tuple(rest[:2]))


def _single(parameter: Parameter, documentation: Documentation) -> Argument:
    kind = parameter.type
    nullable = "NULL" in documentation.parameters.get(parameter.name, "")
    if kind.is_pointer(TypeKind.CHAR, const=True):
        shape = ArgumentShape.OPTIONAL_TEXT if nullable else ArgumentShape.TEXT
    elif kind.kind is TypeKind.HANDLE and kind.depth == 1:
        shape = ArgumentShape.OPTIONAL_HANDLE if nullable else ArgumentShape.HANDLE
    elif kind.is_value(TypeKind.ENUMERATION) and short_name(kind.name) in OPEN_ENUMERATIONS:
        shape = ArgumentShape.OPEN_ENUMERATION
    elif kind.depth == 0 and kind.kind in _SINGLE:
        shape = _SINGLE[kind.kind]
    else:
        raise UncoveredShapeError(f"parameter {parameter.name} is a {_describe(parameter)}")
    return Argument(parameter.name, shape, (parameter,))


def _describe(parameter: Parameter) -> str:
    if parameter.type.kind is TypeKind.FUNCTION:
        return f"function pointer ({parameter.type.spelling})"
    return parameter.type.spelling
