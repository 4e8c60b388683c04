# SPDX-License-Identifier: GPL-3.0-or-later
"""`orthanc-python setup` on the files of Debian's service, with a real Orthanc that is restarted."""

from __future__ import annotations

import getpass
import json
import plistlib
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from conftest import PYTHON
from service_manager import LABEL
from setup_service import OTHERS, SCRIPT, Service, script

from bench.established import established_plugin
from orthanc_python.server.orthanc_server import find_orthanc
from orthanc_python.server.orthanc_version import orthanc_version

pytestmark = pytest.mark.timeout(1800)  # the first test also waits for the build of the wheel


def test_setup_and_undo(service: Service) -> None:
    """A script in Debian's running Orthanc: no plugin is lost, and all comes back."""
    path, before = script(service), service.files()
    mode = service.server.main.stat().st_mode
    said = service.setup("--script", path, "--dry-run")
    assert f"+++ {service.server.etc}/orthanc-python.json" in said
    assert service.files() == before and service.server.loaded() == OTHERS

    said = service.setup("--script", path, "--yes")
    assert "Orthanc answers, with the plugin python" in said and "setup --undo" in said
    assert service.server.loaded() == {*OTHERS, "python"}
    assert service.server.get("/hello").text == f"hello from {service.prefix}"
    assert service.server.main.stat().st_mode == mode
    added = json.loads((service.server.etc / "orthanc-python.json").read_text())
    assert added == {"Python": {"Path": str(path), "VirtualEnv": str(service.prefix)}}
    assert service.server.main.read_bytes() == before[str(service.server.main)]  # its "Plugins" names the folder already

    assert "Nothing has to change" in service.setup("--yes")
    service.setup("--undo", "--yes")
    assert service.files() == before and service.server.loaded() == OTHERS
    assert "there is no setup to undo" in service.setup("--undo", "--yes", status=1)


def test_another_version(service: Service) -> None:
    """The installed plugin is replaced, and comes back."""
    path = script(service)
    service.setup("--script", path, "--yes")
    library = service.server.plugins / "libOrthancPython.so"
    other = library.with_name("other")
    other.write_bytes(library.read_bytes() + b"another version")
    other.replace(library)  # Orthanc keeps the one that it uses
    before = service.files(kept=False)
    assert "libOrthancPython.so, to be installed" in service.setup("--dry-run")
    assert "Orthanc answers, with the plugin python" in service.setup("--yes")
    assert service.files(kept=False) != before
    assert "restored the former" in service.setup("--undo", "--yes")
    assert service.files(kept=False) == before
    assert service.server.get("/hello").text == f"hello from {service.prefix}"


def test_modules_without_a_script(service: Service) -> None:
    """A package that a file of the configuration names, in an environment of its own."""
    environment = service.server.folder / "env"
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", environment], check=True)
    (packages,) = (environment / "lib").glob("python3.*/site-packages")
    (packages / "my_plugin").mkdir()
    (packages / "my_plugin" / "__init__.py").touch()
    (packages / "my_plugin" / "plugin.py").write_text(SCRIPT.format(text="hello from "))
    assert '"Modules"' in service.setup("--yes", status=1)
    service.server.write("my_plugin.json", json.dumps({"Python": {"Modules": ["my_plugin.plugin"]}}))
    assert "Orthanc answers" in service.setup("--environment", environment, "--yes")
    assert service.server.get("/hello").text == f"hello from {environment}"


def test_removal(service: Service) -> None:
    """As the page on the installation removes all, without --undo."""
    before = service.files()
    service.setup("--script", script(service), "--yes")
    said = service.run("uninstall", "--from", service.server.plugins)
    assert f"removed {service.server.plugins}/libOrthancPython.so" in said
    for name in ("orthanc-python.json", "hello.py"):
        (service.server.etc / name).unlink()
    shutil.rmtree(service.server.etc / ".orthanc-python")
    assert service.files() == before
    service.server.stop()
    assert service.server.start() is None and service.server.loaded() == OTHERS


