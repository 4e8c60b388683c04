# SPDX-License-Identifier: GPL-3.0-or-later
"""`orthanc-python setup` on the files of Debian's service, with a real Orthanc that is restarted."""

from __future__ import annotations

import getpass
import json
import os
import plistlib
import pty
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from conftest import clean_environment
from debian_server import DebianServer
from service_manager import LABEL, service_manager

from bench.established import established_plugin

pytestmark = pytest.mark.timeout(1800)  # the first test also waits for the build of the wheel

SCRIPT = """
import sys
import orthanc
orthanc.RegisterRestCallback("/hello", lambda output, uri, **request: output.AnswerBuffer({text!r} + sys.prefix, "text/plain"))
"""
OTHERS = {"serve-folders", "worklists"}


class Service:
    """Debian's service in a folder, and the command on it."""

    def __init__(self, server: DebianServer, commands: Path, manager: Path) -> None:
        self.server = server
        self.manager = manager
        self.prefix = commands.parent
        self._command = commands / "orthanc-python"
        self._environment = clean_environment(
            ORTHANC_PYTHON_ROOT=str(server.folder), PATH=f"{manager}:{os.environ['PATH']}", COLUMNS="80"
        )
        self.run_as(getpass.getuser())

    def run_as(self, account: str) -> None:
        unit = self.server.folder / "lib/systemd/system/orthanc.service"
        lines = unit.read_text().splitlines()
        unit.write_text("\n".join(f"User={account}" if line.startswith("User=") else line for line in lines))

    def setup(self, *options: str | Path, status: int = 0) -> str:
        return self.run("setup", *options, status=status)

    def run(self, *arguments: str | Path, status: int = 0) -> str:
        command, environment = [self._command, *arguments], self._environment
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, stdin=subprocess.DEVNULL)
        said = done.stdout + done.stderr
        assert done.returncode == status and "Traceback" not in said, said
        return said

    @contextmanager
    def started(self, *options: str | Path, **streams: Any) -> Iterator[subprocess.Popen[str]]:
        """Start the command. It is ended with the block."""
        given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} | streams
        command = [str(self._command), "setup", *map(str, options)]
        with subprocess.Popen(command, env=self._environment, text=True, **given) as process:
            try:
                yield process
            finally:
                process.kill()

    def answer(self, text: str, *options: str | Path) -> tuple[str, int]:
        """Run the command on a terminal, on which a text is typed, and return what it shows and its exit status."""
        terminal, other = pty.openpty()
        with self.started(*options, stdin=other, stdout=other, stderr=other) as process:
            os.close(other)
            os.write(terminal, text.encode())
            said = b""
            with suppress(OSError):  # Linux' answer when the other side is closed
                while data := os.read(terminal, 4096):
                    said += data
            os.close(terminal)
            return said.decode(), process.wait(60)

    def files(self, *, kept: bool = True) -> dict[str, bytes]:
        """Return the configuration and the plugins, with or without what is kept for --undo and --rollback."""
        folders = (self.server.etc, self.server.plugins)
        paths = (path for folder in folders for path in folder.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in paths if kept or ".orthanc-python" not in path.parts}


@pytest.fixture
def service(open_folder: Path, commands: Path) -> Iterator[Service]:
    server = DebianServer(open_folder)
    with service_manager(server) as manager:
        assert server.start() is None, server.log()
        yield Service(server, commands, manager)
    server.stop()


def script(service: Service, name: str = "hello.py", text: str = "hello from ") -> Path:
    return service.server.write(name, SCRIPT.format(text=text))


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


def test_script_that_fails(service: Service) -> None:
    """Orthanc does not start with it, so that the former one comes back."""
    path = service.server.write("hello.py", "import orthanc\nraise ValueError('no such machine')\n")
    before = service.files()
    said = service.setup("--script", path, "--yes", status=1)
    assert "no such machine" in said and "restarted the service orthanc as it was\nOrthanc answers\n" in said
    assert service.files() == before and service.server.loaded() == OTHERS
    service.setup("--script", script(service, "good.py"), "--yes")  # and it can be tried again
    assert service.server.loaded() == {*OTHERS, "python"}


def test_script_that_fails_without_a_folder_of_logs(service: Service) -> None:
    """The log is the journal's then, and an account without rights cannot read that."""
    unit = service.server.folder / "lib/systemd/system/orthanc.service"
    unit.write_text(re.sub(r" --logdir=\S+", "", unit.read_text()))
    path = service.server.write("hello.py", "raise ValueError\n")
    said = service.setup("--script", path, "--yes", status=1)
    assert "Orthanc does not start: see sudo journalctl -u orthanc -n 50" in said and "Orthanc answers\n" in said
    assert service.server.loaded() == OTHERS


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


