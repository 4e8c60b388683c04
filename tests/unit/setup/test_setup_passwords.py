# SPDX-License-Identifier: GPL-3.0-or-later
"""`orthanc-python setup` shows changes of a configuration without its passwords."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orthanc_python.cli import app
from orthanc_python.doctor.checks.repeated import check_repeated
from orthanc_python.doctor.setup import Setup
from orthanc_python.setup import plan, target
from orthanc_python.setup.backup import Backup
from orthanc_python.setup.change import Change
from orthanc_python.setup.masking import masked
from orthanc_python.setup.plan import Options, make_plan

SECRET = "swordfish"
USERS = {"ada": SECRET}
MORE = {
    "RegisteredUsers": USERS,
    "OrthancPeers": {
        "peer": ["http://192.0.2.1:8042/", "ada", SECRET],
        "other": {"Password": SECRET, "HttpHeaders": {SECRET: "a"}},
    },
    "Number": 12345678,
    "Python": {"Token": SECRET, "Verbose": True},
}


def several_lines(settings: dict[str, object]) -> str:
    return json.dumps(settings, indent=2).replace('{\n  "', f'{{\n  // was "RegisteredUsers": {{"ada": "{SECRET}"}}\n  "', 1)


def with_variables(settings: dict[str, object]) -> str:
    text = json.dumps(settings).replace("12345678", f"${{NUMBER:-{SECRET}}}")
    return text.replace(f'"{SECRET}"', f'/* {SECRET} */ "${{PASSWORD:-{SECRET}}}"').replace("{", "{ // " + SECRET + "\r\n", 1)


@pytest.fixture(params=[json.dumps, several_lines, with_variables], ids=["one line", "several lines", "variables"])
def configuration(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a configuration with passwords, and the script that it is to run."""
    monkeypatch.setenv("ORTHANC_PYTHON_ROOT", str(tmp_path))
    monkeypatch.setenv("NUMBER", "12345678")
    monkeypatch.setattr(plan, "is_installed_in", lambda folder: True)
    monkeypatch.setattr(target, "FOLDERS", ("plugins",))
    (tmp_path / "hello.py").touch()
    path = tmp_path / "orthanc.json"
    path.write_text(request.param({**MORE, "PythonScript": "former.py"}), encoding="utf-8", newline="")
    return path


def checked(done: Result) -> str:
    assert done.exit_code == 0, done.output
    assert SECRET not in done.output and "12345678" not in done.output, done.output
    return done.output


def test_setup_and_undo(configuration: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = configuration.with_name("hello.py")
    said = checked(CliRunner().invoke(app, ["setup", str(configuration), "--script", str(script), "--dry-run"]))
    assert f'"PythonScript": "{script}"' in said and '"PythonScript": "former.py"' in said and '"Plugins": ' in said
    changes = make_plan(Options(configuration, script)).changes
    Backup.create(configuration, changes)
    for change in changes:
        change.apply()
    said = checked(CliRunner().invoke(app, ["setup", str(configuration), "--undo", "--dry-run"]))
    assert f'"PythonScript": "{script}"' in said and '"PythonScript": "former.py"' in said


def test_lines_beside_a_change(configuration: Path) -> None:
    """They are not shown."""
    said = "\n".join(make_plan(Options(configuration, configuration.with_name("hello.py"))).changes[0].diff())
    assert not [line for line in said.splitlines() if line.startswith(" ")]


@pytest.mark.parametrize("text", ['{"${KEY}": "swordfish", ${MORE}}', '["swordfish"', '{"a": swordfish /*'])
def test_text_whose_keys_are_not_known(text: str, tmp_path: Path) -> None:
    said = "\n".join(Change(tmp_path / "x.json", text, text.replace("{", '{"Plugins": [],')).diff())
    assert SECRET not in said


def test_lines_and_marks_stay() -> None:
    """Each line is shown where it stands."""
    text = """\ufeff{ // a: "b"
  /* c
     d */ "Plugins": ["/e" /* f */, "${G:-/h}"], "i": [1, {"j": true}, "k\\"l"],
  "Python": { "Path": "//m", "n": ${O}, "p": /* q
    r */ "s" }
}
"""
    assert (
        masked(text)
        == """\ufeff{ // ***
  /* ***
 */ "Plugins": ["/e" /* *** */, "${G:-/h}"], "i": [***, {***: ***}, ***],
  "Python": { "Path": "//m", "n": ***{***}, "p": /* ***
 */ *** }
}
"""
    )


def test_doctor_and_a_key_that_stands_twice(tmp_path: Path) -> None:
    """The items of a peer are not to be joined, and one of them is a password."""
    peer = f'"peer": ["http://192.0.2.1/", "ada", "{SECRET}"]'
    (tmp_path / "orthanc.json").write_text(f'{{"OrthancPeers": {{\n{peer},\n{peer}}}}}')
    (found,) = check_repeated(Setup.read(tmp_path / "orthanc.json"))
    assert found.fix == "remove that of line 2" and SECRET not in found.text
