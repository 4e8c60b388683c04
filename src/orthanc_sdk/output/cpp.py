# SPDX-License-Identifier: GPL-3.0-or-later
"""C++ for each shape of argument, output and result. The templates lay it out.

Names are prefixed by what they hold, so that no SDK parameter can hide another name: py_ for a Python argument, c_ for what
it becomes, out_ for an output.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from orthanc_sdk.binding import exceptions
from orthanc_sdk.binding.arguments import Argument, ArgumentShape, Use
from orthanc_sdk.binding.results import Output, OutputShape, ResultShape
from orthanc_sdk.binding.rules import Binding, Primitive
from orthanc_sdk.header.model import Function, Parameter
from orthanc_sdk.names import short_name
from orthanc_sdk.output.services import service_fields

_WIDTH = 124
_BUFFERS = (OutputShape.BYTES, OutputShape.MAPPING)


@dataclass(frozen=True)
class CppFunction:
    """One definition: the lambda's parameters, its result, and the lines of its body."""

    python: str
    parameters: str
    result: str
    body: tuple[str, ...]


def literal(text: str, indent: int = 0) -> str:
    """A C++ string literal, a line of text a line, the later ones indented."""
    lines = text.split("\n")
    escaped = [line.replace("\\", "\\\\").replace('"', '\\"') for line in lines]
    quoted = [f'"{line}\\n"' for line in escaped[:-1]] + [f'"{escaped[-1]}"']
    return ("\n" + " " * indent).join(quoted)


def cpp_function(binding: Binding) -> CppFunction:
    """The C++ of a generated binding."""
    function, primitive = binding.function, binding.primitive
    assert function is not None
    assert primitive is not None
    parameters = [_lambda_parameter(argument) for argument in primitive.arguments]
    body = [_service(binding), *_log_in_worker(primitive)]
    values: dict[str, str] = {}
    if primitive.receiver:
        parameters.insert(0, f"handle<{primitive.receiver.type.name}>& py_self")
        body.append(f"const handle_use<{primitive.receiver.type.name}> c_self(py_self);")
        values[primitive.receiver.name] = "c_self.get()"
    for argument in primitive.arguments:
        lines, expressions = _conversion(argument)
        body.extend(lines)
        values.update(zip((parameter.name for parameter in argument.parameters), expressions, strict=True))
    for output in primitive.outputs:
        declaration, values[output.parameter.name] = _declaration(output)
        body.append(declaration)
    receiver = primitive.receiver
    if receiver and receiver.type.name == "OrthancPluginRestOutput" and short_name(function.name) not in exceptions.NO_ANSWER:
        body.append("py_self.note_answer();")
    result, lines = _finish(function, primitive, values)
    return CppFunction(
        binding.python,
        _wrap(parameters, len(binding.python) + len(result) + 40),
        result,
        tuple(body + lines),
    )


def _log_in_worker(primitive: Primitive) -> list[str]:
    """The lines by which a function of the log writes to the standard error in a worker process."""
    texts = [argument.name for argument in primitive.arguments if argument.use is Use.LOG]
    return [line for name in texts for line in ("if (in_worker_process()) {", f"  return log_in_worker(py_{name});", "}")]


def _service(binding: Binding) -> str:
    return f"static constexpr service called{{{service_fields(binding)}}};"


def _wrap(parts: list[str], used: int) -> str:
    """The parts as a list, on more lines when it does not fit on one of which `used` columns are taken."""
    line = ", ".join(parts)
    if used + len(line) <= _WIDTH:
        return line
    # A part is not to be broken: its own blanks are hidden from textwrap
    hidden = [part.replace(" ", "\0") for part in parts]
    lines = textwrap.wrap(", ".join(hidden), _WIDTH - 6, break_long_words=False, break_on_hyphens=False)
    return "\n      " + "\n      ".join(lines).replace("\0", " ")


def _lambda_parameter(argument: Argument) -> str:
    name = argument.parameters[0].type.name
    types = {
        ArgumentShape.TEXT: "text ",
        ArgumentShape.OPTIONAL_TEXT: "optional_text ",
        ArgumentShape.BYTES: "buffer ",
        ArgumentShape.MAPPING: "string_map ",
        ArgumentShape.INTEGER: f"number<{name}> ",
        ArgumentShape.REAL: "double ",
        ArgumentShape.ENUMERATION: f"enumeration<{name}> ",
        ArgumentShape.OPEN_ENUMERATION: "number<int32_t> ",
        ArgumentShape.HANDLE: f"handle<{name}>& ",
        ArgumentShape.OPTIONAL_HANDLE: f"handle<{name}>* ",
    }
    return f"{types[argument.shape]}py_{argument.name}"


def _conversion(argument: Argument) -> tuple[list[str], list[str]]:
    """The lines that convert an argument, and the expressions for its C parameters."""
    name, c_name, py_name = argument.parameters[0].type.name, f"c_{argument.name}", f"py_{argument.name}"
    shape = argument.shape
    if shape in (ArgumentShape.TEXT, ArgumentShape.OPTIONAL_TEXT):
        return _text_conversion(argument.use, argument.name)
    if shape is ArgumentShape.BYTES:
        return _bytes_conversion(argument)
    if shape is ArgumentShape.MAPPING:
        lines = [f"const string_map_view {c_name}({py_name});", f'check_lines("{argument.name}", {c_name});']
        return lines, [f"{c_name}.count()", f"{c_name}.keys()", f"{c_name}.values()"]
    if shape in (ArgumentShape.HANDLE, ArgumentShape.OPTIONAL_HANDLE):
        return [f"const handle_use<{name}> {c_name}({py_name});"], [f"{c_name}.get()"]
    if shape is ArgumentShape.REAL:
        return [f"const {name} {c_name} = static_cast<{name}>({py_name});"], [c_name]
    if shape is ArgumentShape.OPEN_ENUMERATION:
        return [f"const {name} {c_name} = static_cast<{name}>({py_name}.value());"], [c_name]
    return [f"const {name} {c_name} = {py_name}.value();"], [c_name]