def test_another_script(service: Service) -> None:
    """The setting is changed where it stands, with the comments around it."""
    first, second = script(service, "first.py", "first "), script(service, "second.py", "second ")
    text = f'{{\n  // our script\n  "PythonScript" : "{first}", // keep\r\n  "Python" : {{ "Verbose": true }}\n}}\n'
    own = service.server.write("python.json", "")
    own.write_bytes(text.encode())
    service.setup("--script", second, "--yes")
    changed = own.read_bytes().decode()
    assert f'// our script\n  "PythonScript" : "{second}", // keep\r\n' in changed
    assert service.server.get("/hello").text == f"second {service.prefix}"
    assert not (service.server.etc / "orthanc-python.json").exists()
    service.setup("--undo", "--yes")
    assert own.read_bytes() == text.encode()


def test_plugins_in_a_list(service: Service, tmp_path: Path) -> None:
    """The plugin goes to another folder, and into the list behind the others."""
    folder = tmp_path / "more"
    service.setup("--script", script(service), "--plugins", folder, "--yes")
    assert f'"{service.server.plugins}/",\n    "{folder}/libOrthancPython.so"\n  ],' in service.server.main.read_text()
    assert service.server.loaded() == {*OTHERS, "python"}


def test_one_file(service: Service) -> None:
    """As on a machine whose service is given a file: what is missing goes into that one."""
    unit = service.server.folder / "lib/systemd/system/orthanc.service"
    unit.write_text(unit.read_text().replace("/etc/orthanc", "/etc/orthanc/orthanc.json"))
    path, before = script(service), service.server.main.read_text()
    said = service.setup("--script", path, "--yes")
    assert "restarted the service orthanc" in said and service.server.get("/hello").text.startswith("hello from ")
    after = service.server.main.read_text()
    assert after.startswith('{\n  "Python": {\n    "Path": ') and after.endswith(before[1:])


def test_script_of_several(service: Service) -> None:
    """It is added to a list of scripts, and the others stay."""
    first, second = script(service, "first.py"), service.server.write("second.py", "import orthanc\n")
    service.server.write("python.json", json.dumps({"Python": {"Path": [str(first)]}}))
    service.setup("--script", second, "--yes")
    section = json.loads((service.server.etc / "python.json").read_text())["Python"]
    assert section["Path"] == [str(first), str(second)]
    assert service.server.get("/hello").text == f"hello from {service.prefix}"
    assert "Nothing has to change" in service.setup("--script", first, "--yes")


def test_service_of_macos(service: Service) -> None:
    """From the files alone: a property list in place of a unit."""
    (service.server.folder / "lib/systemd/system/orthanc.service").unlink()
    arguments = ["/usr/local/bin/Orthanc", "--logdir=/var/log/orthanc", "/etc/orthanc"]
    values = {"Label": LABEL, "ProgramArguments": arguments, "UserName": getpass.getuser()}
    path = service.server.folder / "Library/LaunchDaemons" / f"{LABEL}.plist"
    path.parent.mkdir(parents=True)
    path.write_bytes(plistlib.dumps(values))
    before = service.files()
    said = service.setup("--script", script(service), "--yes")
    assert f"restarted the service {LABEL}" in said and "Orthanc answers, with the plugin python" in said
    assert service.server.loaded() == {*OTHERS, "python"}
    (service.server.etc / "hello.py").write_text("raise ValueError('wrong')\n")
    service.setup("--undo", "--yes")
    assert "ValueError: wrong" in service.setup("--script", service.server.etc / "hello.py", "--yes", status=1)
    (service.server.etc / "hello.py").unlink()
    assert service.files() == before and service.server.loaded() == OTHERS


def test_server_without_http(service: Service) -> None:
    service.server.replace('"HttpServerEnabled" : true', '"HttpServerEnabled" : false')
    said = service.setup("--script", script(service), "--yes")
    assert "Orthanc cannot be asked" in said


