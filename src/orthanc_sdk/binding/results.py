# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a function in Python: rules on its outputs and on its C result."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from orthanc_sdk.binding.arguments import UncoveredShapeError
from orthanc_sdk.header.model import CType, Function, Parameter, TypeKind


class OutputShape(enum.Enum):
    """The Python value of a parameter through which C gives something back."""

    BYTES = "bytes"
    MAPPING = "dict[str, str]"
    INTEGER = "int"
    BOOLEAN = "bool"
    ENUMERATION = "member"


@dataclass(frozen=True)
class Output:
    shape: OutputShape
    parameter: Parameter


class ResultShape(enum.Enum):
    """The conversion of the C result."""

    NOTHING = "None"
    ERROR_CODE = "raised"
    OWNED_TEXT = "str, freed"
    BORROWED_TEXT = "str or None"
    INTEGER = "int"
    REAL = "float"
    ENUMERATION = "member"
    NEW_HANDLE = "new object"


_NAMED_HEADERS = "answerHeaders"


def as_output(parameter: Parameter) -> Output | None:
    """The output that a parameter is, or None for an input."""
    kind = parameter.type
    if kind.depth != 1 or kind.const:
        return None
    if kind.kind is TypeKind.MEMORY_BUFFER:
        # The SDK gives a JSON document in it
        return Output(OutputShape.MAPPING if parameter.name == _NAMED_HEADERS else OutputShape.BYTES, parameter)
    if kind.kind is TypeKind.INTEGER:
        return Output(OutputShape.BOOLEAN if kind.name == "uint8_t" else OutputShape.INTEGER, parameter)
    if kind.kind is TypeKind.ENUMERATION:
        return Output(OutputShape.ENUMERATION, parameter)
    return None


def bind_result(function: Function, outputs: Sequence[Output]) -> ResultShape:
    """The shape of a function's C result. Raises UncoveredShapeError."""
    shape = _result_shape(function.result)
    if shape is None:
        raise UncoveredShapeError(f"the result is a {function.result.spelling}")
    if outputs and shape not in (ResultShape.NOTHING, ResultShape.ERROR_CODE):
        raise UncoveredShapeError(f"it has an output ({outputs[0].parameter.name}) besides its result")
    return shape


def _result_shape(result: CType) -> ResultShape | None:
    if result.is_value(TypeKind.ENUMERATION):
        return ResultShape.ERROR_CODE if result.name == "OrthancPluginErrorCode" else ResultShape.ENUMERATION
    if result.is_pointer(TypeKind.CHAR, const=True):
        return ResultShape.BORROWED_TEXT
    if result.is_pointer(TypeKind.CHAR, const=False):
        return ResultShape.OWNED_TEXT
    if result.is_pointer(TypeKind.HANDLE, const=False):
        return ResultShape.NEW_HANDLE
    simple = {
        TypeKind.VOID: ResultShape.NOTHING,
        TypeKind.INTEGER: ResultShape.INTEGER,
        TypeKind.REAL: ResultShape.REAL,
    }
    return simple.get(result.kind) if result.depth == 0 else None
