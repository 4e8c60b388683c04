# SPDX-License-Identifier: GPL-3.0-or-later
"""`orthanc-python doctor` on the interpreter and the environment that a configuration names."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from broken_setup import Broken
from conftest import PYTHON, run

pytestmark = pytest.mark.timeout(1800)  # the first test also waits for the build of the wheel


def answer(version: str, library: str) -> str:
    """Return an interpreter's answer to the loader and the doctor."""
    system = {"platform": "linux-x86_64", "bits": 64, "executable": "", "prefix": "/usr"}
    return json.dumps({"version": version, "release": f"{version}.9", "library": library, **system})


def test_plugin_for_another_python(broken: Broken) -> None:
    environment = Path(run([PYTHON, "-c", "import sys; print(sys.prefix)"]).strip())  # not a virtual one
    broken.settings["Python"] = {"VirtualEnv": str(environment / "nothing")}
    broken.expect("is not a virtual environment", "-m venv")
    other = broken.write("env/bin/python", "#!/bin/sh\necho '" + answer("3.19", "/x") + "'\n")
    other.chmod(0o755)
    broken.settings["Python"] = {"Executable": str(other)}
    broken.script.write_text("")
    broken.expect("but not for 3.19", "python -m pip install SOURCE")


@pytest.mark.parametrize("version", ["3.1", "3.9", "3.77"])
def test_environment_of_another_python(broken: Broken, version: str) -> None:
    run([sys.executable, "-m", "venv", "--without-pip", broken.folder / "env"])
    settings = broken.folder / "env" / "pyvenv.cfg"
    settings.write_text(f"home = /usr/bin\nversion = {version}.2\n")
    broken.settings = {"Plugins": [str(broken.linked)], "PythonScript": str(broken.script)}
    broken.settings["Python"] = {"VirtualEnv": str(broken.folder / "env")}
    broken.expect(f"it is of Python {version}, but the plugin", "-m venv")


@pytest.mark.parametrize(("line", "folder"), [("version=3.9.2", ""), ("", "lib/python3.9")])
def test_environment_of_another_python_without_blanks_or_file(broken: Broken, line: str, folder: str) -> None:
    environment = broken.folder / "env"
    broken.write("env/bin/python", "#!/bin/sh\nexit 1\n").chmod(0o755)
    if line:
        (environment / "pyvenv.cfg").write_text(f"home = /usr/bin\n{line}\n")
    (environment / folder).mkdir(parents=True, exist_ok=True)
    broken.settings = {"Plugins": [str(broken.linked)], "PythonScript": str(broken.script)}
    broken.settings["Python"] = {"VirtualEnv": str(environment / "bin" / "python")}
    broken.expect("it is of Python 3.9, but the plugin", "-m venv")


def test_good_interpreter_behind_one_that_is_not(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor passes over what the loader passes over."""
    (version,) = (path.stem.partition("-python")[2] for path in (broken.plugin.parent / "OrthancPython").iterdir())
    static = broken.write("static/bin/python3", f"#!/bin/sh\necho '{answer(version, '')}'\n")
    static.chmod(0o755)
    shutil.copytree(broken.plugin.parent, broken.folder / "plugins", ignore=shutil.ignore_patterns("build-*"))
    broken.settings["Plugins"] = [str(broken.folder / "plugins" / broken.plugin.name)]
    monkeypatch.setenv("PATH", f"{static.parent}:/usr/bin:/bin")
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    status, findings = broken.findings()
    assert status == 0, findings
    (python,) = (each["text"] for each in findings if each["subject"] == "Orthanc's Python")
    assert str(static) not in python


def test_python_without_shared_library(broken: Broken) -> None:
    (version,) = (path.stem.partition("-python")[2] for path in (broken.plugin.parent / "OrthancPython").iterdir())
    static = broken.write("bin/python3", "#!/bin/sh\necho '" + answer(version, "") + "'\n")
    static.chmod(0o755)
    broken.settings["Python"] = {"Executable": str(static)}
    broken.script.write_text("")
    broken.expect("no shared libpython", f"apt-get install libpython{version}")


def test_missing_libpython(broken: Broken) -> None:
    data = broken.linked.read_bytes()
    version = f"{sys.version_info.major}.{sys.version_info.minor}".encode()
    assert b"libpython" + version in data
    plugin = broken.folder / "libOrthancPython.so"
    plugin.write_bytes(data.replace(b"libpython" + version, b"libpython3.98"[: len(b"libpython" + version)]))
    broken.settings["Plugins"] = [str(plugin)]
    broken.script.write_text("")
    broken.expect("it needs libpython3.9", "apt-get install libpython3.9")


def test_missing_executable(broken: Broken) -> None:
    broken.settings["Python"] = {"Executable": "/opt/python/bin/python3"}
    broken.expect("does not exist", "bin/python")


def test_unknown_version(broken: Broken) -> None:
    broken.settings["Python"] = {"Version": "3"}
    broken.expect('it must be a version such as "3.13" or "3.14t", not "3"', "3.13")
