# SPDX-License-Identifier: GPL-3.0-or-later
"""A script for Orthanc that calls every function of the module, and every method of every object it can get, in wrong ways.

The module's own signatures decide what is wrong: each argument in turn is given what its type does not allow,
the others what it does. Nothing of this may reach Orthanc.
"""

from __future__ import annotations

import gc
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orthanc

ALLOWED = (TypeError, ValueError, OverflowError, RuntimeError, BufferError, orthanc.OrthancException)
HUGE = 10**30

kept: list[Any] = []  # what Orthanc lent to a callback that has ended


class Text(str):
    """A subclass of str: it may be passed for one."""


class Failing:
    """Says that it is a number, and is none."""

    def __index__(self) -> int:
        raise ValueError("no number")


class Parameter:
    def __init__(self, text: str) -> None:
        self.name, _, kind = text.partition(": ")
        kind, _, default = kind.partition(" = ")
        self.optional = bool(default)
        self.none = kind.endswith(" | None")
        self.kind = kind.removesuffix(" | None")
        if self.kind != "int":
            self.kind = self.kind.removesuffix(" | int")  # of an enumeration


def parameters(function: Callable[..., Any]) -> list[Parameter]:
    """Return the parameters of a function, without its object."""
    text = (inspect.getdoc(function) or "").splitlines()[-1]
    inside = text[text.index("Types: (") + 8 : text.rindex(") ->")]
    return [Parameter(part) for part in re.split(r", (?![^\[]*\])", inside) if part]


def nothing() -> Iterator[float]:
    yield 1.0


def handles() -> dict[str, Any]:
    """A living object of each class that can be had without a callback."""
    instance = orthanc.CreateDicomInstance(DICOM)
    return {
        "DicomInstance": instance,
        "Image": orthanc.CreateImage(orthanc.PixelFormat.RGB24, 4, 3),
        "FindMatcher": orthanc.CreateFindMatcher(DICOM),
        "Peers": orthanc.GetPeers(),
        "Job": orthanc.CreateJob(nothing, "job"),
    }


def has(name: str) -> bool:
    return hasattr(orthanc, name) and orthanc.HasFunction(name)


DICOM = orthanc.CreateDicom('{"PatientName": "A"}', None, orthanc.CreateDicomFlags.GENERATE_IDENTIFIERS)
LIVING = handles()
GIVEN = orthanc.CreateJob(nothing, "given")


def good(parameter: Parameter) -> Any:
    kind = parameter.kind
    plain = {"str": "text", "bytes | str": b"data", "int": 1, "float": 1.0, "bool": True, "dict[str, str]": {"key": "value"}}
    if kind in plain:
        return plain[kind]
    if kind == "Callable":
        return good
    if kind in LIVING:
        return LIVING[kind]
    each = getattr(orthanc, kind, None)
    members = [getattr(each, name) for name in dir(each)] if isinstance(each, type) and issubclass(each, int) else []
    return members[0] if members else None


def wrong(parameter: Parameter) -> Iterator[Any]:
    """Return values that a parameter does not take."""
    kind = parameter.kind
    texts = ["\ud800", "a\0b", Text("a\0b"), b"bytes", bytearray(b"bytes"), memoryview(b"bytes")]
    integers = [HUGE, -HUGE, float("nan"), 1.5, "1", b"1", Failing()]
    values: dict[str, list[Any]] = {
        "str": [*texts, 5, HUGE, float("nan"), object(), str, []],
        "bytes | str": [5, float("nan"), object(), ["bytes"], "\ud800", memoryview(b"abcd")[::2], bytes],
        "int": [*integers, object(), int, []],
        "float": ["1.0", b"1", object(), [], 10**400],
        "bool": ["", object()],
        "dict[str, str]": [[("a", "b")], "text", {1: "a"}, {"a": 1}, {"a": None}, {"\ud800": ""}, {"a": "a\0b"}, {b"a": b"b"}],
        "Callable": [5, "text", b"bytes", {}, LIVING["Image"]],
        "object": [object(), HUGE, float("nan"), b"bytes", LIVING["Image"]],
    }
    if kind in values:
        yield from values[kind]
    elif kind in dir(orthanc) and issubclass(getattr(orthanc, kind), int):
        yield from [*integers, 987654321, -987654321, object(), getattr(orthanc, kind), "SUCCESS"]
    else:
        yield from (each for name, each in LIVING.items() if name != kind)
        yield from [5, "text", b"bytes", object(), getattr(orthanc, kind), GIVEN]
    if kind not in ("str", "object", "Callable"):
        yield from (LIVING["Peers"], LIVING["DicomInstance"]) if kind not in LIVING else ()
    if not parameter.none and kind != "object":
        yield None


