# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands new, install and config as a user sees them. test_run.py has the command run."""

from __future__ import annotations

import getpass
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import clean_environment, run
from debian_server import DebianServer
from pydicom.data import get_testdata_file

from orthanc_python import OrthancServer

USER = getpass.getuser()

pytestmark = pytest.mark.timeout(1800)  # the first test also waits for the build of the wheel
HELLO = """
import sys
import orthanc

orthanc.RegisterRestCallback("/hello", lambda output, uri, **request: output.AnswerBuffer(sys.prefix, "text/plain"))
"""


def test_install_and_configuration(commands: Path, tmp_path: Path) -> None:
    def command(*arguments: str | Path) -> str:
        return run([commands / "orthanc-python", *arguments])

    (tmp_path / "plugins").mkdir()
    (tmp_path / "hello.py").write_text(HELLO)
    command("install", "--to", str(tmp_path / "plugins"))
    command("install", "--to", str(tmp_path / "plugins"))  # replaces what is there
    settings = json.loads(
        command("config", "--json", "--script", tmp_path / "hello.py", "--folder", tmp_path / "plugins", "--user", USER)
    )
    assert settings["Plugins"] == [str(tmp_path / "plugins" / "libOrthancPython.so")]
    with OrthancServer(configuration=settings) as server:
        assert server.get("/hello").text == str(commands.parent)
    command("uninstall", "--from", str(tmp_path / "plugins"))
    assert not list((tmp_path / "plugins").iterdir())


def test_config_refuses(fail_with: Callable[[list[str], dict[str, str]], str], tmp_path: Path) -> None:
    assert "there is no script nothere.py" in fail_with(["config", "--script", "nothere.py"], {})
    absent = str(tmp_path / "absent")
    assert f"there is no {absent}/libOrthancPython.so" in fail_with(["config", "--folder", absent], {})
    assert "there is no such account" in fail_with(["config", "--user", "no-such-account"], {})


def test_config_warns_of_keys(commands: Path, tmp_path: Path, debian: DebianServer) -> None:
    """The printed line must not become a second key, nor lose to "PythonScript"."""
    other = debian.write("python.json", '{\n  "PythonScript": "/srv/old.py"\n}\n')
    done = subprocess.run(
        [commands / "orthanc-python", "config", "--user", USER],
        capture_output=True,
        text=True,
        check=True,
        env=clean_environment(ORTHANC_PYTHON_ROOT=str(tmp_path)),
    )
    assert '"Plugins": [' in done.stdout
    assert re.search(r'"Python": \{\s+"Path": ".*my_plugin\.py",\s+"VirtualEnv": ', done.stdout), done.stdout
    line = debian.line("orthanc.json", '"Plugins"')
    assert f'{debian.main}, line {line}, has "Plugins".' in done.stderr and "change that one" in done.stderr
    wins = 'has "PythonScript". It wins over "Path": remove it, or change that one.'
    assert f"{other}, line 2, {wins}" in " ".join(done.stderr.split())


def test_config_of_a_folder_that_is_listed(commands: Path, tmp_path: Path, debian: DebianServer) -> None:
    """As by hand on Debian, whose file lists the folder: with the library in the list too, Orthanc would not start."""
    script = debian.write("hello.py", HELLO)
    variables = clean_environment(ORTHANC_PYTHON_ROOT=str(tmp_path))

    def config(*options: str | Path) -> tuple[str, str]:
        command = [commands / "orthanc-python", "config", "--script", script, "--user", USER, *options]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=variables)
        return done.stdout, done.stderr

    run([commands / "orthanc-python", "install", "--to", debian.plugins])
    printed, said = config("--folder", debian.plugins)
    line = debian.line("orthanc.json", '"Plugins"')
    assert f'{debian.main}, line {line}, lists this folder already: leave "Plugins" as it is.' in said
    assert "Plugins" not in printed and "add the path" not in said
    debian.write("python.json", f"{{{printed}}}")
    try:
        assert debian.start() is None, debian.log()
        assert debian.get("/hello").text == str(commands.parent)
    finally:
        debian.stop()
    _, said = config()  # of the environment: another file, and so a second plugin
    assert f"leads to {debian.plugins}/libOrthancPython.so already" in said and "add the path" not in said
    debian.replace(f'"{debian.plugins}/"', f'"{debian.plugins}/libOrthancPython.so"')
    assert "lists this plugin already" in config("--folder", debian.plugins)[1]
    assert '"Plugins"' in config("--folder", debian.plugins, "--json")[0]
    shutil.copy("/usr/share/orthanc/plugins/libModalityWorklists.so", debian.plugins / "libOrthancPython.so")
    _, said = config("--folder", debian.plugins)  # a plugin of another project, by our name
    assert "the plugin of another project" in said and f"move it out of {debian.plugins}" in said and "leave" not in said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another account")
