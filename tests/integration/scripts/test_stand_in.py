# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in for tests without Orthanc raises what the plugin raises: both get the same calls."""

from __future__ import annotations

import inspect
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote

import pytest
from conftest import Servers
from remote import SCRIPT, Remote

from orthanc_python.testing import Fake, Handle, fake_orthanc, recorder
from tests.unit.sdk_headers import MISSING, header_paths, put_stand_in, rendered

# Values that each kind of argument takes, and others that it refuses. The latter must have no effect in Orthanc.
GOOD = {
    "str": "'text'",
    "_Bytes": "b'data'",
    "Buffer": "b'data'",
    "int": "1",
    "float": "1.0",
    "_Headers": "{}",
    "_Job": "generator",
}
TEXTS = ["'a\\0b'", "'\\ud800'", "'a\\nb'", "'a\\x9bb'", "b'bytes'", "5", "[]"]
NUMBERS = ["10**30", "-10**30", "2**64", "2**32 + 2**31", "-2**40", "1.5", "'1'", "b'1'", "[]", "None", "Failing()"]
WRONG = {
    "str": [*TEXTS, "None"],
    "str | None": TEXTS,
    "_Bytes": ["5", "1.5", "['bytes']", "{}", "'\\ud800'", "memoryview(b'abcd')[::2]", "bytes"],
    "int": NUMBERS,
    "int | None": [each for each in NUMBERS if each != "None"],
    "float": ["'1.0'", "b'1'", "[]", "10**400", "None", "1j"],
    "_Headers": [
        "[('a', 'b')]",
        "'text'",
        "{1: 'a'}",
        "{'a': 1}",
        "{'a': None}",
        "{'\\ud800': ''}",
        "{'a': 'a\\0b'}",
        "{'a\\n': 'b'}",
    ],
    "_DicomWebBinary": ["1.5", "[]", "True", "999", "'a\\0b'", "b'uri'"],
    "_HttpBody": ["5", "1.5"],
}
WRONG["Buffer"] = WRONG["_Bytes"]
MEMBERS = [*NUMBERS, "987654321", "-1", "orthanc.HttpMethod", "'GET'"]
CALLBACKS = ["None", "5", "'text'", "{}"]
RECEIVERS = {"DicomInstance", "FindMatcher", "Image", "Job", "Peers", "RestOutput"}
SECOND_NAMES = ("FindMatcherIsMatch",)  # whose errors name the first
REAL = """
    def generator():
        yield 1.0
    class Failing:
        def __index__(self):
            raise ValueError("no number")
    dicom = orthanc.CreateDicom('{"PatientName": "A"}', None, orthanc.CreateDicomFlags.GENERATE_IDENTIFIERS)
    objects = {
        "DicomInstance": orthanc.CreateDicomInstance(dicom), "FindMatcher": orthanc.CreateFindMatcher(dicom),
        "Image": orthanc.CreateImage(orthanc.PixelFormat.RGB24, 4, 3), "Job": orthanc.CreateJob(generator, "job"),
        "Peers": orthanc.GetPeers(), "RestOutput": output,
    }
    scope = {"orthanc": orthanc, "generator": generator, "Failing": Failing, **objects}
    def outcome(call):
        try:
            eval(call, scope)
        except Exception as error:
            return [type(error).__name__, str(error)]
        return None
"""


class Failing:
    def __index__(self) -> int:
        raise ValueError("no number")


def generator() -> Iterator[float]:
    yield 1.0


@pytest.fixture(scope="module")
def remote(module_orthanc: Servers) -> Remote:
    return Remote(module_orthanc(SCRIPT))


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    paths = header_paths()
    if not paths:
        pytest.fail(MISSING)
    put_stand_in(rendered(paths[-1])["testing.py"], tmp_path, monkeypatch)
    with fake_orthanc() as fake:
        yield fake


def wrong(kind: str, module: ModuleType, function: str) -> list[str]:
    """Return values that an argument does not take."""
    name = kind.removesuffix(" | int").removesuffix(" | None")
    each = getattr(module, name, None)
    if kind in WRONG:
        return WRONG[kind]
    if isinstance(each, type) and issubclass(each, Handle):
        others = ["5", "'text'", "b'bytes'", *sorted(RECEIVERS - {name, "RestOutput"})]
        return others if kind.endswith(" | None") else [*others, "None"]
    if isinstance(each, type):
        return MEMBERS
    return CALLBACKS if function.startswith("Register") and kind.startswith("_") and "WebDav" not in kind else []


