# SPDX-License-Identifier: GPL-3.0-or-later
"""`orthanc-python doctor` finds each broken set-up and names its fix. test_doctor_python.py has those of the interpreter."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from broken_setup import Broken
from conftest import PYTHON, clean_environment, run
from debian_server import DebianServer

from orthanc_python.doctor import Level, check_machine_service, configuration_steps
from orthanc_python.failure import Failure

pytestmark = pytest.mark.timeout(1800)  # the first test also waits for the build of the wheel


def test_what_works(broken: Broken) -> None:
    status, findings = broken.findings()
    assert status == 0 and {each["level"] for each in findings} == {"ok"}
    comments = f'// one\n{{ /* two */ "Plugins": ["{broken.plugin}"], "PythonScript": "{broken.script}" /* https://x */ }}\n'
    assert broken.findings(text=comments)[0] == 0


def test_key_of_the_section(broken: Broken) -> None:
    del broken.settings["PythonScript"]
    broken.settings["Python"] = {"PythonScript": str(broken.script), "Path": str(broken.script)}
    broken.expect('"Python": {"PythonScript"}: there is no such setting', 'write "Path" instead')


@pytest.mark.parametrize(
    ("key", "nearest"), [("pythonverbose", "PythonVerbose"), ("PythonVerbos", "PythonVerbose"), ("Plugin", "Plugins")]
)
def test_misspelt_key(broken: Broken, key: str, nearest: str) -> None:
    broken.settings[key] = broken.settings.get(nearest, True)
    broken.expect("there is no such setting", f'write "{nearest}" instead')


def test_key_outside_of_the_section(broken: Broken) -> None:
    broken.settings["VirtualEnv"] = "/srv/env"
    broken.expect("it stands outside of the section", 'write "Python": {"VirtualEnv": ...}')


def test_wrong_orthanc(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORTHANC", "/nowhere/Orthanc")
    broken.expect("ORTHANC: /nowhere/Orthanc is not a program", "unset ORTHANC")


def test_scripts_in_a_list(broken: Broken) -> None:
    del broken.settings["PythonScript"]
    second = broken.write("second.py", "import orthanc\ndef f(:\n")
    broken.settings["Python"] = {"Path": [str(broken.script), str(second)]}
    broken.expect("second.py:2: SyntaxError", "correct the line")


def test_settings_in_environment_variables(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the start script of the Docker images of orthancteam takes them."""
    del broken.settings["PythonScript"]
    monkeypatch.setenv("ORTHANC__PYTHON_SCRIPT", str(broken.script))
    monkeypatch.setenv("ORTHANC__PYTHON__VIRTUAL_ENV", "/nowhere/env")
    broken.expect('"Python": {"VirtualEnv"}: /nowhere/env is not a virtual environment', "-m venv /nowhere/env")


def test_variable_that_is_not_set(broken: Broken) -> None:
    broken.settings["PythonScript"] = "${ORTHANC_TEST_FOLDER}/hello.py"
    broken.expect("script: /hello.py does not exist", "correct the path")


def test_long_paths_in_a_pipe(broken: Broken, commands: Path) -> None:
    script = broken.write("/".join(["folder"] * 30) + "/my_plugin.py", "import orthanc\n")
    broken.settings["PythonScript"] = str(script)
    path = broken.write("orthanc.json", json.dumps(broken.settings))
    done = run([commands / "orthanc-python", "doctor", path])
    assert any(line.endswith(str(script)) for line in done.splitlines())
    assert [line for line in done.splitlines() if line != line.rstrip()] == []


def test_value_of_another_type(broken: Broken) -> None:
    broken.settings["Python"] = {"Verbose": "yes"}
    broken.expect('it must be true or false, not "yes"', "write true or false")


OPEN = {"RemoteAccessAllowed": True, "AuthenticationEnabled": False}


@pytest.mark.parametrize(("name", "value"), [("Dashboard", True), ("Dashboard", {"Reload": True}), ("ErrorDetails", True)])
def test_development_open_to_anybody(broken: Broken, name: str, value: object) -> None:
    broken.settings |= {"Python": {name: value}, **OPEN}
    broken.expect("to whoever reaches Orthanc", f'or remove "{name}"', level="warning")


