# SPDX-License-Identifier: GPL-3.0-or-later
"""The doctor refuses set-ups with one fault each. tests/unit/commands/test_doctor_refusals_tested.py finds a refusal
that has no test.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orthanc_python import doctor
from orthanc_python.doctor.checks import log as log_check
from orthanc_python.doctor.checks import machine, plugins
from orthanc_python.doctor.checks.keys import check_keys
from orthanc_python.doctor.checks.log import check_log
from orthanc_python.doctor.checks.modules import check_modules
from orthanc_python.doctor.checks.plugins import check_plugins
from orthanc_python.doctor.checks.python import check_python
from orthanc_python.doctor.checks.repeated import check_repeated
from orthanc_python.doctor.checks.script import check_script
from orthanc_python.doctor.checks.service import check_service
from orthanc_python.doctor.finding import Finding, Level
from orthanc_python.doctor.setup import Setup
from orthanc_python.failure import Denied
from orthanc_python.server.start_errors import OrthancNotFound
from orthanc_python.service.model import Manager, Service

Program = Callable[[str], Path]


def wrong(findings: Iterator[Finding]) -> Finding:
    """Return the only finding that is not good."""
    (found,) = [each for each in findings if each.level is not Level.OK]
    return found


def check(findings: Iterator[Finding], level: Level, text: str, fix: str) -> None:
    found = wrong(findings)
    assert found.level is level and text in f"{found.subject}: {found.text}" and fix in found.fix, found


def setup_of(folder: Path, settings: dict[str, Any], user: str = "") -> Setup:
    path = folder / "orthanc.json"
    path.write_text(json.dumps(settings), encoding="utf-8")
    return Setup.read(path, user)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Make a program that stands for Orthanc."""

    def write(text: str) -> Path:
        path = tmp_path / "Orthanc"
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)
        monkeypatch.setenv("ORTHANC", str(path))
        return path

    return write


@pytest.mark.parametrize(
    ("says", "level", "text", "fix"),
    [
        ("Orthanc version: mainline", Level.WARNING, " says mainline", "take a release, if something does not work"),
        ("nothing of use", Level.WARNING, " says no version", "take a release"),
        ("Orthanc version: 1.10.0", Level.PROBLEM, "1.10.0, and the plugin needs 1.10.1", "install a later Orthanc"),
        ("Orthanc version: 1.9.9", Level.PROBLEM, "1.9.9, and the plugin needs 1.10.1", "install a later Orthanc"),
    ],
)
def test_version_of_orthanc(program: Program, says: str, level: Level, text: str, fix: str) -> None:
    program(f"echo '{says}'")
    check(machine.check_orthanc(), level, text, fix)


def test_oldest_orthanc(program: Program) -> None:
    program("echo 'Orthanc version: 1.10.1'")
    assert all(each.level is Level.OK for each in machine.check_orthanc())


def test_no_orthanc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ORTHANC", str(tmp_path / "absent"))
    check(machine.check_orthanc(), Level.PROBLEM, "environment variable ORTHANC", "apt-get install orthanc")
    check(iter([machine._try(tmp_path)]), Level.PROBLEM, "start: invalid environment variable", "apt-get install orthanc")


def test_no_plugin_in_this_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ORTHANC_PYTHON_PLUGIN", str(tmp_path / "absent.so"))
    check(machine.check_plugin(), Level.PROBLEM, "is not a file", "pip install .")


def test_orthanc_that_does_not_start(program: Program, tmp_path: Path) -> None:
    (tmp_path / "plugin.so").touch()
    program("echo 'E1128 11:00:00.000000 main.cpp:1] it is broken' >&2; exit 3")
    finding = machine._try(tmp_path / "plugin.so")
    check(iter([finding]), Level.PROBLEM, "it is broken", "correct what Orthanc says, then run this again")


def test_orthanc_that_does_not_run_the_script(tmp_path: Path) -> None:
    """A folder without plugins stands for a plugin that Orthanc does not load."""
    (tmp_path / "plugins").mkdir()
    finding = machine._try(tmp_path / "plugins")
    check(iter([finding]), Level.PROBLEM, "Orthanc starts, but does not run the script", "look at the log of: Orthanc with")