@pytest.mark.parametrize("command", ["config", "install"])
def test_environment_that_the_service_cannot_read(
    commands: Path,
    fail_with: Callable[[list[str], dict[str, str]], str],
    tmp_path: Path,
    debian: DebianServer,
    command: str,
) -> None:
    """It is refused before the configuration names it."""
    tmp_path.chmod(0o700)
    options = ["--to", str(debian.plugins)] if command == "install" else []
    parent = commands.parent.parent
    mode = parent.stat().st_mode
    try:
        parent.chmod(0o700)
        said = fail_with([command, *options], {"ORTHANC_PYTHON_ROOT": str(tmp_path)})
    finally:
        parent.chmod(mode)
    assert "the account orthanc cannot read" in said and "python3 -m venv /opt/orthanc-python" in said
    assert not (debian.plugins / "libOrthancPython.so").exists()


def test_install_refuses(fail_with: Callable[[list[str], dict[str, str]], str], tmp_path: Path) -> None:
    assert "is not a folder: make it, or name" in fail_with(["install", "--to", str(tmp_path / "absent")], {})
    assert "is not a folder: name the one in" in fail_with(["uninstall", "--from", str(tmp_path / "absent")], {})
    (tmp_path / "libOrthancPython.so").write_bytes(b"\x7fELF\2\1 PythonScript, of somebody else")
    assert "is another plugin of that name" in fail_with(["install", "--to", str(tmp_path)], {})
    assert "is another plugin of that name" in fail_with(["uninstall", "--from", str(tmp_path)], {})
    (tmp_path / "libOrthancPython.so").unlink()
    assert "there is no plugin for Python" in fail_with(["uninstall", "--from", str(tmp_path)], {})


def test_new_project_and_its_tests(commands: Path, tmp_path: Path) -> None:
    # As in a clone of this repository, whose settings of pytest need a plugin that users do not have.
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = "--strict-config"\nunknown = 1\n')
    run([commands / "orthanc-python", "new", "demo"], cwd=tmp_path)
    dicom = str(get_testdata_file("CT_small.dcm"))
    (tmp_path / "demo" / "test_more.py").write_text(f"""
import pytest

@pytest.mark.orthanc(script="demo.py", configuration={{"StableAge": 1}})
def test_in_orthanc(orthanc):
    identifier, = orthanc.store({dicom!r})
    assert orthanc.session.get(f"/demo/instances/{{identifier}}").json()["Modality"] == "CT"

def test_without_orthanc(fake_orthanc):
    fake_orthanc.answer("GetDicomForInstance", lambda instanceId: open({dicom!r}, "rb").read())
    fake_orthanc.load("demo.py")
    assert b"CT" in fake_orthanc.rest("/demo/instances/1").body
""")
    assert "4 passed" in run([commands / "python", "-m", "pytest", "-p", "no:cacheprovider"], cwd=tmp_path / "demo")


def test_new_refuses(fail_with: Callable[[list[str], dict[str, str]], str], tmp_path: Path) -> None:
    assert "would hide the module" in fail_with(["new", "orthanc"], {})
    assert "would hide the module" in fail_with(["new", "pydicom"], {})
    assert "cannot be the name of a Python module" in fail_with(["new", "my-plugin"], {})
    (tmp_path / "demo").mkdir()
    assert "exists already" in fail_with(["new", "demo"], {})
