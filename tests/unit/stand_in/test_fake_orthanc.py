# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in for the module orthanc, made from the real header."""

from __future__ import annotations

import array
import ast
import importlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from orthanc_python.testing import Fake, Unanswered, fake_orthanc
from tests.unit.sdk_headers import put_stand_in

SCRIPT = """
import json
import orthanc

def count(output, uri, **request):
    studies = json.loads(orthanc.RestApiGet("/studies"))
    output.AnswerBuffer(f"{request['method']} {len(studies)} {request['groups'][0]}", "text/plain")

orthanc.RegisterRestCallback("/count/(.*)", count)
"""


@pytest.fixture
def fake(sdk_files: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    put_stand_in(sdk_files["testing.py"], tmp_path, monkeypatch)
    with fake_orthanc() as fake:
        yield fake
    assert "orthanc" not in sys.modules


def definitions(tree: ast.AST) -> set[str]:
    """Each function with its signature, and each member of an enumeration."""
    found = set()
    for node in ast.walk(tree):
        owner = getattr(node, "name", "")
        if owner.startswith("_") or owner == "OrthancException":
            continue
        for each in getattr(node, "body", []) if isinstance(node, (ast.ClassDef, ast.Module)) else []:
            if isinstance(each, ast.FunctionDef) and not each.name.startswith("_"):
                found.add(
                    f"{owner}.{each.name}({ast.unparse(each.args)}) -> {ast.unparse(each.returns) if each.returns else ''}"
                )
            elif isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant | ast.UnaryOp):
                found.add(f"{owner}.{ast.unparse(each.targets[0])}")
            elif isinstance(each, ast.AnnAssign) and ast.unparse(each.annotation).startswith("Final["):
                found.add(f"{owner}.{ast.unparse(each.target)}")
    return found


def test_same_as_the_stub(sdk_files: Mapping[str, str]) -> None:
    names = definitions(ast.parse(sdk_files["orthanc.pyi"]))
    assert len(names) > 300
    assert definitions(ast.parse(sdk_files["testing.py"])) == names


def test_script(fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "my_plugin.py").write_text(SCRIPT)
    fake.load(tmp_path / "my_plugin.py")
    with pytest.raises(Unanswered, match=r"the script calls RestApiGet\(uri='/studies'\)"):
        fake.rest("/count/a")
    fake.answer("RestApiGet", b'["one", "two"]')
    assert fake.rest("/count/a").body == b"GET 2 a"
    fake.answer("RestApiGet", lambda uri: b"[]" if uri == "/studies" else b"")
    assert fake.rest("/count/b", "POST", b"text").body == b"POST 0 b"
    assert [call.arguments for call in fake.calls_of("RestApiGet")] == [{"uri": "/studies"}] * 3
    with pytest.raises(AssertionError, match="no REST callback is registered for /other"):
        fake.rest("/other")


def test_request_of_a_rest_callback(fake: Fake, tmp_path: Path) -> None:
    """As Orthanc gives it: headers in lower case, and an empty text for a group that has matched nothing."""
    (tmp_path / "my_plugin.py").write_text("""
import orthanc
seen = []
orthanc.RegisterRestCallback("/(a)?(b)?", lambda output, uri, **request: seen.append(request))
orthanc.RegisterIncomingHttpRequestFilter(lambda uri, **request: not seen.append(request))
""")
    script = fake.load(tmp_path / "my_plugin.py")
    fake.rest("/b", headers={"X-Token": "T"})
    assert script.seen.pop() == {"method": "GET", "groups": ("", "b"), "headers": {"x-token": "T"}, "get": {}}
    assert fake.allows("/b", headers={"X-Token": "T"})
    assert script.seen.pop()["headers"] == {"x-token": "T"}


HELPER = """
import orthanc

orthanc.RegisterRestCallback("/helped", lambda output, uri, **request: output.AnswerBuffer("helped", "text/plain"))
"""
IMPORTING = """
import first_helper
import orthanc

def late(output, uri, **request):
    import second_helper
    output.AnswerBuffer(second_helper.TEXT, "text/plain")

orthanc.RegisterRestCallback("/late", late)
"""


def test_modules_of_the_folder(fake: Fake, tmp_path: Path) -> None:
    """As in Orthanc, a callback can import them, and each test has them anew."""
    path = sys.path.copy()
    (tmp_path / "first_helper.py").write_text(HELPER)
    (tmp_path / "second_helper.py").write_text("TEXT = 'late'\n")
    (tmp_path / "importing.py").write_text(IMPORTING)
    for _ in range(2):
        with fake_orthanc() as each:
            each.load(tmp_path / "importing.py")
            assert (each.rest("/helped").body, each.rest("/late").body) == (b"helped", b"late")
        assert sys.path == path
        assert not {"first_helper", "second_helper", "importing"} & sys.modules.keys()