def test_plugins_without_an_orthanc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def no_orthanc() -> Path:
        raise OrthancNotFound("Orthanc is not installed")

    monkeypatch.delenv("ORTHANC", raising=False)
    monkeypatch.setattr(plugins, "find_orthanc", no_orthanc)
    text = "Orthanc is not installed; its processor is not compared with that of the plugins"
    check(check_plugins(setup_of(tmp_path, {"Plugins": []})), Level.WARNING, text, "apt-get install orthanc")
    monkeypatch.setenv("ORTHANC", "/nowhere")
    fix = "unset ORTHANC, or set it to the path of the program"
    check(check_plugins(setup_of(tmp_path, {"Plugins": []})), Level.PROBLEM, "Orthanc is not installed", fix)


def test_executable_that_is_no_python(tmp_path: Path) -> None:
    no_python = tmp_path / "python3"
    no_python.write_text("#!/bin/sh\nexit 1\n")
    no_python.chmod(0o755)
    setup = setup_of(tmp_path, {"Python": {"Executable": str(no_python)}})
    check(check_python(setup), Level.PROBLEM, f"{no_python} is not a Python that can be run", f'write "{sys.executable}"')


@pytest.mark.parametrize(
    ("section", "level", "text", "fix"),
    [
        ({"Version": "3.77"}, Level.PROBLEM, "there is no Python 3.77 on PATH", 'install it, or set "Executable" to its path'),
        (
            {"Executable": sys.executable, "VirtualEnv": sys.prefix},
            Level.WARNING,
            '"Executable" wins, so it is ignored',
            "remove one of the two",
        ),
    ],
)
def test_wishes_for_python(tmp_path: Path, section: dict[str, str], level: Level, text: str, fix: str) -> None:
    check(check_python(setup_of(tmp_path, {"Python": section})), level, text, fix)


def test_value_of_another_type(tmp_path: Path) -> None:
    text = 'it must be true or false, not "yes"; Orthanc does not start'
    check(check_keys(setup_of(tmp_path, {"Python": {"Verbose": "yes"}})), Level.PROBLEM, text, "write true or false")


@pytest.mark.parametrize("listed", ["/usr/share/orthanc/plugins", {"a": "b"}, 3, True])
def test_plugins_that_are_no_list(tmp_path: Path, listed: object) -> None:
    text, fix = "it is not a list, and Orthanc stops", 'write "Plugins": ["/path/of/libOrthancPython.so"]'
    check(check_keys(setup_of(tmp_path, {"Plugins": listed})), Level.PROBLEM, text, fix)


def test_file_that_is_no_library(tmp_path: Path) -> None:
    (tmp_path / "plugin.so").write_text("text")
    setup = setup_of(tmp_path, {"Plugins": [str(tmp_path / "plugin.so")]})
    text, fix = "it is not a shared library, and Orthanc stops", f'remove {tmp_path / "plugin.so"} from "Plugins"'
    check(check_plugins(setup), Level.PROBLEM, text, fix)


def test_module_beside_the_script(tmp_path: Path) -> None:
    (tmp_path / "script.py").touch()
    (tmp_path / "orthanc.py").touch()
    setup = setup_of(tmp_path, {"PythonScript": str(tmp_path / "script.py")})
    text = "lies beside the script: other tools than the plugin import it instead of the module"
    check(check_script(setup), Level.WARNING, text, "rename it")


def test_key_in_two_files(tmp_path: Path) -> None:
    (tmp_path / "configuration").mkdir()
    for name in ("a.json", "b.json"):
        (tmp_path / "configuration" / name).write_text('{"Name": "x"}')
    text = ", and Orthanc does not start: neither file wins"
    check(check_repeated(Setup.read(tmp_path / "configuration")), Level.PROBLEM, text, "remove that of")


def test_no_script(tmp_path: Path) -> None:
    text = "neither it nor a Python plugin is configured"
    check(check_script(setup_of(tmp_path, {})), Level.PROBLEM, text, "--script FILE")


def test_environment_of_another_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path))
    found = [each for each in machine.check_environment() if each.level is Level.WARNING]
    text = f"the active virtual environment is {tmp_path}, but this command belongs to {sys.prefix}"
    assert [each.text for each in found] == [text] and f"{tmp_path}/bin/pip install" in found[0].fix


