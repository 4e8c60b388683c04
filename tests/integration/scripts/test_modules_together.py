# SPDX-License-Identifier: GPL-3.0-or-later
"""The requirements of installed modules, and two modules that register the same."""

from __future__ import annotations

import re
from pathlib import Path

import packaging
import pytest
from conftest import ROOT, Servers
from helpers import failure_of
from installed_packages import Environment

from orthanc_python import OrthancDidNotStart, OrthancServer

ROUTE = """
import orthanc

def answer(output, uri, **request):
    output.AnswerBuffer("first", "text/plain")

{registration}
"""
STORAGE = "orthanc.RegisterStorageArea(answer, answer, answer)"


@pytest.fixture
def environment(script_environment: Path, tmp_path: Path) -> Environment:
    made = Environment(tmp_path / "env", script_environment)
    made.copy(packaging)
    return made


def prepare(orthanc: Servers, environment: Environment, *modules: str, script: str | None = None) -> OrthancServer:
    return orthanc.prepare(script, configuration={"Python": {**environment.settings, "Modules": list(modules)}})


@pytest.mark.parametrize(
    ("requires", "cause"),
    [
        ({"plugin": ">=99"}, r"needs the Python plugin >=99, but this is \d+\.\d+\.\d+: install another version of the plugin"),
        ({"sdk": ">=99"}, r"needs a plugin built with Orthanc's SDK >=99, but this is 1\.\d+\.\d+: take a plugin"),
        ({"sdk": ">=1", "orthanc": "<1"}, r"needs Orthanc <1, but this is 1\.\d+\.\d+: install another version of Orthanc"),
        ({"python": ">=3"}, 'has the key "python": write one of plugin, sdk, orthanc'),
        ({"sdk": "new"}, '"new" is not a version specifier: write one such as ">=1.12.8"'),
        ({"sdk": 1}, "__init__.py:1: ORTHANC_REQUIRES is not like"),
    ],
)
def test_refused(orthanc: Servers, environment: Environment, requires: object, cause: str) -> None:
    text = f"ORTHANC_REQUIRES = {requires!r}\nraise ValueError('was run')\n"
    environment.install("new-plugin", {"new_plugin/__init__.py": text})
    log = failure_of(prepare(orthanc, environment, "new_plugin"))
    assert re.search(f"the start of the module new_plugin failed: .*new_plugin.*{cause}", log) and "was run" not in log


def test_taken(orthanc: Servers, environment: Environment) -> None:
    text = 'ORTHANC_REQUIRES = {"plugin": ">=0.1", "sdk": ">=1.10,<2", "orthanc": "~=1.10"}\n'
    environment.install("new-plugin", {"new_plugin.py": text + ROUTE.format(registration='orthanc.LogWarning("it runs")')})
    assert "it runs" in prepare(orthanc, environment, "new_plugin").start().log()


def test_two_of_one_route(orthanc: Servers, environment: Environment) -> None:
    environment.install("one", {"one_plugin.py": ROUTE.format(registration='orthanc.RegisterRestCallback("/same", answer)')})
    environment.install("two", {"two_plugin.py": ROUTE.format(registration='orthanc.RegisterRestCallback("^/same$", answer)')})
    log = failure_of(prepare(orthanc, environment, "one_plugin", "two_plugin"))
    folder = environment.packages
    assert "the route ^/same$ is registered twice" in log
    for name in ("one_plugin", "two_plugin"):
        assert f"by {name} (answer, {folder}/{name}.py:4, registered at {folder}/{name}.py:7)" in log


def test_one_script_may_register_a_route_twice(orthanc: Servers, environment: Environment) -> None:
    environment.install("one", {"one_plugin.py": "import orthanc\n"})
    again = 'orthanc.RegisterRestCallback("/same", answer)\n' * 2
    server = prepare(orthanc, environment, "one_plugin", script=ROUTE.format(registration=again)).start()
    server.reset()
    assert server.get("/same").text == "first"


def test_two_of_what_can_be_registered_once(orthanc: Servers, environment: Environment) -> None:
    environment.install("one", {"one_plugin.py": ROUTE.format(registration=STORAGE)})
    log = failure_of(prepare(orthanc, environment, "one_plugin", script=ROUTE.format(registration=STORAGE)))
    first = f"(answer, {environment.packages}/one_plugin.py:4, registered at {environment.packages}/one_plugin.py:7)"
    assert f"is registered already, by {first}; Orthanc takes one only, so (answer, " in log


SINGLE = [  # two registrations of a kind, the second where it can be of another generation
    ("RegisterFindCallback2(answer)", "RegisterFindCallback(answer)"),
    ("RegisterWorklistCallback(answer)", "RegisterWorklistCallback2(answer)"),
    ("RegisterMoveCallback(answer)", "RegisterMoveCallback3(answer, answer, answer, answer)"),
    ("RegisterStorageCommitmentScpCallback(answer, answer)", "RegisterStorageCommitmentScpCallback2(answer, answer)"),
    ("RegisterHttpAuthentication(answer)", "RegisterHttpAuthentication(answer)"),
    ("RegisterStorageArea(answer, answer, answer)", "RegisterStorageArea(answer, answer, answer)"),
]


@pytest.mark.parametrize("calls", SINGLE, ids=[first.partition("(")[0] for first, _ in SINGLE])
def test_two_packages_of_one_single_callback(orthanc: Servers, environment: Environment, calls: tuple[str, str]) -> None:
    names = [call.partition("(")[0] for call in calls]
    has = f"all(hasattr(orthanc, name) and orthanc.HasFunction(name) for name in {names!r})"
    for package, call in zip(("one", "two"), calls, strict=True):
        lines = f"if {has}:\n    orthanc.{call}\nelse:\n    orthanc.LogWarning('{package} lacks it')"
        environment.install(package, {f"{package}_plugin.py": ROUTE.format(registration=lines)})
    server = prepare(orthanc, environment, "one_plugin", "two_plugin")
    try:
        server.start()
    except OrthancDidNotStart as error:
        log = error.log
    else:
        assert "one lacks it" in server.log() and "two lacks it" in server.log()
        return  # this Orthanc or the SDK of this build lacks the callback
    first, second = (
        f"(answer, {environment.packages}/{name}_plugin.py:4, registered at {environment.packages}/{name}_plugin.py:8)"
        for name in ("one", "two")
    )
    assert f"is registered already, by {first}; Orthanc takes one only, so {second} is refused: disable one of the two" in log


def test_two_packages_that_serve_one_folder(orthanc: Servers, environment: Environment) -> None:
    """The route is registered by a function of orthanc_python for both, and the error names the packages all the same."""
    (environment.packages / "source.pth").write_text(f"{ROOT / 'src'}\n", encoding="utf-8")
    text = "import tempfile\nfrom orthanc_python.inside import serve_folder\n\nserve_folder('/ui', tempfile.gettempdir())\n"
    for package in ("one", "two"):
        environment.install(package, {f"{package}_plugin.py": text})
    log = failure_of(prepare(orthanc, environment, "one_plugin", "two_plugin"))
    assert re.search(r"the route /ui\S* is registered twice, by one_plugin \(.*\) and by two_plugin \(.*\): change one", log)
