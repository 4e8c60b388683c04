# SPDX-License-Identifier: GPL-3.0-or-later
"""Python types for each shape of argument, output and result, as orthanc.pyi has them."""

from __future__ import annotations

from collections.abc import Iterable

from orthanc_sdk.binding.arguments import Argument, ArgumentShape
from orthanc_sdk.binding.results import Output, OutputShape, ResultShape
from orthanc_sdk.binding.rules import Binding, Primitive
from orthanc_sdk.names import argument_name, short_name

_WIDTH = 110


def stub_signature(binding: Binding) -> str:
    """(self, frameIndex: int) -> bytes; an argument a line when that is too long."""
    arguments = (["self"] if binding.owner else []) + stub_arguments(binding)
    if binding.hand_written:
        result = binding.hand_written.result
    else:
        assert binding.function is not None
        assert binding.primitive is not None
        result = result_type(binding.primitive, binding.function.result.name)
    line = f"({', '.join(arguments)}) -> {result}"
    if len(binding.name) + len(line) <= _WIDTH:
        return line
    indent = "    " if binding.owner else ""
    lines = "".join(f"{indent}    {argument},\n" for argument in arguments)
    return f"(\n{lines}{indent}) -> {result}"


def stub_arguments(binding: Binding) -> list[str]:
    """Return the arguments, each as "name: type = default"."""
    if binding.hand_written:
        return [each for each in binding.hand_written.arguments.split(", ") if each]
    assert binding.primitive is not None
    return [f"{argument_name(a.name)}: {argument_type(a)}{_default(a)}" for a in binding.primitive.arguments]


def argument_type(argument: Argument) -> str:
    """The type that an argument takes. Every enumeration takes an int too."""
    name = short_name(argument.parameters[0].type.name)
    types = {
        ArgumentShape.TEXT: "str",
        ArgumentShape.OPTIONAL_TEXT: "str | None",
        ArgumentShape.BYTES: "_Bytes",
        ArgumentShape.MAPPING: "dict[str, str] | None",
        ArgumentShape.INTEGER: "int",
        ArgumentShape.REAL: "float",
        ArgumentShape.ENUMERATION: f"{name} | int",
        ArgumentShape.OPEN_ENUMERATION: f"{name} | int",
        ArgumentShape.HANDLE: name,
        ArgumentShape.OPTIONAL_HANDLE: f"{name} | None",
    }
    return types[argument.shape]


def default_value(argument: Argument) -> str:
    """The text of an argument's default, "" where there is none."""
    if not argument.optional:
        return ""
    return "0" if argument.shape is ArgumentShape.INTEGER else "None"


def _default(argument: Argument) -> str:
    return f" = {default_value(argument)}" if argument.optional else ""


def result_type(primitive: Primitive, c_name: str) -> str:
    """The type of what a primitive returns; `c_name` is its C result's."""
    if primitive.code_in_result:
        return f"tuple[{', '.join(['ErrorCode', *map(_output_type, primitive.outputs)])}]"
    if primitive.outputs:
        return _outputs_type(primitive.outputs)
    types = {
        ResultShape.NOTHING: "None",
        ResultShape.ERROR_CODE: "None",
        ResultShape.OWNED_TEXT: "str",
        ResultShape.BORROWED_TEXT: "str | None",
        ResultShape.INTEGER: "int",
        ResultShape.REAL: "float",
        ResultShape.ENUMERATION: short_name(c_name),
        ResultShape.NEW_HANDLE: short_name(c_name),
    }
    return types[primitive.result]


def _output_type(output: Output) -> str:
    return short_name(output.parameter.type.name) if output.shape is OutputShape.ENUMERATION else output.shape.value


def _outputs_type(outputs: Iterable[Output]) -> str:
    types = {output.parameter.name: _output_type(output) for output in outputs}
    optional = types.pop("found", None) if len(types) > 1 else None
    if len(types) == 1:
        single = next(iter(types.values()))
        return f"{single} | None" if optional else single
    packed = f"tuple[{', '.join(types.values())}]"
    return f"{packed} | tuple[{', '.join(['None'] * len(types))}]" if optional else packed