def test_modules_that_were_there_before(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's own modules may be in the script's folder."""
    (tmp_path / "tests_own.py").write_text("")
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "installed_there.py").write_text("")
    (tmp_path / "my_plugin.py").write_text("import sys\nimport tests_own\n")
    monkeypatch.syspath_prepend(tmp_path)
    own = importlib.import_module("tests_own")
    with fake_orthanc() as each:
        each.load(tmp_path / "my_plugin.py")
        monkeypatch.syspath_prepend(tmp_path / "site-packages")
        installed = importlib.import_module("installed_there")
    assert sys.modules.pop("tests_own") is own and sys.modules.pop("installed_there") is installed


@pytest.mark.parametrize("name", ["queue", "pytest"])
def test_script_with_the_name_of_another_module(fake: Fake, tmp_path: Path, name: str) -> None:
    """As in Orthanc: libraries keep theirs, also those that are imported later."""
    (tmp_path / f"{name}.py").write_text("import logging.handlers, queue\nQUEUE = queue.Queue\n")
    former = sys.modules.get(name)
    script = fake.load(tmp_path / f"{name}.py")
    assert script.__name__ == f"{name}_script" and script.QUEUE
    assert sys.modules[name] is (former or importlib.import_module(name)) is not script
    fake.unload()
    assert f"{name}_script" not in sys.modules and sys.modules[name] is not script


def test_script_that_another_has_imported(fake: Fake, tmp_path: Path) -> None:
    """It runs once."""
    (tmp_path / "first_script.py").write_text("import helping_script\n")
    (tmp_path / "helping_script.py").write_text(HELPER)
    first = fake.load(tmp_path / "first_script.py")
    assert fake.load(tmp_path / "helping_script.py") is first.helping_script
    assert len(fake.calls_of("RegisterRestCallback")) == 1


def test_signatures_errors_and_enumerations(fake: Fake) -> None:
    module = fake.module
    with pytest.raises(TypeError):
        module.RestApiGet()
    fake.answer("RestApiGet", module.OrthancException(module.ErrorCode.UNKNOWN_RESOURCE, "gone"))
    with pytest.raises(module.OrthancException) as error:
        module.RestApiGet("/studies")
    assert error.value.args == (17, "gone")
    assert f"{module.ChangeType.NEW_STUDY}" == str(int(module.ChangeType.NEW_STUDY))
    with pytest.raises(AttributeError, match="no function RestApiGot"):
        fake.answer("RestApiGot", b"")
    with pytest.raises(AttributeError, match="no function RegisterRestCalback"):
        fake.calls_of("RegisterRestCalback")
    module.LogWarning("text")  # has no result, and needs no answer
    assert fake.calls[-1].name == "LogWarning"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            "RestApiPost('/tools/find', {'Level': 'Study'})",
            "RestApiPost() argument 'body' must be bytes-like, str or None, not dict",
        ),
        ("RestApiGet(b'/system')", "RestApiGet() argument 'uri' must be str, not bytes"),
        ("RestApiGet(None)", "RestApiGet() argument 'uri' must be str, not None"),
        (
            "RestOutput().AnswerBuffer(5, None)",
            "RestOutput.AnswerBuffer() argument 'answer' must be bytes-like, str or None, not int",
        ),
        ("RestOutput().AnswerBuffer('a', None)", "RestOutput.AnswerBuffer() argument 'mimeType' must be str, not None"),
        ("LogWarning(5)", "LogWarning() argument 'message' must be str, not int"),
        ("RegisterRestCallback('/x', None)", "RegisterRestCallback() argument 'callback' must be callable, not None"),
        ("RegisterMoveCallback2(print, print, print, 5)", "RegisterMoveCallback2() argument 'free' must be callable, not int"),
        ("CreateImage('RGB24', 1, 1)", "CreateImage() argument 'format' must be PixelFormat, not str"),
        ("GetErrorDescription('17')", "GetErrorDescription() argument 'error' must be int, not str"),
        ("CreateImage(1, 1.5, 1)", "CreateImage() argument 'width' must be int, not float"),
        ("HttpGet('http://a', 5, None)", "HttpGet() argument 'username' must be str or None, not int"),
    ],
)
def test_arguments_of_a_wrong_type(fake: Fake, call: str, said: str) -> None:
    """They raise the error of the plugin, and no call is recorded."""
    with pytest.raises(TypeError) as error:
        eval(f"orthanc.{call}", {"orthanc": fake.module})
    assert (str(error.value), fake.calls) == (said, [])


class Number:
    """Stands for numpy's integers, as an error code of a plugin."""

    def __index__(self) -> int:
        return 17


def test_arguments_of_a_right_type(fake: Fake) -> None:
    for name in ("RestApiPost", "HttpGet", "CreateImage"):
        fake.answer(name, None)
    for body in ("text", b"bytes", bytearray(), memoryview(b""), array.array("B"), None):
        fake.module.RestApiPost("/tools/find", body)
    fake.module.HttpGet("http://a", None, "secret")
    fake.module.CreateImage(fake.module.PixelFormat(1), True, 1)
    fake.module.RegisterRestCallback("/x", print)
    fake.answer("GetErrorDescription", "")
    fake.module.GetErrorDescription(Number())
    assert len(fake.calls) == 10


def test_exception(fake: Fake) -> None:
    """It takes what the plugin's takes, and has the attribute that HttpClient sets."""
    exception = fake.module.OrthancException
    for arguments in ((), (17,), ("text",), ("text", 17), (17, "gone", 3)):
        assert exception(*arguments).args == arguments
    error = exception(17, "gone")
    assert error.http_status is None
    error.http_status = 404
    assert (error.http_status, exception.http_status, exception.__module__) == (404, None, "orthanc")
    with pytest.raises(TypeError, match="takes no keyword arguments"):
        exception(code=17, description="gone")


def test_enumerations(fake: Fake) -> None:
    orthanc = sys.modules["orthanc"]
    assert type(orthanc.ChangeType.NEW_STUDY) is int
    assert orthanc.ChangeType(6).name == "NEW_STUDY" and orthanc.ChangeType(6) == 6
    names = dir(orthanc.ChangeType)
    assert "NEW_STUDY" in names and all(type(getattr(orthanc.ChangeType, name)) is int for name in names)
    assert orthanc.DicomToJsonFlags(9).name == "INCLUDE_BINARY|INCLUDE_PIXEL_DATA"
    with pytest.raises(ValueError, match="99999 is not a valid ChangeType"):
        orthanc.ChangeType(99999)
