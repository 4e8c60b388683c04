# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's Orthanc with other plugins: what the doctor says of it, and what the real Orthanc does."""

from __future__ import annotations

import getpass
import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import PYTHON
from debian_server import DebianServer

from bench.established import established_plugin
from orthanc_python.cli import app

pytestmark = pytest.mark.timeout(1800)  # the first test also waits for the build of the wheel

WORKLISTS = "libModalityWorklists.so"
SCRIPT = """
import orthanc
orthanc.RegisterRestCallback("/hello", lambda output, uri, **request: output.AnswerBuffer("hello", "text/plain"))
"""


@pytest.fixture
def debian(debian: DebianServer, loader: Path, monkeypatch: pytest.MonkeyPatch) -> DebianServer:
    monkeypatch.setenv("ORTHANC_PYTHON_PLUGIN", str(loader))
    return debian


@pytest.fixture
def established(debian: DebianServer) -> Path:
    """The other project's plugin, as Debian's package installs it: a link to a file with a version in its name."""
    library = established_plugin().library
    folder = debian.folder / "usr" / "lib" / "orthanc"
    folder.mkdir(parents=True)
    link = debian.plugins / "libOrthancPython.so"
    link.symlink_to(shutil.copy(library, folder))
    return link


def doctor(path: Path, *options: str) -> tuple[int, list[dict[str, str]]]:
    done = CliRunner().invoke(app, ["doctor", str(path), "--json", *options], catch_exceptions=False)
    return done.exit_code, json.loads(done.stdout)


def faults(path: Path, *options: str) -> list[dict[str, str]]:
    return [each for each in doctor(path, *options)[1] if each["level"] != "ok"]


def test_the_plugin_of_another_project(debian: DebianServer, established: Path) -> None:
    """It works, and nothing is said that would break it."""
    script = debian.write("hello.py", SCRIPT)
    debian.write("python.json", json.dumps({"PythonScript": str(script)}))
    assert debian.start() is None, debian.log()
    assert debian.loaded() == {"python", "serve-folders", "worklists"}
    assert debian.get("/hello").text == "hello"
    status, findings = doctor(debian.etc)
    (fault,) = [each for each in findings if each["level"] != "ok"]
    assert status == 0 and fault["level"] == "warning"
    assert fault["subject"] == str(established) and 'the plugin "python" 4' in fault["text"]


@pytest.mark.parametrize("where", ["listed", "in a folder"])
def test_two_python_plugins(debian: DebianServer, established: Path, loader: Path, where: str) -> None:
    script = debian.write("hello.py", SCRIPT)
    debian.write("python.json", json.dumps({"PythonScript": str(script)}))
    added = loader
    if where == "in a folder":
        shutil.copytree(loader.parent, debian.folder / "ours")
        added = debian.folder / "ours" / loader.name
    debian.replace(f'"{debian.plugins}/"', f'"{debian.plugins}/", "{added if where == "listed" else added.parent}"')
    assert debian.start() not in (None, 0)
    assert "Plugin 'python' already registered" in debian.log()
    status, findings = doctor(debian.etc)
    (fault,) = [each for each in findings if each["level"] == "problem"]
    assert status == 1 and 'one plugin called "python" and does not start with 2' in fault["text"]
    assert f"{established} (version 4" in fault["text"] and str(added) in fault["text"]
    assert f"move {established} to a folder" in fault["fix"]


def test_another_plugin_twice(debian: DebianServer) -> None:
    library = debian.plugins / WORKLISTS
    debian.replace(f'"{debian.plugins}/"', f'"{debian.plugins}/", "{library}"')
    assert debian.start() not in (None, 0)
    assert any('one plugin called "worklists"' in each["text"] for each in faults(debian.etc))


def test_libraries_that_are_no_plugins(debian: DebianServer) -> None:
    """Orthanc passes over a library in a folder, and ends with one that "Plugins" names."""
    library = next(Path("/lib").glob("*/libz.so.1"))
    shutil.copy(library, debian.plugins / "libz.so")
    assert debian.start() is None, debian.log()
    debian.stop()
    assert not any("libz" in each["subject"] for each in faults(debian.etc))

    debian.replace(f'"{debian.plugins}/"', f'"{debian.plugins}/", "{library}"')
    assert debian.start() not in (None, 0)
    assert any(each["subject"] == str(library) and "it is not a plugin" in each["text"] for each in faults(debian.etc))