def _text_conversion(use: Use, name: str) -> tuple[list[str], list[str]]:
    text = f"py_{name}.c_str()"
    if use is Use.LOG:
        return [f"const log_lines c_{name}({text});"], [f"c_{name}.c_str()"]
    if use is Use.LOG_LINE:
        return [f"const std::string c_{name} = one_line({text});"], [f"c_{name}.c_str()"]
    if use is Use.LINE:
        text = f'checked_line("{name}", {text})'
    return [f"const char* c_{name} = {text};"], [f"c_{name}"]


def _bytes_conversion(argument: Argument) -> tuple[list[str], list[str]]:
    data, size = argument.parameters
    lines = [
        f"const buffer_view c_{data.name}(py_{data.name});",
        f"const {size.type.name} c_{size.name} = c_{data.name}.size<{size.type.name}>();",
    ]
    pointer = f"c_{data.name}.data()"
    if data.type.name != "void":
        pointer = f"static_cast<const {data.type.name}*>({pointer})"
    return lines, [pointer, f"c_{size.name}"]


def _declaration(output: Output) -> tuple[str, str]:
    """The variable of an output, and the expression that passes it."""
    name, kind = _variable(output), output.parameter.type.name
    if output.shape in _BUFFERS:
        return f"memory_buffer<{kind}> {name};", f"{name}.out()"
    return f"{kind} {name}{{}};", f"&{name}"


def _variable(output: Output) -> str:
    return f"out_{output.parameter.name}"


def _python_value(output: Output) -> str:
    name = _variable(output)
    values = {
        OutputShape.BYTES: f"{name}.bytes()",
        OutputShape.MAPPING: f"{name}.json()",
        OutputShape.INTEGER: f"nb::int_({name})",
        OutputShape.BOOLEAN: f"nb::bool_({name} != 0)",
        OutputShape.ENUMERATION: f"member({name})",
    }
    return values[output.shape]


def _finish(function: Function, primitive: Primitive, values: dict[str, str]) -> tuple[str, list[str]]:
    """The lambda's result, and the lines that call the function and return."""
    call = _beginning_of_call(function, primitive)
    if primitive.code_in_result:
        outputs = ", ".join(["member(code)", *map(_python_value, primitive.outputs)])
        lines = _call(function, values, "const OrthancPluginErrorCode code = call_unchecked(", ");")
        return "nb::object", [*lines, f"return nb::make_tuple({outputs});"]
    if primitive.result in (ResultShape.NOTHING, ResultShape.ERROR_CODE):
        tells_status = any(output.parameter.name == "httpStatus" for output in primitive.outputs)
        attempt = "try_call_http(out_httpStatus, " if tells_status else f"try_{call}"
        if not primitive.outputs:
            return "nb::object", _call(function, values, f"return {attempt}", ") ? nb::none() : nb::object();")
        lines = _call(function, values, f"if (!{attempt}", ")) {")
        owned = [f"{_variable(output)}.own();" for output in primitive.outputs if output.shape in _BUFFERS]
        return "nb::object", [*lines, "  return {};", "}", *owned, *_return_outputs(primitive.outputs)]
    if primitive.result in (ResultShape.INTEGER, ResultShape.REAL):
        return function.result.name, _call(function, values, f"return {call}", ");")
    wrappers = {
        ResultShape.OWNED_TEXT: "owned_text(called, ",
        ResultShape.BORROWED_TEXT: "borrowed_text(",
        ResultShape.NEW_HANDLE: "owned(called, ",
        ResultShape.ENUMERATION: "member(",
    }
    return "nb::object", _call(function, values, f"return {wrappers[primitive.result]}{call}", "));")


def _beginning_of_call(function: Function, primitive: Primitive) -> str:
    """The beginning of a call of calls.h."""
    if short_name(function.name) in exceptions.QUICK_WITH_LITTLE_DATA:
        size = next(argument.parameters[1] for argument in primitive.arguments if argument.shape is ArgumentShape.BYTES)
        return f"call_with_data(c_{size.name}, "
    return "call_quick(" if primitive.quick else "call("


def _return_outputs(outputs: tuple[Output, ...]) -> list[str]:
    found = next((output for output in outputs if output.parameter.name == "found"), None)
    values = [output for output in outputs if output is not found]
    if found is None or not values:
        return [f"return {_pack([_python_value(output) for output in outputs])};"]
    return [
        "if (out_found == 0) {",
        f"  return {_pack(['nb::none()'] * len(values))};",
        "}",
        f"return {_pack([_python_value(output) for output in values])};",
    ]


def _pack(values: list[str]) -> str:
    return values[0] if len(values) == 1 else f"nb::make_tuple({', '.join(values)})"


def _call(function: Function, values: dict[str, str], before: str, after: str) -> list[str]:
    """The call of the SDK function, on one line when it fits."""
    arguments = ", ".join(_value(parameter, values) for parameter in function.parameters)
    invocation = f"return {function.name}({arguments});"
    line = f"{before}called, [&] {{ {invocation} }}{after}"
    if len(line) <= _WIDTH - 4:
        return [line]
    wrapped = textwrap.wrap(invocation, _WIDTH - 6, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    return [f"{before}called, [&] {{", *(f"  {part}" for part in wrapped), f"}}{after}"]


def _value(parameter: Parameter, values: dict[str, str]) -> str:
    return values.get(parameter.name, "sdk()")
