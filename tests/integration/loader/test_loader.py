# SPDX-License-Identifier: GPL-3.0-or-later
"""One loader: it picks the interpreter and the plugin that fits it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import Servers
from loader_bundle import interpreters, write_answer

from orthanc_python import OrthancDidNotStart, OrthancServer
from orthanc_python.server.orthanc_server import find_orthanc

SCRIPT = """
import json
import multiprocessing
import os
import subprocess
import sys

import only_here
import orthanc

def prefix(number):
    return number, sys.prefix

def answer(output, uri, **request):
    with multiprocessing.Pool(1) as pool:
        worker = pool.map(prefix, [3])[0]
    command = [sys.executable, "-c", "import sys, only_here; print(sys.prefix, only_here.NAME)"]
    output.AnswerBuffer(json.dumps({
        "version": "%d.%d" % sys.version_info[:2],
        "prefix": sys.prefix,
        "executable": sys.executable,
        "name": only_here.NAME,
        "worker": worker,
        "subprocess": subprocess.run(command, capture_output=True, text=True).stdout.split(),
        "left": "ORTHANC_PYTHON_EXECUTABLE" in os.environ,
    }), "application/json")

orthanc.RegisterRestCallback("/environment", answer)
"""


def make_environment(interpreter: str, folder: Path) -> Path:
    """A virtual environment with a module that no other has."""
    subprocess.run([interpreter, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "only_here.py").write_text(f"NAME = {folder.name!r}\n")
    return folder


def start(orthanc: Servers, bundle: Path, python: dict[str, str], environment: dict[str, str] | None = None) -> OrthancServer:
    server = orthanc.prepare(SCRIPT, with_plugin=False, plugins=[bundle / "libOrthancPython.so"], environment=environment or {})
    server.extra["Python"] = python
    return server.start()


def test_each_interpreter(orthanc: Servers, bundle: Path, tmp_path: Path) -> None:
    found = interpreters(bundle)
    assert found
    for version, interpreter in found.items():
        environment = make_environment(interpreter, tmp_path / f"env-{version}")
        server = start(orthanc, bundle, {"VirtualEnv": str(environment)})
        executable = str(environment / "bin" / "python")
        assert server.get("/environment").json() == {
            "version": version,
            "prefix": str(environment),
            "executable": executable,
            "name": environment.name,
            "worker": [3, str(environment)],
            "subprocess": [str(environment), environment.name],
            "left": False,
        }
        server.wait_for_log(rf"Python: using {re.escape(version)}\.\d+ .*{executable}.* found by the setting \"VirtualEnv\"")
        orthanc.stop(server)


def test_interpreter_as_the_environment(orthanc: Servers, bundle: Path, tmp_path: Path) -> None:
    environment = make_environment(next(iter(interpreters(bundle).values())), tmp_path / "env")
    server = start(orthanc, bundle, {"VirtualEnv": str(environment / "bin" / "python")})
    assert server.get("/environment").json()["prefix"] == str(environment)


def test_active_environment_and_executable(orthanc: Servers, bundle: Path, tmp_path: Path) -> None:
    environment = make_environment(list(interpreters(bundle).values())[-1], tmp_path / "active")
    server = start(orthanc, bundle, {}, {"VIRTUAL_ENV": str(environment)})
    assert server.get("/environment").json()["name"] == "active"
    server.wait_for_log("found by the environment variable VIRTUAL_ENV")
    orthanc.stop(server)
    server = start(orthanc, bundle, {"Executable": str(environment / "bin" / "python")})
    assert server.get("/environment").json()["name"] == "active"


def refused(orthanc: Servers, bundle: Path, python: dict[str, str], environment: dict[str, str] | None = None) -> str:
    """The log of an Orthanc that the loader stops."""
    with pytest.raises(OrthancDidNotStart) as error:
        start(orthanc, bundle, python, environment)
    assert error.value.exit_status not in (0, None)
    return error.value.log


def test_refusals(orthanc: Servers, bundle: Path, tmp_path: Path) -> None:
    log = refused(orthanc, bundle, {"Executable": str(tmp_path / "nothing")})
    assert 'the setting "Executable" is' in log and "which does not exist" in log
    log = refused(orthanc, bundle, {"VirtualEnv": str(tmp_path)})
    assert "it is not a virtual environment; make it with: python3 -m venv" in log
    log = refused(orthanc, bundle, {"Version": "3.99"})
    assert 'the setting "Version" asks for 3.99' in log and "plugins are there for Python 3." in log
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    assert "it failed when asked for its version" in refused(orthanc, bundle, {"Executable": str(broken)})
    static = write_answer(tmp_path / "static", next(iter(interpreters(bundle))), "")
    assert "it has no shared library: install libpython3." in refused(orthanc, bundle, {"Executable": str(static)})


def test_answer_without_exit_status(orthanc: Servers, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Started with SIGCHLD ignored, Orthanc gets no exit status of its children: the answer tells whether they succeed."""
    wrapper = tmp_path / "orthanc"
    wrapper.write_text(f"#!/bin/sh\ntrap '' CHLD\nexec '{find_orthanc()}' \"$@\"\n")
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 3\n")
    for program in (wrapper, broken):
        program.chmod(0o755)
    monkeypatch.setenv("ORTHANC", str(wrapper))
    assert "it failed when asked for its version" in refused(orthanc, bundle, {"Executable": str(broken)})
    environment = make_environment(next(iter(interpreters(bundle).values())), tmp_path / "environment")
    server = start(orthanc, bundle, {"VirtualEnv": str(environment)})
    assert server.get("/environment").json()["prefix"] == str(environment)