def test_service_that_did_not_start(debian: DebianServer, loader: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor shows the error of the log, also where the configuration has no fault."""
    monkeypatch.setenv("ORTHANC_PYTHON_ROOT", str(debian.folder))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)  # sudo is named to others than root
    (debian.folder / "run" / "systemd" / "system").mkdir(parents=True)
    script = debian.write("hello.py", "raise ValueError('no such machine')\n")
    debian.write("python.json", json.dumps({"PythonScript": str(script), "Python": {"Executable": PYTHON}}))
    debian.replace(f'"{debian.plugins}/"', f'"{debian.plugins}/", "{loader}"')
    assert debian.start() not in (None, 0)
    _, findings = doctor(debian.etc, "--user", getpass.getuser())
    (fault,) = [each for each in findings if each["level"] != "ok"]
    assert "did not start the last time: " in fault["text"] and "no such machine" in fault["text"]
    assert "sudo systemctl restart orthanc" in fault["fix"] and str(debian.log_file) in fault["fix"]
    script.write_text("import orthanc\n")
    assert debian.start() is None
    status, findings = doctor(debian.etc, "--user", getpass.getuser())
    (found,) = [each for each in findings if each["subject"] == "service orthanc"]
    assert status == 0 and "restart: sudo systemctl restart orthanc; log: sudo tail" in found["text"]


def test_library_in_a_folder_that_cannot_be_opened(debian: DebianServer) -> None:
    broken = debian.plugins / "libBroken.so"
    broken.write_bytes((debian.plugins / WORKLISTS).read_bytes()[:4096])
    assert debian.start() not in (None, 0)
    assert any(each["subject"] == str(broken) and "cannot be opened" in each["text"] for each in faults(debian.etc))


def test_second_key_in_the_file(debian: DebianServer, loader: Path) -> None:
    """Lines that are pasted at the end: Orthanc reads them alone."""
    first = debian.line("orthanc.json", '"Plugins"')
    text = debian.main.read_text().rstrip().removesuffix("}").rstrip()
    debian.main.write_text(f'{text},\n  "Plugins": ["{loader}"]\n}}\n')
    second = debian.line("orthanc.json", '"Plugins"')
    assert debian.start() is None, debian.log()
    assert debian.loaded() == {"python"}
    (fault,) = [each for each in faults(debian.etc) if each["subject"] == '"Plugins"']
    assert f"{debian.main} has it in lines {first} and {second}" in fault["text"]
    assert "Orthanc reads the last one only" in fault["text"]
    assert f'"Plugins": ["{debian.plugins}/", "{loader}"]' in fault["fix"]
    assert f"in {debian.main}, line {second}" in fault["fix"]


def test_second_key_in_another_file(debian: DebianServer, loader: Path) -> None:
    debian.write("plugins.json", json.dumps({"Plugins": [str(loader)]}))
    assert debian.start() not in (None, 0)
    assert '"Plugins" is defined in 2 different configuration files' in debian.log()
    (fault,) = [each for each in faults(debian.etc) if each["subject"] == '"Plugins"']
    line = debian.line("orthanc.json", '"Plugins"')
    assert f"{debian.main}, line {line}; {debian.etc / 'plugins.json'}, line 1" in fault["text"]
    assert "neither file wins" in fault["text"]
    assert f'write "Plugins": ["{debian.plugins}/", "{loader}"] in {debian.main}' in fault["fix"]


def test_key_in_another_spelling(debian: DebianServer, loader: Path) -> None:
    other = debian.write("a.json", json.dumps({"plugins": [str(loader)], "name": "mine"}))
    assert debian.start() is None, debian.log()
    assert "python" not in debian.loaded() and debian.ask("/system")["Name"] == "Orthanc"
    found = {each["subject"]: each for each in faults(debian.etc)}
    assert f'{other}, line 1: the case of letters counts, so that "Plugins"' in found['"plugins"']["text"]
    assert f'so that "Name" ({debian.main}, line 8) is read' in found['"name"']["text"]
    assert f'write "Plugins": ["{loader}", "{debian.plugins}/"]' in found['"plugins"']["fix"]
