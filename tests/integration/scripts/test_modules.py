# SPDX-License-Identifier: GPL-3.0-or-later
"""The setting "Modules": installed packages beside scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Servers
from helpers import failure_of
from installed_packages import Environment

from orthanc_python import OrthancServer

PACKAGE = """
import atexit
import json
import logging
import sys

import orthanc

from my_plugin import names

started = ["my_plugin"]
logging.getLogger().addHandler(logging.NullHandler())


def answer(output, uri, **request):
    handlers = [type(each).__name__ for each in logging.getLogger().handlers]
    facts = {"started": started, "names": names.NAMES, "argv": sys.argv, "handlers": handlers}
    output.AnswerBuffer(json.dumps(facts), "application/json")


orthanc.RegisterRestCallback("/my-plugin", answer)
atexit.register(lambda: orthanc.LogWarning("my_plugin ends with " + orthanc.RestApiGet("/system").decode()[:1]))
"""
SCRIPT = """
import logging
import orthanc
import my_plugin

my_plugin.started.append("script with " + logging.NAME)
"""


@pytest.fixture
def environment(script_environment: Path, tmp_path: Path) -> Environment:
    made = Environment(tmp_path / "env", script_environment)
    made.install("my-plugin", {"my_plugin/__init__.py": PACKAGE, "my_plugin/names.py": "NAMES = ['first']\n"})
    return made


def prepare(
    orthanc: Servers, environment: Environment, modules: object, script: str | None = None, **files: str
) -> OrthancServer:
    named = {f"{name}.py": text for name, text in files.items()}
    return orthanc.prepare(script, files=named, configuration={"Python": {**environment.settings, "Modules": modules}})


def test_a_package(orthanc: Servers, environment: Environment) -> None:
    server = prepare(orthanc, environment, ["my_plugin"]).start()
    assert server.get("/my-plugin").json()["argv"] == ["my_plugin"]
    orthanc.stop(server)
    assert "my_plugin ends with {" in server.log()  # while Orthanc is whole


def test_before_the_scripts(orthanc: Servers, environment: Environment) -> None:
    """A file of the script's folder hides a module of Python from the script alone."""
    server = prepare(orthanc, environment, "my_plugin", SCRIPT, logging="NAME = 'its own logging'\n").start()
    found = server.get("/my-plugin").json()
    assert found["started"] == ["my_plugin", "script with its own logging"]
    assert found["argv"] == [str(server.script)]


def test_reset(orthanc: Servers, environment: Environment) -> None:
    server = prepare(orthanc, environment, ["my_plugin"], SCRIPT, logging="NAME = 'its own logging'\n").start()
    first = server.get("/my-plugin").json()
    (environment.packages / "my_plugin" / "names.py").write_text("NAMES = ['another', 'one']\n", encoding="utf-8")
    server.reset()
    second = server.get("/my-plugin").json()
    assert server.log().count("my_plugin ends with {") == 1
    assert first["handlers"].count("NullHandler") == second["handlers"].count("NullHandler") == 1
    assert second == {**first, "names": ["another", "one"]}


def test_a_module_of_a_namespace(orthanc: Servers, environment: Environment) -> None:
    text = "import orthanc\northanc.LogWarning(f'{__name__} runs')\n"
    environment.install("other", {"other/plugin.py": text, "other/second/__init__.py": text})
    server = prepare(orthanc, environment, ["other.plugin", "other.second"]).start()
    server.reset()
    assert [server.log().count(f"{name} runs") for name in ("other.plugin", "other.second")] == [2, 2]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_worker_processes(orthanc: Servers, environment: Environment, method: str) -> None:
    text = f"""
    import multiprocessing
    import orthanc

    def work(number):
        return number * 2

    def answer(output, uri, **request):
        with multiprocessing.get_context("{method}").Pool(2) as pool:
            output.AnswerBuffer(str(pool.map(work, [1, 2])), "text/plain")

    orthanc.RegisterRestCallback("/work", answer)
    """
    environment.install("workers", {"many_workers/__init__.py": text})
    assert prepare(orthanc, environment, ["many_workers"]).start().get("/work").text == "[2, 4]"


@pytest.mark.parametrize(
    ("modules", "cause"),
    [
        (["absent_plugin"], "No module named 'absent_plugin' in the environment {env}: install its package"),
        (["absent.plugin"], "No module named 'absent' in the environment {env}: install its package"),
        (["my_plugin.absent"], "No module named 'my_plugin.absent' in the environment {env}: install its package"),
        (["poor_plugin"], "No module named 'absent_library' in the environment {env}: install what poor_plugin imports"),
        (
            ["my-plugin"],
            '"my-plugin" of the setting "Modules" is not the name of a module: write what `import` takes, such as "my_p',
        ),
        (["my_plugin.py"], '"my_plugin.py" of the setting "Modules" is a file: name it in the setting "Path"'),
        (["orthanc"], '"orthanc" of the setting "Modules" is a module of Orthanc'),
        (["json.tool"], '"json.tool" of the setting "Modules" is a module of Python itself'),
        (["empty"], "empty is a folder without __init__.py"),
    ],
)
def test_refused(orthanc: Servers, environment: Environment, modules: list[str], cause: str) -> None:
    environment.install("poor", {"poor_plugin.py": "import absent_library\n", "empty/readme.txt": ""})
    log = failure_of(prepare(orthanc, environment, modules))
    assert cause.format(env=environment.folder) in log
    if "install" in cause:
        name = json.dumps(modules).partition('"')[2].partition(".")[0].rstrip('"]').replace("_", "-")
        package = "absent-library" if name == "poor-plugin" else name
        assert f"{environment.folder}/bin/python -m pip install {package}\n" in log


def test_an_error_of_the_module(orthanc: Servers, environment: Environment) -> None:
    environment.install("broken", {"broken_plugin.py": "import orthanc\nraise ValueError('no disk')\n"})
    log = failure_of(prepare(orthanc, environment, ["broken_plugin"]))
    assert "the start of the module broken_plugin failed: ValueError: no disk" in log
    assert f'File "{environment.packages}/broken_plugin.py", line 2' in log and "importlib" not in log