def test_start_without_input_and_output(
    orthanc: Servers, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A supervisor may close them: then the pipe for the interpreter's answer has their numbers."""
    wrapper = tmp_path / "orthanc"
    wrapper.write_text(f"#!/bin/sh\nexec '{find_orthanc()}' \"$@\" <&- >&-\n")
    wrapper.chmod(0o755)
    monkeypatch.setenv("ORTHANC", str(wrapper))
    environment = make_environment(next(iter(interpreters(bundle).values())), tmp_path / "environment")
    server = start(orthanc, bundle, {"VirtualEnv": str(environment)})
    assert server.get("/environment").json()["prefix"] == str(environment)


def test_question_in_utf8(orthanc: Servers, bundle: Path, tmp_path: Path) -> None:
    """In a locale of another encoding, an interpreter would take the bytes of its paths for other characters."""
    environment = make_environment(next(iter(interpreters(bundle).values())), tmp_path / "environment")
    asked, shim = tmp_path / "asked", tmp_path / "shim"
    shim.write_text(f"#!/bin/sh\necho \"$1 $2 $3 $4 $5\" >>'{asked}'\nexec '{environment}/bin/python' \"$@\"\n")
    shim.chmod(0o755)
    start(orthanc, bundle, {"Executable": str(shim)})
    assert "-I -S -X utf8 -c" in asked.read_text().splitlines()


def test_script_that_fails(orthanc: Servers, bundle: Path) -> None:
    server = orthanc.prepare("raise ValueError('wrong')", with_plugin=False, plugins=[bundle / "libOrthancPython.so"])
    with pytest.raises(OrthancDidNotStart) as error:
        server.start()
    assert "Python: the plugin cannot start: the plugin for it has failed" in error.value.log


@pytest.mark.parametrize("section", [{}, {"Path": "", "Modules": ""}, {"Path": "", "PythonScript": ""}])
def test_without_script(orthanc: Servers, bundle: Path, section: dict[str, Any]) -> None:
    """No interpreter is needed."""
    configuration = {"Python": {**section, "Version": "3.99"}}
    plugins = [bundle / "libOrthancPython.so"]
    server = orthanc.prepare(None, with_plugin=False, plugins=plugins, configuration=configuration)
    server.start()
    server.wait_for_log("no script is configured")


def test_unknown_key_without_script(orthanc: Servers, bundle: Path) -> None:
    """No plugin is opened that would name it."""
    plugins = [bundle / "libOrthancPython.so"]
    server = orthanc.prepare(None, with_plugin=False, plugins=plugins, configuration={"Python": {"Paht": "/x.py"}})
    server.start()
    server.wait_for_log('W.*the setting "Paht" of the section "Python" is unknown and ignored: write "Path" instead')
    server.wait_for_log("no script is configured")