@pytest.mark.parametrize("users", [None, {}])
@pytest.mark.parametrize("settings", [{}, {"AuthenticationEnabled": True}])
def test_password_that_nobody_has(broken: Broken, users: dict[str, str] | None, settings: dict[str, Any]) -> None:
    broken.settings |= {"RemoteAccessAllowed": True} | settings | ({} if users is None else {"RegisteredUsers": users})
    broken.expect("Orthanc 1.13 does not start", 'name a user in "RegisteredUsers"', level="warning")


USERS = {"RegisteredUsers": {"ada": "a long password"}}


@pytest.mark.parametrize("settings", [{"RemoteAccessAllowed": True, **USERS}, {**OPEN, "Python": {"Dashboard": False}}])
def test_development_behind_a_password(broken: Broken, settings: dict[str, Any]) -> None:
    broken.settings |= {"Python": {"Dashboard": True, "ErrorDetails": False}} | settings
    assert [each for each in broken.findings()[1] if each["level"] != "ok"] == []


def test_section_that_is_none(broken: Broken) -> None:
    broken.settings["Python"] = str(broken.script)
    broken.expect("must be a section", '"Path"')


def test_two_scripts(broken: Broken) -> None:
    broken.settings["Python"] = {"Path": "/srv/other.py"}
    broken.expect("/srv/other.py is not run", "remove one", level="warning")


def test_no_script(broken: Broken) -> None:
    del broken.settings["PythonScript"]
    broken.expect("does nothing", "--script FILE")


def test_missing_script(broken: Broken) -> None:
    broken.settings["PythonScript"] = str(broken.folder / "absent.py")
    broken.expect("does not exist, and Orthanc stops", "correct the path")


def test_relative_script(broken: Broken) -> None:
    broken.settings["PythonScript"] = "my_plugin.py"
    broken.expect("relative to the folder that Orthanc is started in", str(broken.script), level="warning")


def test_script_called_orthanc(broken: Broken) -> None:
    broken.settings["PythonScript"] = str(broken.write("orthanc.py", "import orthanc\n"))
    broken.expect("would hide the module orthanc", "mv ")


def test_script_without_suffix(broken: Broken) -> None:
    broken.settings["PythonScript"] = str(broken.write("script.txt", ""))
    broken.expect("does not end with .py", "mv ")


def test_script_with_a_syntax_error(broken: Broken) -> None:
    broken.script.write_text("import orthanc\ndef f(:\n")
    broken.expect("my_plugin.py:2: SyntaxError", "correct the line")


def test_script_with_a_missing_module(broken: Broken) -> None:
    broken.script.write_text("import orthanc, json, nowhere_to_be_found\n")
    broken.expect("the module nowhere_to_be_found", "bin/python -m pip install nowhere_to_be_found")


def test_missing_library(broken: Broken) -> None:
    broken.settings["Plugins"].append("/usr/share/orthanc/plugins/OrthancPython.dll")
    broken.expect("OrthancPython.dll does not exist", str(broken.plugin))


def test_missing_library_of_another_project(broken: Broken) -> None:
    """A second Python plugin in its place would stop Orthanc."""
    missing = "/usr/lib/orthanc-absent/libOrthancGdcm.so"
    broken.settings["Plugins"].append(missing)
    broken.expect(f"{missing} does not exist", f'install it, or remove {missing} from "Plugins"')
    assert str(broken.plugin) not in broken.findings()[1][0]["fix"]


def test_missing_python_plugin(broken: Broken) -> None:
    """The one of this environment takes its place, if no other one works."""
    missing = "/usr/share/orthanc/plugins/OrthancPython.dll"
    broken.settings["Plugins"].append(missing)
    broken.expect(f"{missing} does not exist", f'remove {missing} from "Plugins": {broken.plugin} is the Python plugin there')
    broken.settings["Plugins"].remove(str(broken.plugin))
    fixes = [each["fix"] for each in broken.findings()[1] if f"{missing} does not exist" in each["text"]]
    assert fixes == [f"name {broken.plugin}"]