def test_environment_that_is_made(service: Service, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    said = service.setup("--script", script(service), "--environment", folder, "--yes")
    assert f"made the environment {folder}" in said
    assert service.server.get("/hello").text == f"hello from {folder}"
    assert "Nothing has to change" in service.setup("--environment", folder, "--yes")


def test_plugin_of_another_project(service: Service) -> None:
    """In the folder that "Plugins" names it is in the way; one that "Plugins" itself names is replaced."""
    library = service.server.plugins / "libOther.so"
    shutil.copy(established_plugin().library, library)
    before = service.files()
    said = service.setup("--script", script(service), "--yes", status=1)
    assert f'{library} is another plugin called "python" (version 4' in said and "move it out of" in said
    (service.server.etc / "hello.py").unlink()
    assert service.files() == before

    library.rename(service.server.folder / "libOther.so")
    listed = f'"{service.server.plugins}/", "{service.server.folder}/libOther.so"'
    service.server.replace(f'"{service.server.plugins}/"', listed)
    service.setup("--script", script(service), "--yes")
    assert "libOther.so" not in service.server.main.read_text()
    assert service.server.loaded() == {*OTHERS, "python"}
    assert service.server.get("/hello").text.startswith("hello from ")


def test_library_that_was_missing_before(service: Service) -> None:
    """It does not stop an Orthanc before 1.12.5, and so not the setup. A later Orthanc would not start again."""
    missing = "/usr/lib/orthanc-absent/libOrthancGdcm.so"
    service.server.replace(f'"{service.server.plugins}/"', f'"{service.server.plugins}/", "{missing}"')
    service.server.write("python.json", '{"Python": {"Verbos": true}}')
    version = orthanc_version(find_orthanc())
    warns = version is not None and version < (1, 12, 5)
    said = service.setup("--script", script(service), "--yes", status=0 if warns else 1).replace("\n", " ")
    assert f'install it, or remove {missing} from "Plugins"' in said
    if warns:
        assert 'left as it was: "Python": {"Verbos"}' in said and "Orthanc answers, with the plugin python" in said
        assert service.server.loaded() == {*OTHERS, "python"}


def test_question(service: Service) -> None:
    """On a terminal, it asks, and any answer but yes changes nothing."""
    path, before = script(service), service.files()
    said, status = service.answer("\n", "--script", path)
    assert "+++ " in said and "Change this and restart Orthanc? [y/N]" in said and "Nothing has been changed." in said
    assert status == 1 and service.files() == before and service.server.loaded() == OTHERS
    said, status = service.answer("y\n", "--script", path)
    assert status == 0 and "Orthanc answers, with the plugin python" in said
    assert service.server.loaded() == {*OTHERS, "python"}


def test_config_names_it(service: Service) -> None:
    path = script(service)
    done = service.run("config", "--script", path, "--user", getpass.getuser())
    command = done.partition("This changes it for you: sudo ")[2].split()
    assert command == [str(service.prefix / "bin" / "orthanc-python"), "setup", "--script", str(path)]


def test_users_and_a_machine_without_systemd(service: Service) -> None:
    service.server.replace('"AuthenticationEnabled" : false', '"AuthenticationEnabled" : true')
    service.server.write("credentials.json", '{"RegisteredUsers": {"ada": "secret"}}')
    assert "Orthanc answers, with the plugin python 0" in service.setup("--script", script(service), "--yes")
    service.setup("--undo", "--yes")
    shutil.rmtree(service.server.folder / "run")
    said, status = service.answer("\n", "--script", script(service))
    assert "Change this? [y/N]" in said and status == 1
    said = service.setup("--script", script(service), "--yes")
    assert "Now restart Orthanc\n" in said and "Orthanc answers" not in said and "systemctl" not in said
    script_of_init = service.server.folder / "etc" / "init.d" / "orthanc"  # Debian's package has it besides the unit
    script_of_init.parent.mkdir()
    script_of_init.touch()
    said, status = service.answer("y\n", "--undo")
    assert "Change this? [y/N]" in said and status == 0
    assert "Now restart Orthanc: sudo service orthanc restart" in said


def test_service_that_is_stopped(service: Service) -> None:
    """It stays stopped. Somebody has stopped it on purpose, or has not started it yet."""
    path, before = script(service), service.files()
    service.server.stop()
    while (service.manager / "active").exists():
        time.sleep(0.01)
    said, status = service.answer("y\n", "--script", path)
    assert "Change this? [y/N]" in said and status == 0
    assert "the service orthanc was stopped, and is not started" in said and "sudo systemctl start orthanc" in said
    assert service.server.process is None
    assert service.server.start() is None and service.server.loaded() == {*OTHERS, "python"}
    service.server.stop()
    while (service.manager / "active").exists():
        time.sleep(0.01)
    said = service.setup("--undo", "--yes")
    assert "restarted" not in said and "sudo systemctl start orthanc" in said
    assert service.server.process is None and service.files() == before
