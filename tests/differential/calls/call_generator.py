# SPDX-License-Identifier: GPL-3.0-or-later
"""Generates calls of the functions and methods that both plugins have, with right arguments and with wrong ones of many kinds.

The parameters are those of our stub. A call is a text of Python, and its kind says what is wrong, such as `None for text`.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

API = Path(__file__).resolve().parents[2] / "integration" / "data" / "established_api.json"
GROUPS = {"RestOutput": "output", "FindQuery": "find", "FindAnswers": "find", "DicomConnection": "find"}
GROUPS |= {"WorklistQuery": "worklist", "WorklistAnswers": "worklist"}
CHUNKS = 6  # of the functions that need no callback
NAMES = [*(f"module {number}" for number in range(CHUNKS)), *dict.fromkeys(GROUPS.values()), "start"]

# The names of objects in call_script.py. Nothing in the established plugin makes an object of the other classes.
OBJECTS = {
    "RestOutput": "output",
    "DicomInstance": "instance",
    "Image": "image",
    "FindMatcher": "matcher",
    "FindQuery": "find_query",
    "FindAnswers": "find_answers",
    "DicomConnection": "connection",
    "WorklistQuery": "worklist_query",
    "WorklistAnswers": "worklist_answers",
    "KeysValuesIterator": "iterator",
    "Peers": "peers",
}

# Right values, by the name of the parameter, else by its kind.
NAMED = {
    "url": "web",
    "path": "'missing'",
    "uri": "'/modalities'",
    "pathRegularExpression": "'/unused'",
    "dicom": "dicom",
    "query": "query",
    "transferSyntax": "'1.2.840.10008.1.2'",
    "json": '\'{"PatientID": "x"}\'',
    "property": "5000",
    "pitch": "6",
    "width": "2",
    "height": "2",
    "level": "0",
    "expectedMajor": "0",
    "code": "50001",
    "httpStatus": "404",
    "status": "404",
    "instanceId": "instance_id",
    "name": "'PatientID'",
    "group": "16",
    "element": "16",
}
RIGHT = {
    "text": "'x'",
    "data": "b'x'",
    "number": "1",
    "float": "1.5",
    "enumeration": "1",
    "Image": "image",
    "WorklistQuery": "worklist_query",
    "function": "callback",
    "dictionary": "{'a': 'b'}",
}
RIGHT_IN = {
    ("UncompressImage", "format"): "0",
    ("AcknowledgeQueueValue", "valueId"): "9",
    ("CreateDicomInstance", "buffer"): "dicom",
    ("CreateImageFromBuffer", "buffer"): "bytes(12)",
    ("CompressJpegImage", "buffer"): "bytes(12)",
    ("CompressPngImage", "buffer"): "bytes(12)",
    ("CompressAndAnswerJpegImage", "buffer"): "bytes(12)",
    ("CompressAndAnswerPngImage", "buffer"): "bytes(12)",
    ("DecodeDicomImage", "buffer"): "dicom",
    ("DicomBufferToJson", "buffer"): "dicom",
    ("TranscodeDicomInstance", "buffer"): "dicom",
}
WRONG = {
    "text": {
        "None": "None", "int": "1", "bytes": "b'x'", "list": "[]", "empty str": "''", "NUL": r"'a\0b'",
        "surrogate": r"'\udc80'", "object": "object()",
    },
    "data": {
        "None": "None", "int": "1", "str": "'x'", "empty str": "''", "empty bytes": "b''", "bytearray": "bytearray(b'x')",
        "memoryview": "memoryview(b'x')", "list": "[]", "bytes with NUL": r"b'\0\xff'",
    },
    "number": {
        "None": "None", "str": "'x'", "float": "1.5", "True": "True", "-1": "-1", "2**31": "2**31", "2**32": "2**32",
        "2**64": "2**64",
    },
    "float": {"None": "None", "str": "'x'", "int": "1", "True": "True", "2**64": "2**64"},
    "enumeration": {
        "None": "None", "str": "'x'", "float": "1.5", "True": "True", "-1": "-1", "9999": "9999", "2**32": "2**32",
        "2**64": "2**64",
    },
    "Image": {"None": "None", "int": "1", "str": "'x'", "other object": "matcher"},
    "WorklistQuery": {"None": "None", "int": "1", "str": "'x'", "other object": "worklist_answers"},
    "function": {"None": "None", "int": "1", "str": "'x'"},
    "dictionary": {"None": "None", "int": "1", "str": "'x'", "empty dict": "{}", "dict of int": "{1: 2}", "list": "[]"},
}  # fmt: skip

# The established plugin reads beyond the arguments; the result is what was in the memory; it is random.
LEFT_OUT = ["GetCommandLineArgument", "CreateMemoryBuffer", "GetDatabaseServerIdentifier"]
# The established plugin reads beyond a buffer that is too small for the image: these get no wrong numbers and no small buffers.
READING = [
    "CompressAndAnswerJpegImage",
    "CompressAndAnswerPngImage",
    "CompressJpegImage",
    "CompressPngImage",
    "CreateImageFromBuffer",
]
SAFE = {"number": ["None", "str", "float"], "data": ["int", "list"]}


@dataclass(frozen=True)
class Parameter:
    name: str
    kind: str


@dataclass(frozen=True)
class Function:
    """`owner` is the class of a method, or empty."""

    owner: str
    name: str
    parameters: tuple[Parameter, ...]

    @property
    def right(self) -> list[str]:
        return [RIGHT_IN.get((self.name, each.name)) or NAMED.get(each.name) or RIGHT[each.kind] for each in self.parameters]


@dataclass(frozen=True)
class Call:
    kind: str
    code: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.code}"


# Kinds by what the annotation has, the first that fits.
KINDS = {"_Bytes": "data", "Buffer": "data", "| int": "enumeration", "dict[": "dictionary", "_Headers": "dictionary"}
KINDS |= {"str": "text", "int": "number", "float": "float", "Image": "Image", "WorklistQuery": "WorklistQuery"}


def kind_of(annotation: str) -> str:
    first = annotation.partition(" | ")[0]
    for text, kind in KINDS.items():
        if text == first or (text in annotation and kind in ("data", "enumeration", "dictionary")):
            return kind
    return "function"


def functions(stub: Path, generation: str) -> Iterator[Function]:
    """Return the functions that both have."""
    known = {name for name, kind in json.loads(API.read_text())[generation].items() if kind in ("routine", "descriptor")}
    known -= set(LEFT_OUT)
    for node in ast.parse(stub.read_text(encoding="utf-8")).body:
        owner = node.name if isinstance(node, ast.ClassDef) else ""
        for each in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(each, ast.FunctionDef) and (f"{owner}.{each.name}" if owner else each.name) in known:
                parameters = [
                    Parameter(argument.arg, kind_of(ast.unparse(argument.annotation)))
                    for argument in each.args.args
                    if argument.annotation is not None
                ]
                yield Function(owner, each.name, tuple(parameters))


def calls(function: Function) -> Iterator[Call]:
    """Return the calls of one function."""
    target = f"orthanc.{function.name}"
    if function.owner:
        unbound = f"orthanc.{function.owner}.{function.name}"
        yield Call("no object", f"{unbound}()")
        yield Call("None for the object", f"{unbound}({', '.join(['None', *function.right])})")
        if function.owner not in OBJECTS:
            return
        target = f"{OBJECTS[function.owner]}.{function.name}"
    right = function.right
    if right:
        yield Call("no arguments", f"{target}()")
    if len(right) > 1:
        yield Call("one too few", f"{target}({', '.join(right[:-1])})")
    yield Call("one too many", f"{target}({', '.join([*right, 'None'])})")
    yield Call("an unknown keyword", f"{target}({', '.join([*right, 'unknown=1'])})")
    for place, parameter in enumerate(function.parameters):
        for label, value in WRONG[parameter.kind].items():
            safe = function.name not in READING or label in SAFE.get(parameter.kind, [label])
            if safe and value != right[place]:
                arguments = [*right[:place], value, *right[place + 1 :]]
                yield Call(f"{label} for {parameter.kind}", f"{target}({', '.join(arguments)})")
    if right:
        keywords = (f"{each.name}={value}" for each, value in zip(function.parameters, right, strict=True))
        yield Call("keywords", f"{target}({', '.join(keywords)})")
    yield Call("right", f"{target}({', '.join(right)})")


def groups(stub: Path, generation: str) -> dict[str, list[Call]]:
    """The calls by where they are made. Registrations are made by the import of the script: Orthanc cannot wait for others."""
    found: dict[str, list[Call]] = {name: [] for name in NAMES}
    for number, function in enumerate(functions(stub, generation)):
        usual = "start" if function.name.startswith("Register") else f"module {number % CHUNKS}"
        found[GROUPS.get(function.owner, usual)] += calls(function)
    return found