def good(kind: str, module: ModuleType) -> str:
    name = kind.removesuffix(" | None")
    plain = name.removesuffix(" | int")
    if name in GOOD or name.startswith("_Job"):
        return GOOD.get(name, "generator")
    if name in RECEIVERS:
        return name
    members = getattr(module, plain, None)
    if isinstance(members, type) and dir(members) and not issubclass(members, Handle):
        return f"orthanc.{plain}.{dir(members)[0]}"
    return "generator" if name.startswith("_") and kind not in ("_DicomWebBinary", "_HttpBody") else "None"


def functions(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, each in vars(module).items():
        if inspect.isfunction(each) and not name.startswith("_"):
            yield f"orthanc.{name}", each
        if name in RECEIVERS:
            methods = [item for item in vars(each).items() if inspect.isfunction(item[1]) and item[0] not in SECOND_NAMES]
            yield from ((f"{name}.{method}", function) for method, function in methods)


def calls(module: ModuleType) -> Iterator[str]:
    """Each function, with a wrong value for each of its arguments in turn."""
    for name, function in functions(module):
        kinds = [each.annotation for each in inspect.signature(function).parameters.values() if each.name != "self"]
        arguments = [good(kind, module) for kind in kinds]
        for place, kind in enumerate(kinds):
            for value in wrong(kind, module, name.removeprefix("orthanc.")):
                yield f"{name}({', '.join([*arguments[:place], value, *arguments[place + 1 :]])})"


def outcome(call: str, scope: dict[str, Any]) -> list[str] | None:
    try:
        eval(call, scope)
    except AssertionError:  # the test has no answer for it: nothing is wrong with the call
        return None
    except Exception as error:
        return [type(error).__name__, str(error)]
    return None


ODD_CALLS = [
    "orthanc.CompressPngImage(orthanc.PixelFormat.GRAYSCALE8, 4, 4, 4, b'short')",
    "orthanc.CreateImageFromBuffer(orthanc.PixelFormat.GRAYSCALE8, 4, 4, 4, 'short')",
    "RestOutput.CompressAndAnswerPngImage(orthanc.PixelFormat.GRAYSCALE8, 4, 4, 4, None)",
    "RestOutput.SendHttpStatus(200, b'body', 5)",
    "RestOutput.SendHttpStatus(70000, b'body')",
    "orthanc.CreateJob(5, 'job')",
    "orthanc.CreateDicom('{}', 'no image', 0)",
    "orthanc.CreateDicom('{}', None, 999)",
    "orthanc.RestApiGet2('/', [1], 0)",
    "orthanc.RegisterRestCallback('/route', print)",
    "orthanc.RegisterChunkedRestCallback('/route', print)",
]


def test_wrong_arguments(remote: Remote, fake: Fake) -> None:
    """Where Orthanc itself refuses a call, the stand-in cannot know."""
    objects = {name: getattr(fake.module, name)() for name in RECEIVERS}
    scope = {"orthanc": fake.module, "generator": generator, "Failing": Failing, **objects}
    made = [*calls(fake.module), *ODD_CALLS]
    real = remote(f"{REAL}\n    result = [outcome(call) for call in {made!r}]\n")
    compared, differences = 0, []
    for call, raised in zip(made, real, strict=True):
        if raised is not None and raised[0] in ("OrthancException", "AttributeError"):
            continue
        compared += raised is not None
        if raised is not None:  # from CPython 3.13 on, the name of a type has its module's
            raised = [each.replace("not orthanc.", "not ") if isinstance(each, str) else each for each in raised]
        with recorder.current.script(routes=False):  # as in Remote's callback
            own = outcome(call, scope)
        if own != raised:
            differences.append(f"{call}: the plugin {raised}, the stand-in {own}")
    recorder.current.unanswered.clear()
    assert not differences, f"{len(differences)} of {compared}:\n" + "\n".join(differences)
    assert compared > 2000


METHODS = [
    "AnswerBuffer('a', 'text/plain')",
    "SendHttpStatus(404, 'b')",
    "SendHttpStatusCode(404)",
    "Redirect('/x')",
    "SendUnauthorized('realm')",
    "SendMethodNotAllowed('GET')",
    "SetCookie('a', 'b')",
    "SetHttpHeader('a', 'b')",
    "SetHttpErrorDetails('details', 0)",
    "CompressAndAnswerPngImage(orthanc.PixelFormat.GRAYSCALE8, 1, 1, 1, b'a')",
    "StartMultipartAnswer('mixed', 'text/plain')",
    "SendMultipartItem('item')",
]
SEQUENCES = """
import json
import orthanc

outcomes = {}

def sequence(output, uri, **request):
    found = []
    for call in json.loads(request["body"]):
        try:
            eval("output." + call)
            found.append(None)
        except orthanc.OrthancException as error:
            found.append([error.args[0], error.args[1]])
    outcomes[request["body"].decode()] = found
    try:
        output.AnswerBuffer("", "text/plain")
    except orthanc.OrthancException:
        pass

def answer(output, uri, **request):
    output.AnswerBuffer(json.dumps(outcomes), "application/json")

orthanc.RegisterRestCallback("/sequence", sequence)
orthanc.RegisterRestCallback("/outcomes", answer)
"""


def test_sequences_of_answers(orthanc: Servers, fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "sequences.py").write_text(SEQUENCES)
    server, script = orthanc(tmp_path / "sequences.py"), fake.load(tmp_path / "sequences.py")
    tried = [json.dumps([first, second]) for first in METHODS for second in METHODS]
    for pair in tried:
        server.post("/sequence", pair)
        fake.rest("/sequence", "POST", pair.encode())
    assert script.outcomes.keys() == set(tried)
    while len(server.get("/outcomes").json()) < len(tried):  # some answers are sent before their callback returns
        time.sleep(0.01)
    assert script.outcomes == server.get("/outcomes").json()


PATTERNS = {
    "/slash/": ["/slash", "/slash/"],
    "/plain": ["/plain", "/plain/", "//plain//", "/plain/x"],
    "/wild/(.*)": ["/wild", "/wild/", "/wild/a/", "/wild/a//b", "/wild/a/../b"],
    "/named/(?P<id>.*)": ["/named/a"],
    "/back/(?P<id>a)(?P=id)": ["/back/aa"],
    "/boost/(?<id>[a-z]+)": ["/boost/abc", "/boost/1"],
    "/open/(": [],
    "/repeat/a**": [],
    "/class/([[:alpha:]_]+)": ["/class/a_b", "/class/1"],
    "/class/[[:nothing:]]": ["/class/n"],
    "/optional/(a)?(b)?": ["/optional/b", "/optional/ab"],
    "/digits/(\\d+)": ["/digits/12", "/digits/%D9%A3"],
    "/word/(\\w+)": ["/word/a1", "/word/h%C3%A9"],
    "/byte/(.)": ["/byte/a", "/byte/%C3%A9"],
    "/behind/(?<=behind/)x": ["/behind/x"],
    "/braces/{id}": ["/braces/{id}", "/braces/x"],
    "^/anchors$": ["/anchors"],
    "/alternative/a|b": ["/alternative/a", "/alternative/b", "/b"],
}
ROUTES = f"""
import json
import orthanc

registered = {{}}

def register(pattern):
    def callback(output, uri, **request):
        output.AnswerBuffer(json.dumps([pattern, uri, request["groups"]]), "application/json")
    try:
        orthanc.RegisterRestCallback(pattern, callback)
        registered[pattern] = None
    except orthanc.OrthancException as error:
        registered[pattern] = list(error.args)

for pattern in {list(PATTERNS)!r}:
    register(pattern)

def answer(output, uri, **request):
    output.AnswerBuffer(json.dumps(registered), "application/json")

orthanc.RegisterRestCallback("/registered", answer)
"""


def test_routes(orthanc: Servers, fake: Fake, tmp_path: Path) -> None:
    """The regular expressions are those of Orthanc, and so are the paths that they see."""
    (tmp_path / "routes_script.py").write_text(ROUTES)
    server, script = orthanc(tmp_path / "routes_script.py"), fake.load(tmp_path / "routes_script.py")
    assert script.registered == server.get("/registered").json()
    for path in (path for paths in PATTERNS.values() for path in paths):
        answer = server.get(path)
        try:
            own = json.loads(fake.rest(unquote(path)).body)
        except AssertionError:
            own = None
        assert own == (answer.json() if answer.status == 200 else None), path