def test_another_program_at_the_port(service: Service) -> None:
    """It would answer instead of the service, because that cannot start."""
    service.server.stop()
    path, before = script(service), service.files()
    with HTTPServer(("127.0.0.1", service.server.http_port), SimpleHTTPRequestHandler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        while (service.manager / "active").exists():
            time.sleep(0.01)
        said = service.setup("--script", path, "--yes", status=1)
        other.shutdown()
    assert f"another program answers at port {service.server.http_port}: stop that first" in said
    assert service.files() == before


def test_server_without_http(service: Service) -> None:
    service.server.replace('"HttpServerEnabled" : true', '"HttpServerEnabled" : false')
    said = service.setup("--script", script(service), "--yes")
    assert "Orthanc cannot be asked" in said


def test_script_with_a_missing_module(service: Service) -> None:
    """The doctor finds it before Orthanc is restarted."""
    path = service.server.write("hello.py", "import orthanc, nowhere_to_be_found\n")
    before = service.files()
    said = service.setup("--script", path, "--yes", status=1)
    assert "nowhere_to_be_found" in said and "restarted" not in said
    assert service.files() == before and service.server.loaded() == OTHERS


def test_environment_that_is_made(service: Service, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    said = service.setup("--script", script(service), "--environment", folder, "--yes")
    assert f"made the environment {folder}" in said
    assert service.server.get("/hello").text == f"hello from {folder}"
    assert "Nothing has to change" in service.setup("--environment", folder, "--yes")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another account")
def test_what_the_account_cannot_read(service: Service) -> None:
    """Neither a script nor an environment is used before the service can read it."""
    service.run_as("orthanc")
    closed = service.server.folder / "home"
    closed.mkdir(mode=0o700)
    path = closed / "hello.py"
    path.write_text("import orthanc\n")
    own, before = script(service), service.files()
    own.chmod(0o600)
    assert f"chmod a+rX {own}" in service.setup("--script", own, "--yes", status=1)
    own.chmod(0o644)
    said = service.setup("--script", path, "--yes", status=1)
    assert f"the account orthanc cannot read the script, {path}, because of {closed}" in said
    assert f"sudo cp {path} {service.server.etc}/" in said
    subprocess.run(["/usr/bin/python3", "-m", "venv", closed / "env"], check=True)
    said = service.setup("--script", own, "--environment", closed / "env", "--yes", status=1)
    assert "the account orthanc cannot read Python" in said and "--environment" in said
    assert service.files() == before


def test_plugin_of_another_project(service: Service) -> None:
    """In the folder that "Plugins" names it is in the way; one that "Plugins" itself names is replaced."""
    library = service.server.plugins / "libOther.so"
    shutil.copy(established_plugin().library, library)
    before = service.files()
    said = service.setup("--script", script(service), "--yes", status=1)
    assert f'{library} is a plugin called "python" too 4' in said and "move it out of" in said
    (service.server.etc / "hello.py").unlink()
    assert service.files() == before

    library.rename(service.server.folder / "libOther.so")
    listed = f'"{service.server.plugins}/", "{service.server.folder}/libOther.so"'
    service.server.replace(f'"{service.server.plugins}/"', listed)
    service.setup("--script", script(service), "--yes")
    assert "libOther.so" not in service.server.main.read_text()
    assert service.server.loaded() == {*OTHERS, "python"}
    assert service.server.get("/hello").text.startswith("hello from ")


def test_question(service: Service) -> None:
    """On a terminal, it asks, and any answer but yes changes nothing."""
    path, before = script(service), service.files()
    said, status = service.answer("\n", "--script", path)
    assert "+++ " in said and "Change this and restart Orthanc? [y/N]" in said and "Nothing has been changed." in said
    assert status == 1 and service.files() == before and service.server.loaded() == OTHERS
    said, status = service.answer("y\n", "--script", path)
    assert status == 0 and "Orthanc answers, with the plugin python" in said
    assert service.server.loaded() == {*OTHERS, "python"}


def test_interrupt(service: Service) -> None:
    """While Orthanc starts with the changes: they are undone, whatever else is pressed."""
    path = service.server.write("hello.py", "import time\ntime.sleep(1000)\n")
    before = service.files()
    with service.started("--script", path, "--yes") as process:
        assert process.stdout is not None
        said = ""
        while "restarted the service orthanc" not in said:
            said += process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        while "removed" not in said:
            said += process.stdout.readline()
        process.send_signal(signal.SIGINT)
        said += process.stdout.read()
        process.wait(60)
    assert process.returncode == 1 and "restarted the service orthanc as it was" in said, said
    service.server.wait()
    assert service.files() == before and service.server.loaded() == OTHERS


def test_config_names_it(service: Service) -> None:
    path = script(service)
    done = service.run("config", "--script", path, "--user", getpass.getuser())
    command = done.partition("This changes it for you: sudo ")[2].split()
    assert command == [str(service.prefix / "bin" / "orthanc-python"), "setup", "--script", str(path)]


def test_refusals(service: Service) -> None:
    before = service.files()
    assert "name one by --script FILE" in service.setup("--yes", status=1)
    assert "there is no script nothere.py" in service.setup("--script", "nothere.py", "--yes", status=1)
    path = script(service)
    assert "add --yes" in service.setup("--script", path, status=1)
    service.server.write("b.json", '{"Plugins": []}')
    assert "it stands in two files" in service.setup("--script", path, "--yes", status=1)
    for name in ("hello.py", "b.json"):
        (service.server.etc / name).unlink()
    assert service.files() == before


def test_undo_after_a_change_by_hand(service: Service) -> None:
    service.setup("--script", script(service), "--yes")
    own = service.server.etc / "orthanc-python.json"
    own.write_text(own.read_text().replace('"Path"', '"Verbose": true, "Path"'))
    before = service.files()
    assert f"{own} was changed since" in service.setup("--undo", "--yes", status=1)
    assert service.files() == before


def test_users_and_a_machine_without_systemd(service: Service) -> None:
    service.server.replace('"AuthenticationEnabled" : false', '"AuthenticationEnabled" : true')
    service.server.write("credentials.json", '{"RegisteredUsers": {"ada": "secret"}}')
    assert "Orthanc answers, with the plugin python 0" in service.setup("--script", script(service), "--yes")
    service.setup("--undo", "--yes")
    shutil.rmtree(service.server.folder / "run")
    said = service.setup("--script", script(service), "--yes")
    assert "Now restart Orthanc: sudo systemctl restart orthanc" in said and "Orthanc answers" not in said
    said = service.setup("--undo", "--yes")
    assert "Now restart Orthanc: sudo systemctl restart orthanc" in said
