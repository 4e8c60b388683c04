# SPDX-License-Identifier: GPL-3.0-or-later
"""The setting "VirtualEnv" of a plugin that stands alone, and the start of CPython."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import Servers
from embedded_environment import python_version
from loader_bundle import write_program

from orthanc_python import OrthancDidNotStart

SCRIPT = """
import sys

import orthanc

orthanc.LogWarning(f"sys.prefix is {sys.prefix}")
"""


def refused(orthanc: Servers, environment: Path | str) -> str:
    with pytest.raises(OrthancDidNotStart) as error:
        orthanc(SCRIPT, configuration={"Python": {"VirtualEnv": str(environment)}})
    return error.value.log


@pytest.mark.parametrize("line", ["version = 3.99.1", "version=3.99.1", "VERSION =3.99.1", "version_info=3.99.1.final.0"])
def test_another_version_by_its_file(orthanc: Servers, tmp_path: Path, line: str) -> None:
    write_program(tmp_path / "env" / "bin" / "python", "exit 1")
    (tmp_path / "env" / "pyvenv.cfg").write_text(f"home = /usr/bin\n{line}\n")
    assert (
        "is of Python 3.99.1" in (log := refused(orthanc, tmp_path / "env")) and "but this plugin is built for Python 3." in log
    )


@pytest.mark.parametrize("folders", [["python3.99"], ["python3.1", "python3.99", "python3.9"]])
def test_another_version_by_its_folders(orthanc: Servers, tmp_path: Path, folders: list[str]) -> None:
    """conda writes no pyvenv.cfg."""
    write_program(tmp_path / "env" / "bin" / "python", "exit 1")
    for name in folders:
        (tmp_path / "env" / "lib" / name).mkdir(parents=True)
    assert f"the virtual environment {tmp_path / 'env'} is of Python 3.99, but" in refused(orthanc, tmp_path / "env")


def test_own_version_without_a_file(orthanc: Servers, plugin: Path, script_environment: Path, tmp_path: Path) -> None:
    """An environment that is not of another version is taken."""
    environment = tmp_path / "env"
    shutil.copytree(script_environment / "bin", environment / "bin", symlinks=True)
    (environment / "lib" / f"python{python_version(plugin)}").mkdir(parents=True)
    (environment / "lib" / "python3.9").mkdir()
    orthanc(SCRIPT, configuration={"Python": {"VirtualEnv": str(environment)}}).wait_for_log("sys.prefix is ")


@pytest.mark.parametrize("name", ["python", "python3"])
def test_interpreter_as_the_environment(orthanc: Servers, script_environment: Path, name: str) -> None:
    server = orthanc(SCRIPT, configuration={"Python": {"VirtualEnv": str(script_environment / "bin" / name)}})
    server.wait_for_log(f"sys.prefix is {script_environment}\n")


def test_own_interpreter_without_an_environment(orthanc: Servers) -> None:
    """A folder may have the free-threaded Python beside the one with the GIL."""
    script = """
import subprocess
import sys
import sysconfig

import orthanc

KIND = "(sys.version_info[:2], sysconfig.get_config_var('Py_GIL_DISABLED'))"
command = [sys.executable, "-c", f"import sys, sysconfig; print({KIND})"]
done = subprocess.run(command, capture_output=True, text=True, check=True)
orthanc.LogWarning(f"sys.executable is of the same kind: {done.stdout.strip() == str(eval(KIND))}")
"""
    orthanc(script, configuration={"Python": {"VirtualEnv": ""}}).wait_for_log("sys.executable is of the same kind: True")


def test_no_environment(orthanc: Servers, tmp_path: Path) -> None:
    assert "it is not a virtual environment; make it with: python3." in refused(orthanc, tmp_path)


def test_start_of_cpython_that_fails(orthanc: Servers, tmp_path: Path) -> None:
    """The log has CPython's own error, and what leads to it."""
    with pytest.raises(OrthancDidNotStart) as error:
        orthanc(SCRIPT, environment={"PYTHONHOME": str(tmp_path)})
    assert "No module named 'encodings'" in error.value.log
    assert f'the environment variable PYTHONHOME is "{tmp_path}": remove it' in error.value.log