def test_link_to_a_missing_library(broken: Broken) -> None:
    folder = broken.folder / "plugins"
    folder.mkdir()
    (folder / "libOrthancGdcm.so").symlink_to("/nowhere/libOrthancGdcm.so")
    broken.settings["Plugins"].append(str(folder))
    fix = f"rm {folder}/libOrthancGdcm.so"
    broken.expect("leads to /nowhere/libOrthancGdcm.so, but that does not exist, and Orthanc stops", fix)


def test_no_plugin(broken: Broken) -> None:
    broken.settings["Plugins"] = ["/usr/share/orthanc/plugins"]
    broken.expect("names no Python plugin", f"add {broken.plugin}")


@pytest.mark.parametrize("section", [{"Modules": ["my_plugin"]}, {"Path": "/srv/my_plugin.py"}])
def test_no_plugin_for_modules_or_scripts(
    section: dict[str, Any], tmp_path: Path, debian: DebianServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a configuration that is named, and of that of the service."""
    debian.write("python.json", json.dumps({"Python": section}))
    monkeypatch.setenv("ORTHANC_PYTHON_ROOT", str(tmp_path))
    named = [finding for _, check in configuration_steps(debian.etc, "") for finding in check()]
    for findings in (named, list(check_machine_service(""))):
        problems = [f"{each.subject}: {each.text}" for each in findings if each.level is Level.PROBLEM]
        assert any(each.startswith('"Plugins": it names no Python plugin') for each in problems), problems


def test_two_plugins(broken: Broken) -> None:
    shutil.copytree(broken.plugin.parent, broken.folder / "plugins", ignore=shutil.ignore_patterns("build-*"))
    broken.settings["Plugins"].append(str(broken.folder / "plugins"))
    broken.expect('one plugin called "python" and does not start with 2', "keep one")


def test_part_of_the_bundle(broken: Broken) -> None:
    (inner,) = (broken.plugin.parent / "OrthancPython").iterdir()
    broken.settings["Plugins"] = [str(inner)]
    broken.expect("cannot be opened alone", f"name {broken.plugin}")


def test_other_processor(broken: Broken) -> None:
    data = bytearray(broken.plugin.read_bytes())
    data[18:20] = b"\xb7\x00"  # the machine in the header of ELF: ARM 64
    shutil.copytree(broken.plugin.parent, broken.folder / "plugins", ignore=shutil.ignore_patterns("build-*"))
    other = broken.folder / "plugins" / broken.plugin.name
    other.write_bytes(data)
    broken.settings["Plugins"] = [str(other)]
    broken.settings["Python"] = {"Executable": PYTHON}
    broken.expect("it is for arm64, and Orthanc for x86_64", "take the plugin for x86_64")


def test_other_processor_of_another_plugin(broken: Broken) -> None:
    """No second Python plugin in its place."""
    data = bytearray(Path("/usr/share/orthanc/plugins/libModalityWorklists.so").read_bytes())
    data[18:20] = b"\xb7\x00"
    other = broken.folder / "libModalityWorklists.so"
    other.write_bytes(data)
    broken.settings["Plugins"].append(str(other))
    broken.expect("it is for arm64", f'install the one for x86_64, or remove {other} from "Plugins"')


def test_loader_without_its_folder(broken: Broken) -> None:
    alone = shutil.copy(broken.plugin, broken.folder)
    broken.settings["Plugins"] = [str(alone)]
    broken.settings["Python"] = {"Executable": PYTHON}
    broken.expect("the loader is alone", f"install --to {broken.folder}")


def test_account_that_cannot_read(broken: Broken) -> None:
    outside = Path("/usr/local/share/orthanc-python-test")
    assert not outside.exists()
    try:
        shutil.copytree(broken.plugin.parent, outside)
        script = outside / "my_plugin.py"
        script.write_text("import orthanc\n")
        broken.settings = {
            "Plugins": [str(outside / broken.plugin.name)],
            "PythonScript": str(script),
            "Python": {"Executable": PYTHON},
        }
        broken.folder = outside
        script.chmod(0o600)
        broken.expect("the account nobody cannot read the script", f"chmod a+rX {script}", "--user", "nobody")
        script.chmod(0o644)
        (outside / "OrthancPython").chmod(0o700)
        broken.expect("cannot read the plugin for Python", f"chmod a+x {outside / 'OrthancPython'}", "--user", "nobody")
    finally:
        shutil.rmtree(outside, ignore_errors=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account")
@pytest.mark.parametrize(("key", "file"), [("VirtualEnv", "env"), ("Executable", "python3"), ("Path", "script.py")])
def test_file_that_this_account_cannot_reach(key: str, file: str) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        folder.chmod(0o755)
        (folder / "closed").mkdir(mode=0o700)
        configuration = folder / "orthanc.json"
        configuration.write_text(json.dumps({"Python": {key: str(folder / "closed" / file)}}))
        os.seteuid(65534)
        try:
            (step,) = configuration_steps(configuration, "")
            findings = list(step[1]())
        finally:
            os.seteuid(0)
    assert f"the account nobody may not enter the folder {folder / 'closed'}" in findings[0].text
    assert findings[0].fix.startswith(f"chmod a+x {folder / 'closed'}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{\n/* a\n comment */ 'Name': 1}", "it is not JSON: Expecting property name enclosed in double quotes: line 3"),
        ("[]", "it must be a JSON object"),
        (None, "the file does not exist"),
    ],
)
def test_configuration_that_cannot_be_read(commands: Path, tmp_path: Path, text: str | None, expected: str) -> None:
    if text is not None:
        (tmp_path / "orthanc.json").write_text(text)
    command = [str(commands / "orthanc-python"), "doctor", str(tmp_path / "orthanc.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and expected in done.stderr and done.stderr.count("\n") == 1


def test_service_of_the_machine(commands: Path, tmp_path: Path, debian: DebianServer) -> None:
    """Without an argument, the doctor looks at what the service is given."""

    def findings(status: int) -> list[dict[str, str]]:
        command = [commands / "orthanc-python", "doctor", "--json", "--user", getpass.getuser()]
        environment = clean_environment(ORTHANC_PYTHON_ROOT=str(tmp_path))
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == status, done.stdout
        return json.loads(done.stdout)

    (service,) = [each for each in findings(0) if each["subject"] == "service orthanc"]
    assert f"{debian.etc} has no Python plugin yet" in service["text"] and "setup --script FILE" in service["text"]
    debian.write("python.json", json.dumps({"PythonScript": "hello.py"}))
    texts = [each["text"] for each in findings(1) if each["level"] == "problem"]
    assert any("it names no Python plugin" in text for text in texts)
    assert any(f"hello.py is relative to {tmp_path}, where the service starts" in text for text in texts)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account")
def test_configuration_of_another_account(open_folder: Path) -> None:
    with closing(DebianServer(open_folder)) as debian:
        (debian.etc / "credentials.json").chmod(0o600)
        os.seteuid(65534)
        try:
            with pytest.raises(Failure, match=r"credentials\.json: Permission denied: run this command with sudo"):
                configuration_steps(debian.etc, "")
        finally:
            os.seteuid(0)


def test_machine(commands: Path, tmp_path: Path, fail_with: Callable[[list[str], dict[str, str]], str]) -> None:
    """Without a service: that of the machine may be stopped."""
    root = f"ORTHANC_PYTHON_ROOT={tmp_path}"
    findings = json.loads(run(["env", root, commands / "orthanc-python", "doctor", "--json"]))
    assert {each["level"] for each in findings} == {"ok"}
    subjects = [each["subject"] for each in findings]
    assert {"Orthanc", "SDK", "orthanc-python", "this Python", "plugin", "its build", "start"} <= set(subjects)
    said = fail_with(["doctor"], {"ORTHANC": "/nowhere/Orthanc"})
    assert "ORTHANC: /nowhere/Orthanc is not a program" in said and "fix: " in said