def test_interpreter_that_does_not_answer(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(program("exit 1")))
    found = [each for each in machine.check_environment() if each.level is Level.PROBLEM]
    assert [each.text for each in found] == [f"?, {sys.executable}, has no shared libpython, and cannot be embedded"]
    assert found[0].fix == "install Python anew"


def test_last_start_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_check, "processes_of", lambda service: None)  # it cannot be told
    log = tmp_path / "Orthanc.log"
    setup = setup_of(tmp_path, {})
    setup.service = Service("orthanc", Manager.SYSTEMD, setup.path, log_folder=tmp_path)
    good = "W1128 11:00:00.000000 main.cpp:1] Orthanc version: 1.10.1\n"
    bad = (
        good + "E1128 11:00:00.000000 main.cpp:2] no disk\nE1128 11:00:00.000000 main.cpp:3] Uncaught exception, stopping now\n"
    )
    log.write_text(good + bad)
    text, fix = "Orthanc did not start the last time: no disk", ", when the cause is mended;"
    check(check_log(setup), Level.WARNING, text, fix)
    log.write_text(bad + good)
    assert [each.level for each in check_log(setup)] == [Level.OK]


def test_module_that_needs_another_version(tmp_path: Path) -> None:
    (tmp_path / "env").mkdir()
    packages = run_venv(tmp_path / "env")
    (packages / "needing.py").write_text('ORTHANC_REQUIRES = {"colour": ">=1"}\n')
    python = tmp_path / "env" / "bin" / "python"
    setup = setup_of(tmp_path, {"Python": {"Executable": str(python), "Modules": ["needing"]}})
    check(
        check_modules(setup), Level.PROBLEM, "module needing: ORTHANC_REQUIRES of needing has the key", "install what it needs"
    )


def run_venv(folder: Path) -> Path:
    """Make a virtual environment and return its folder of packages."""
    venv.create(folder, symlinks=True)
    return next(folder.glob("lib/python3.*/site-packages"))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that all accounts may enter."""
    with tempfile.TemporaryDirectory() as temporary:
        Path(temporary).chmod(0o755)
        yield Path(temporary)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account")
def test_files_that_this_account_cannot_read(open_folder: Path) -> None:
    library, script = open_folder / "plugin.so", open_folder / "script.py"
    for each in (library, script):
        each.write_text("")
        each.chmod(0o600)
    libraries = setup_of(open_folder, {"Plugins": [str(library)]})
    scripts = setup_of(open_folder, {"PythonScript": str(script)})
    assert scripts.interpreter is not None  # found before, since it may lie in a folder that is closed to others
    os.setresuid(65534, 65534, 0)  # the real one too, because os.access uses that
    try:
        found = [wrong(check_plugins(libraries)), wrong(check_script(scripts))]
    finally:
        os.setresuid(0, 0, 0)
    assert (found[0].text, found[0].fix) == ("this account cannot read it", "run this command with sudo")
    assert (found[1].text, found[1].fix) == (f"{script}: Permission denied", f"chmod a+r {script}")


def test_account_that_may_not_read(open_folder: Path) -> None:
    script = open_folder / "script.py"
    script.write_text("")
    script.chmod(0o600)
    setup = setup_of(open_folder, {"PythonScript": str(script)}, "nobody")
    setup.path.chmod(0o644)
    check(check_service(setup), Level.PROBLEM, "access: the account nobody cannot read the script", "chmod a+rX")
    script.chmod(0o644)
    (good,) = check_service(setup)
    text = "the account nobody can read all that the configuration names for Python"
    assert (good.level, good.subject, good.text) == (Level.OK, "access", text)


def test_service_whose_configuration_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    class Service:
        name = "orthanc"
        configuration = Path("/nowhere/orthanc.json")

    def unreadable(path: Path, user: str = "") -> Setup:
        raise Denied(f"{path}: Permission denied")

    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(doctor, "find_service", Service)
    monkeypatch.setattr(doctor.Setup, "read", unreadable)
    check(doctor.check_machine_service(""), Level.WARNING, "service orthanc: /nowhere/orthanc.json: Permission denied", "sudo")
