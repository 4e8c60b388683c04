# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions and methods of the module are what the standard library takes for routines: inspect, help and pickle know them."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from conftest import Servers
from remote import SCRIPT, Remote

# The functions of the module, and the methods of its classes, by name. Enumerations have no methods of their own.
ROUTINES = """
import inspect, io, operator, pickle, pydoc
functions, methods = {}, {}
for name in dir(orthanc):
    if name.startswith("__"):
        continue  # of every module
    each = getattr(orthanc, name)
    if not isinstance(each, type):
        if callable(each):
            functions[name] = each
    elif not issubclass(each, (int, Exception)):
        found = {f"{name}.{key}": value for key, value in vars(each).items() if callable(value)}
        methods.update({key: value for key, value in found.items() if not key.rpartition(".")[2].startswith("__")})
routines = {**functions, **methods}
assert len(functions) > 90 and len(methods) > 60, (len(functions), len(methods))
"""


@pytest.fixture(scope="module")
def remote(module_orthanc: Servers) -> Remote:
    return Remote(module_orthanc(SCRIPT))


@pytest.fixture(scope="module")
def stub(build: Path) -> dict[str, list[tuple[str, str]]]:
    """The parameters of each function and method of the stub: names, and the texts of the defaults."""
    found: dict[str, list[tuple[str, str]]] = {}
    for statement in ast.parse(build.joinpath("orthanc.pyi").read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.FunctionDef):
            found[statement.name] = parameters(statement)
        elif isinstance(statement, ast.ClassDef) and not statement.name.startswith("_"):
            methods = [each for each in statement.body if isinstance(each, ast.FunctionDef) and not each.name.startswith("__")]
            found.update({f"{statement.name}.{each.name}": parameters(each) for each in methods})
    return found


def parameters(function: ast.FunctionDef) -> list[tuple[str, str]]:
    arguments = function.args.posonlyargs + function.args.args
    defaults = [""] * (len(arguments) - len(function.args.defaults)) + [ast.unparse(each) for each in function.args.defaults]
    return list(zip([argument.arg for argument in arguments], defaults, strict=True))


def test_all_are_routines(remote: Remote) -> None:
    kinds = remote(f"""{ROUTINES}
listed = dict(inspect.getmembers(orthanc, inspect.isroutine))
result = {{
    "no routine": [name for name, each in routines.items() if not inspect.isroutine(each)],
    "not listed": [name for name in functions if name not in listed],
    "no built-in function": [name for name, each in functions.items() if not inspect.isbuiltin(each)],
    "no method": [name for name, each in methods.items() if not inspect.ismethoddescriptor(each)],
}}
""")
    assert {key: names for key, names in kinds.items() if names} == {}


def test_special_methods_are_routines(remote: Remote) -> None:
    """The special methods of the plugin's own classes: iterators, and the end of a with block."""
    wrong = remote("""
import inspect
names = {orthanc._HttpAnswer: ("__enter__", "__exit__", "__iter__", "__next__"), orthanc._RequestBody: ("__iter__", "__next__")}
methods = [vars(kind)[name] for kind, listed in names.items() for name in listed]
result = [each.__qualname__ for each in methods if not (inspect.isroutine(each) and inspect.signature(each) and each.__doc__)]
""")
    assert wrong == []


def test_names_and_module(remote: Remote) -> None:
    wrong = remote(f"""{ROUTINES}
result = [name for name, each in routines.items() if each.__qualname__ != name or each.__name__ != name.rpartition(".")[2]]
result += [name for name, each in functions.items() if each.__module__ != "orthanc" or each.__self__ is not orthanc]
result += [name for name, each in methods.items() if each.__objclass__.__qualname__ != name.partition(".")[0]]
""")
    assert wrong == []


def test_signatures_are_those_of_the_stub(remote: Remote, stub: dict[str, list[tuple[str, str]]]) -> None:
    signatures: dict[str, Any] = remote(f"""{ROUTINES}
def described(function):
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError as error:
        return str(error)
    assert all(each.kind is each.POSITIONAL_OR_KEYWORD or each.name == "self" for each in parameters), function
    return [(each.name, "" if each.default is each.empty else repr(each.default)) for each in parameters]

result = {{name: described(each) for name, each in routines.items() if not name.startswith("_")}}
""")
    assert set(signatures) == set(stub)
    # The stub names the members of enumerations, whose values are integers.
    members = {"DicomWebBinaryMode.INLINE_BINARY": remote.value("str(orthanc.DicomWebBinaryMode.INLINE_BINARY)")}
    expected = {
        name: [[each, members.get(default, default)] for each, default in arguments] for name, arguments in stub.items()
    }
    assert {name: found for name, found in signatures.items() if found != expected[name]} == {}
    assert {"headers", "body"} <= {name for name, default in stub["HttpClient"] if default == "None"}


def test_signature_of_a_bound_method(remote: Remote) -> None:
    remote("""
        import inspect
        signature = inspect.signature(output.AnswerBuffer)
        assert str(signature) == "(answer, mimeType)", signature
        assert signature.bind(b"", mimeType="text/plain").arguments == {"answer": b"", "mimeType": "text/plain"}
    """)


def test_documentation(remote: Remote) -> None:
    wrong = remote(f"""{ROUTINES}
def documented(function):
    text = inspect.getdoc(function)
    return text is not None and text.strip() and "--" not in text.splitlines()[:2] and function.__text_signature__ is not None

result = [name for name, each in routines.items() if not documented(each)]
""")
    assert wrong == []
    text = remote.value("orthanc.RestApiGet.__doc__")
    assert "Types: (uri: str) -> bytes" in text and "OrthancPluginRestApiGet" in text


