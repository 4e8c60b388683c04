# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides how each SDK function is reached in Python."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from orthanc_sdk.binding import exceptions
from orthanc_sdk.binding.arguments import Argument, ArgumentShape, UncoveredShapeError, Use, bind_arguments
from orthanc_sdk.binding.exceptions import HandWritten
from orthanc_sdk.binding.fields import check_fields
from orthanc_sdk.binding.results import Output, OutputShape, ResultShape, as_output, bind_result
from orthanc_sdk.errors import ReaderError
from orthanc_sdk.header.model import CType, Function, Handle, Header, Parameter, TypeKind
from orthanc_sdk.names import PREFIX, method_name, short_name

_AS_NUMBER = {OutputShape.BOOLEAN: OutputShape.INTEGER}


class Kind(enum.Enum):
    """How a function is reached."""

    GENERATED = "generated"
    HAND_WRITTEN = "hand-written"
    AUTOMATIC = "automatic"
    NOT_FOR_SCRIPTS = "not for scripts"


@dataclass(frozen=True)
class Primitive:
    """A function that the rules bind. `receiver` is the parameter that a method's object fills."""

    receiver: Parameter | None
    arguments: tuple[Argument, ...]
    outputs: tuple[Output, ...]
    result: ResultShape
    quick: bool
    code_in_result: bool


@dataclass(frozen=True)
class Binding:
    """A function and the way it is reached: as `name` of the class `owner`, or of the module when that is "".

    `function` is None for an addition to the SDK; that needs the function `needs`.
    """

    function: Function | None
    kind: Kind
    owner: str
    name: str
    reason: str
    primitive: Primitive | None = None
    hand_written: HandWritten | None = None
    needs: Function | None = None

    @property
    def bound(self) -> bool:
        """Return whether scripts can call it."""
        return self.kind in (Kind.GENERATED, Kind.HAND_WRITTEN)

    @property
    def python(self) -> str:
        """RestApiGet, or Image.GetImageWidth."""
        return f"{self.owner}.{self.name}" if self.owner else self.name

    @property
    def since(self) -> str:
        """Return the version of Orthanc that brought it, "" where the header does not say."""
        function = self.function or self.needs
        return function.since if function else ""


@dataclass(frozen=True)
class Library:
    """A header, and a binding for each of its functions and for the additions."""

    header: Header
    bindings: tuple[Binding, ...]

    def members(self, owner: str) -> list[Binding]:
        """Return what scripts can call on a class, or on the module for ""."""
        return [binding for binding in self.bindings if binding.bound and binding.owner == owner]

    def destructor(self, handle: Handle) -> Function | None:
        """The function that frees an owned handle."""
        name = _destructor_name(handle.name)
        return next((function for function in self.header.functions if function.name == name), None)


def bind(header: Header) -> Library:
    """Decide on every function. Raise ReaderError, naming each that is not covered."""
    header = replace(header, functions=tuple(map(_dated, header.functions)))
    bindings: list[Binding] = []
    uncovered: list[str] = []
    for function in header.functions:
        try:
            bindings.append(_bind_function(function))
        except UncoveredShapeError as error:
            uncovered.append(f"{function.signature} [{error}]")
    if uncovered:
        raise ReaderError(
            f"no rule covers {'; '.join(uncovered)}. In src/orthanc_sdk/binding, add each to callbacks.py or functions.py "
            "with its C++ file, or to NOT_FOR_SCRIPTS of exceptions.py"
        )
    check_fields([binding.function for binding in bindings if binding.bound and binding.function])
    known = {short_name(function.name): function for function in header.functions}
    for full_name, addition in exceptions.ADDITIONS.items():
        if addition.needs in known:
            owner, _, name = full_name.rpartition(".")
            needs = known[addition.needs]
            bindings.append(
                Binding(None, Kind.HAND_WRITTEN, owner, name, _reason(addition), hand_written=addition, needs=needs)
            )
    _check_names(bindings)
    return Library(header, tuple(bindings))


def _dated(function: Function) -> Function:
    return replace(function, since=function.since or exceptions.SINCE.get(short_name(function.name), ""))


def _reason(entry: HandWritten) -> str:
    return f"{entry.file}: {entry.reason}"


def _check_names(bindings: list[Binding]) -> None:
    seen: dict[str, Binding] = {}
    for binding in bindings:
        if binding.bound and seen.setdefault(binding.python, binding) is not binding:
            raise ReaderError(f"two functions would be called orthanc.{binding.python} in Python")


