# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the checks of arguments for the stand-in: the Python of a dict from names to orthanc_python.testing.arguments."""

from __future__ import annotations

from collections.abc import Mapping

from orthanc_sdk.binding.arguments import Argument, ArgumentShape, Use
from orthanc_sdk.binding.exceptions import OPEN_ENUMERATIONS
from orthanc_sdk.binding.hand_written import HandWritten
from orthanc_sdk.binding.rules import Binding
from orthanc_sdk.names import argument_name, short_name
from orthanc_sdk.output.stub import stub_arguments

# The C types of integers, with their smallest and largest values.
_RANGES = {f"int{bits}_t": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)}
_RANGES |= {f"uint{bits}_t": (0, 2**bits - 1) for bits in (8, 16, 32, 64)}
_RANGES |= {"int": _RANGES["int32_t"]}
# Texts of functions by hand that may have control characters, as FREE_TEXTS are of the others.
_FREE = {"HasFunction": ("name",), "SetHttpErrorDetails": ("details",)}
_KINDS = {
    "_Bytes": "Bytes()",
    "Buffer": "Bytes()",
    "_Headers": "Texts()",
    "_HttpBody": "Pieces()",
    "_DicomWebBinary": "Binary(DicomWebBinaryMode)",
}


def checks(binding: Binding) -> str:
    """Return the dict of a function."""
    if binding.primitive is not None:
        found = {argument_name(argument.name): _check(argument) for argument in binding.primitive.arguments}
    else:
        assert binding.hand_written is not None
        found = _checks_by_hand(binding, binding.hand_written)
    return "{" + ", ".join(f'"{name}": _arguments.{check}' for name, check in found.items() if check) + "}"


def _check(argument: Argument) -> str:
    c_name = argument.parameters[0].type.name
    name = short_name(c_name)
    line = argument.use is Use.LINE
    if argument.shape is ArgumentShape.INTEGER:
        return _integer(c_name)
    checks = {
        ArgumentShape.TEXT: _text(none=False, line=line),
        ArgumentShape.OPTIONAL_TEXT: _text(none=True, line=line),
        ArgumentShape.BYTES: "Bytes()",
        ArgumentShape.MAPPING: "Texts()",
        ArgumentShape.REAL: "Real()",
        ArgumentShape.ENUMERATION: f"Member({name})",
        ArgumentShape.OPEN_ENUMERATION: _integer("int32_t"),
        ArgumentShape.HANDLE: f"Object({name})",
        ArgumentShape.OPTIONAL_HANDLE: f"Object({name}, none=True)",
    }
    return checks[argument.shape]


def _checks_by_hand(binding: Binding, entry: HandWritten) -> dict[str, str]:
    types = {parameter.name: parameter.type.name for parameter in (binding.function.parameters if binding.function else ())}
    arguments = [argument.partition(" = ")[0].partition(": ") for argument in stub_arguments(binding)]
    free = _FREE.get(binding.name, ())
    return {
        name: _check_by_hand(binding, kind, types.get(name, entry.integer), line=name not in free)
        for name, _, kind in arguments
    }


def _check_by_hand(binding: Binding, kind: str, c_name: str, *, line: bool) -> str:
    enumeration = kind.removesuffix(" | int")
    others: Mapping[str, str] = _KINDS
    if kind in ("str", "str | None"):
        return _text(none=kind != "str", line=line)
    if kind in others:
        return others[kind]
    if kind == "int":
        return _integer(c_name)
    if kind == "int | None":
        return _integer(c_name).replace("Integer", "OptionalInteger")
    if enumeration != kind and enumeration.isidentifier():
        return _integer("int32_t") if enumeration in OPEN_ENUMERATIONS else f"Member({enumeration})"
    if binding.name.startswith("Register") and kind.startswith("_") and kind != "_WebDavCollection":
        return "Callback()"
    return ""


def _text(*, none: bool, line: bool) -> str:
    return f"Text({', '.join(f'{key}=True' for key, value in (('none', none), ('line', line)) if value)})"


def _integer(c_name: str) -> str:
    smallest, largest = _RANGES[c_name]
    return f"Integer({smallest}, {largest})"