def test_help(remote: Remote) -> None:
    remote(f"""{ROUTINES}
for name, each in routines.items():
    text = pydoc.render_doc(each, renderer=pydoc.plaintext)
    first = name.rpartition(".")[2]
    shown = "".join(text.replace("method of orthanc", "").split())  # from CPython 3.13 on, a parameter a line
    assert "".join((first + str(inspect.signature(each))).split()) in shown, text
    assert inspect.getdoc(each).splitlines()[0] in text, text
printed = pydoc.render_doc(orthanc, renderer=pydoc.plaintext)
missing = [name for name in functions if not name.startswith("_") and f"    {{name}}(" not in printed]
assert missing == [], missing
assert "FUNCTIONS" in printed and "AnswerBuffer(self, /, answer, mimeType)" in printed
""")


def test_pickle_by_name(remote: Remote) -> None:
    remote(f"""{ROUTINES}
import copy
for name, each in routines.items():
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        content = pickle.dumps(each, protocol)
        assert pickle.loads(content) is each, name
        assert len(content) < 120, content
    assert copy.deepcopy(each) is each
""")


def test_functions_as_others_use_them(remote: Remote) -> None:
    remote("""
        import functools, inspect, types, typing, unittest.mock
        assert type(orthanc.RestApiGet) is types.BuiltinFunctionType
        assert type(orthanc.RestOutput.AnswerBuffer) is types.MethodDescriptorType
        assert type(output.AnswerBuffer) is types.BuiltinMethodType and output.AnswerBuffer.__self__ is output
        assert output.AnswerBuffer == output.AnswerBuffer and hash(orthanc.RestApiGet)
        assert repr(orthanc.RestApiGet) == "<built-in function RestApiGet>"
        wrapped = functools.wraps(orthanc.ComputeMd5)(lambda buffer: orthanc.ComputeMd5(buffer))
        assert wrapped.__name__ == "ComputeMd5" and inspect.signature(wrapped) == inspect.signature(orthanc.ComputeMd5)
        assert unittest.mock.create_autospec(orthanc.ComputeMd5)(buffer=b"") is not None
        class Holder:
            call = orthanc.ComputeMd5  # does not become a method
        assert Holder().call(b"") == orthanc.ComputeMd5(b"") == functools.partial(orthanc.ComputeMd5, buffer=b"")()
    """)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("orthanc.GetTagName(1)", "GetTagName() is missing the argument 'element' (position 2)"),
        ("orthanc.GetTagName()", "GetTagName() is missing the argument 'group' (position 1)"),
        ("orthanc.RestApiGet(5)", "RestApiGet() argument 'uri' must be str, not int"),
        ("orthanc.RestApiGet(uri=None)", "RestApiGet() argument 'uri' must be str, not None"),
        ("orthanc.RestApiGet('/system', '/system')", "RestApiGet() takes at most 1 argument (2 given)"),
        ("orthanc.RestApiGet('/system', uri='/system')", "RestApiGet() got multiple values for argument 'uri'"),
        (
            "orthanc.RestApiPost('/system', b'', url=5)",
            "RestApiPost() got an unexpected keyword argument 'url'; its arguments are uri, body",
        ),
        ("orthanc.GetFontsCount(5)", "GetFontsCount() takes no arguments (1 given)"),
        ("orthanc.RegisterOnChangeCallback(5)", "RegisterOnChangeCallback() argument 'callback' must be callable, not int"),
        ("orthanc.CreateImage('RGB24', 1, 1)", "CreateImage() argument 'format' must be PixelFormat, not str"),
        ("orthanc.ComputeMd5(5)", "ComputeMd5() argument 'buffer' must be bytes-like, str or None, not int"),
        ("output.AnswerBuffer(b'')", "RestOutput.AnswerBuffer() is missing the argument 'mimeType' (position 2)"),
        ("output.AnswerBuffer(b'', mimeType=5)", "RestOutput.AnswerBuffer() argument 'mimeType' must be str, not int"),
        (
            "orthanc.RestOutput.__new__(orthanc.RestOutput).AnswerBuffer(b'', '')",
            "RestOutput.AnswerBuffer() needs an object that Orthanc has made",
        ),
        (
            "orthanc.CreateDicom('{}', output, 0)",
            "CreateDicom() argument 'pixelData' must be Image or None, not RestOutput",
        ),
    ],
)
def test_texts_of_type_errors(remote: Remote, call: str, text: str) -> None:
    error = remote.error(call)
    (found,) = error.arguments
    # From CPython 3.13 on, the name of a type has its module's.
    assert (error.kind, found.replace("not orthanc.", "not ")) == ("TypeError", text)


def test_keywords(remote: Remote) -> None:
    remote("""
        name = "".join(["pri", "vate", "Creator"])  # not interned
        assert orthanc.GetTagName(0x10, element=0x20, **{name: None}) == orthanc.GetTagName(0x10, 0x20, "") == "PatientID"
        assert orthanc.GetTagName(privateCreator="", element=0x20, group=0x10) == "PatientID"
        class Name(str):
            pass
        assert orthanc.GetTagName(**{Name("group"): 0x10, Name("element"): 0x20, Name("privateCreator"): ""}) == "PatientID"
        assert orthanc.HttpGet.__text_signature__ == "($module, url, username=None, password=None)"
        dicom = orthanc.CreateDicom(flags=orthanc.CreateDicomFlags.GENERATE_IDENTIFIERS, pixelData=None, json="{}")
        assert orthanc.CreateFindMatcher(query=dicom).IsMatch(dicom=dicom) == 1
    """)