def _bind_function(function: Function) -> Binding:
    short = short_name(function.name)
    parameters = [parameter for parameter in function.parameters if parameter.type.kind is not TypeKind.CONTEXT]
    inputs = [parameter for parameter in parameters if as_output(parameter) is None]
    receiver = inputs[0] if inputs and _is_handle(inputs[0].type) else None
    owner = short_name(receiver.type.name) if receiver else ""
    name = method_name(short, owner) if owner else short

    if short in exceptions.NOT_FOR_SCRIPTS:
        return Binding(function, Kind.NOT_FOR_SCRIPTS, "", short, exceptions.NOT_FOR_SCRIPTS[short])
    if short in exceptions.HAND_WRITTEN:
        entry = exceptions.HAND_WRITTEN[short]
        return Binding(function, Kind.HAND_WRITTEN, owner, entry.python or name, _reason(entry), hand_written=entry)
    if receiver and len(parameters) == 1 and function.name == _destructor_name(receiver.type.name):
        reason = f"called when the {owner} object goes away"
        return Binding(function, Kind.AUTOMATIC, owner, name, reason)

    outputs = tuple(output for output in map(as_output, parameters) if output)
    result = bind_result(function, outputs)
    arguments = _with_optional(bind_arguments(inputs[1:] if receiver else inputs, function.documentation), short)
    arguments = tuple(replace(argument, use=_use(short, argument)) for argument in arguments)
    code_in_result = short in exceptions.CODE_IN_RESULT and result is ResultShape.ERROR_CODE
    if code_in_result:  # what existing scripts unpack has plain numbers
        outputs = tuple(replace(each, shape=_AS_NUMBER.get(each.shape, each.shape)) for each in outputs)
    primitive = Primitive(
        receiver, arguments, outputs, result, _is_quick(short, receiver, arguments, outputs, result), code_in_result
    )
    reason = exceptions.CODE_IN_RESULT.get(short, "") or exceptions.UNREACHABLE.get(owner, "")
    return Binding(function, Kind.GENERATED, owner, name, reason, primitive)


def _with_optional(arguments: tuple[Argument, ...], short: str) -> tuple[Argument, ...]:
    names = [argument.name for argument in arguments]
    first = names.index(exceptions.OPTIONAL_FROM[short]) if short in exceptions.OPTIONAL_FROM else len(names)
    return tuple(replace(argument, optional=position >= first) for position, argument in enumerate(arguments))


def _use(short: str, argument: Argument) -> Use:
    """Where a text ends up: Orthanc may write each in a header or in its log, unless it is content."""
    if argument.shape is ArgumentShape.MAPPING:
        return Use.LINE  # the SDK has mappings for headers only
    if argument.shape not in (ArgumentShape.TEXT, ArgumentShape.OPTIONAL_TEXT):
        return Use.PLAIN
    if argument.name in exceptions.LOG_TEXTS.get(short, ()):
        return Use.LOG
    if argument.name in exceptions.LOG_LINES.get(short, ()):
        return Use.LOG_LINE
    return Use.PLAIN if argument.name in exceptions.FREE_TEXTS.get(short, {}) else Use.LINE


def _is_handle(kind: CType) -> bool:
    return kind.kind is TypeKind.HANDLE and kind.depth == 1


def _destructor_name(handle: str) -> str:
    return f"{PREFIX}Free{short_name(handle)}"


_QUICK_ARGUMENTS = {ArgumentShape.TEXT, ArgumentShape.OPTIONAL_TEXT, ArgumentShape.INTEGER, ArgumentShape.REAL}
_QUICK_RESULTS = {ResultShape.BORROWED_TEXT, ResultShape.INTEGER, ResultShape.REAL, ResultShape.ENUMERATION}


def _is_quick(
    short: str,
    receiver: Parameter | None,
    arguments: tuple[Argument, ...],
    outputs: tuple[Output, ...],
    result: ResultShape,
) -> bool:
    """Return whether a function keeps the GIL: the table's do, and getters that read an object's memory.

    Whatever could wait for a lock must release the GIL: the lock's holder may be waiting for the GIL.
    """
    if short in exceptions.QUICK:
        return True
    getter = receiver is not None and not outputs and result in _QUICK_RESULTS
    return getter and short not in exceptions.SLOW and all(argument.shape in _QUICK_ARGUMENTS for argument in arguments)