def calls_of(function: Callable[..., Any]) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """The arguments and keywords of wrong calls."""
    taken = parameters(function)
    arguments = [good(parameter) for parameter in taken]
    required = [parameter for parameter in taken if not parameter.optional]
    for count in range(len(required)):
        yield tuple(arguments[:count]), {}
    yield (*arguments, None), {}
    yield (*arguments, *arguments, "more", "and more"), {}
    yield tuple(arguments), {"no_such_keyword": 1}
    yield tuple(arguments[: len(required) - 1]), {"no_such_keyword": 1}
    if taken:
        yield tuple(arguments), {taken[0].name: arguments[0]}
    for place, parameter in enumerate(taken):
        for value in wrong(parameter):
            yield (*arguments[:place], value, *arguments[place + 1 :]), {}
            rest = zip(taken[place:], [value, *arguments[place + 1 :]], strict=True)
            yield tuple(arguments[:place]), {each.name: argument for each, argument in rest}


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in dir(orthanc):
        each = getattr(orthanc, name)
        if inspect.isbuiltin(each) and not name.startswith("_"):  # the others are for the plugin's own code
            yield name, each


def classes() -> Iterator[tuple[str, type]]:
    for name in dir(orthanc):
        each = getattr(orthanc, name)
        if isinstance(each, type) and not name.startswith("_") and not issubclass(each, (int, Exception)):
            yield name, each


def methods(each: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in dir(each):
        method = getattr(each, name)
        if inspect.ismethoddescriptor(method) and not name.startswith("__"):
            yield name, method


def receivers(each: type) -> list[Any]:
    """Objects of a class: living ones, and such as may not be used any more."""
    return [found for found in (*LIVING.values(), *kept, GIVEN) if type(found) is each]


def is_in_orthanc(owner: str, each: type) -> bool:
    return any(orthanc.HasFunction(f"{owner}.{name}") for name, _ in methods(each))


def ended(found: Any) -> bool:
    return found is GIVEN or any(found is each for each in kept)


def all_calls() -> Iterator[tuple[str, Callable[..., Any], tuple[Any, ...], dict[str, Any]]]:
    for name, function in functions():
        for arguments, keywords in calls_of(function):
            yield name, function, arguments, keywords
    for owner, each in classes():
        yield owner, each, (), {}  # objects come from Orthanc alone
        yield owner, each, (1, "text"), {"key": None}
        for name, method in methods(each):
            full_name = f"{owner}.{name}"
            valid = tuple(good(parameter) for parameter in parameters(method))
            for receiver in receivers(each):
                for arguments, keywords in calls_of(method):
                    yield full_name, method, (receiver, *arguments), keywords
                if ended(receiver):
                    yield f"{full_name} of an ended object", method, (receiver, *valid), {}
            for stranger in (None, 5, "text", object(), each, *(other for other in LIVING.values() if type(other) is not each)):
                yield f"{full_name} of a stranger", method, (stranger, *valid), {}
            yield full_name, method, (), {}


def attempt(function: Callable[..., Any], arguments: tuple[Any, ...], keywords: dict[str, Any]) -> str:
    """Return what is wrong with the answer to a wrong call, or ""."""
    try:
        result = function(*arguments, **keywords)
    except ALLOWED as error:
        return "" if str(error) else f"raised {type(error).__name__} without a text"
    except BaseException as error:
        return f"raised {error!r}"
    return f"returned {result!r}"


def run(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    """Make all wrong calls so many times; answer how many they were, and what was wrong with the answers."""
    count, findings, names = 0, set(), set()
    for _ in range(int(request["groups"][0])):
        for name, function, arguments, keywords in all_calls():
            count += 1
            names.add(name)
            finding = attempt(function, arguments, keywords)
            if finding:
                findings.add(f"{name}(*{arguments!r}, **{keywords!r}) {finding}"[:400])
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    answer = {
        "calls": count,
        "findings": sorted(findings),
        "pages": pages,
        "blocks": sys.getallocatedblocks(),  # of memory that Python objects take
        "names": sorted(names),
        "untried": [owner for owner, each in classes() if not receivers(each) and is_in_orthanc(owner, each)],
    }
    output.AnswerBuffer(json.dumps(answer), "application/json")


def keep(*arguments: Any, **request: Any) -> int:
    kept.extend(each for each in arguments if type(each).__module__ == "orthanc" and not isinstance(each, int))
    return 0


def answer_and_keep(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    keep(output)
    GIVEN.SubmitJob()
    if has("CreateKeysValuesIterator"):  # needs the database, not there yet at the start
        LIVING["KeysValuesIterator"] = orthanc.CreateKeysValuesIterator("store")
    output.AnswerBuffer("kept", "text/plain")


orthanc.RegisterRestCallback("/wrong-calls/(.*)", run)
orthanc.RegisterRestCallback("/keep", answer_and_keep)
orthanc.RegisterOnStoredInstanceCallback(keep)
for kind in ("Find", "Worklist"):
    second = f"Register{kind}Callback2"
    getattr(orthanc, second if has(second) else f"Register{kind}Callback")(keep)
