# SPDX-License-Identifier: GPL-3.0-or-later
"""The last line of a command that fails."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from orthanc_python import cli, project
from orthanc_python.doctor.setup import Setup
from orthanc_python.failure import Denied, Failure
from orthanc_python.modules.installed_plugins import InstalledPlugin
from orthanc_python.server import orthanc_server
from orthanc_python.server.orthanc_server import OrthancServer
from orthanc_python.server.start_errors import OrthancDidNotStart, PortTaken


@pytest.fixture(autouse=True)
def signals_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "interrupt_on_signals", lambda: None)
    monkeypatch.setattr(cli, "ignore_signals", lambda: None)


def failed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *command: str) -> list[str]:
    """Return the lines of the standard error of a command that fails."""
    monkeypatch.setattr(sys, "argv", ["orthanc-python", *command])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a\nb.py", r"a\nb.py"), ("\x1b[2Ja.py", r"\x1b[2Ja.py"), ("caf\udce9.py", r"caf\udce9.py"), ("café b.py", "café b.py")],
)
def test_name_of_odd_characters(
    name: str, shown: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, and no control character for the terminal."""
    assert failed(monkeypatch, capsys, "run", name) == [f"error: there is no script {shown}"]


@pytest.mark.parametrize("command", [["doctor"], ["install", "--to"]])
def test_loop_of_symbolic_links(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    (line,) = failed(monkeypatch, capsys, *command, str(loop))
    assert str(loop) in line and "an error of orthanc-python itself" not in line


@pytest.mark.parametrize("url", ["", "http://[::1", "http://127.0.0.1:99999", "ftp://host", "http://host:port"])
def test_url_that_is_not_one(url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = failed(monkeypatch, capsys, "threads", url)
    assert line.startswith(f"error: {url} is not the URL of an Orthanc; ")


@pytest.mark.parametrize("place", ["a[/b]", "https://127.0.0.1:1/[/bold]"])
def test_place_that_looks_like_markup(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = failed(monkeypatch, capsys, "install", "--to", str(tmp_path), "--from", place)
    assert place in lines[-1] and "an error of orthanc-python itself" not in lines[-1]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
@pytest.mark.parametrize(("umask", "modes"), [(0o000, {0o775, 0o664}), (0o022, {0o755, 0o644}), (0o077, {0o700, 0o600})])
def test_files_that_anybody_could_write(umask: int, modes: set[int], tmp_path: Path) -> None:
    """A daemon, or a container's shell, may have no umask: whoever can log in would choose what Orthanc runs."""
    command = [sys.executable, "-m", "orthanc_python", "new", "demo"]
    variables = {**os.environ, "PYTHONPATH": str(Path(cli.__path__[0]).parents[1])}
    subprocess.run(command, cwd=tmp_path, env=variables, umask=umask, check=True, capture_output=True)
    made = [tmp_path / "demo", *(tmp_path / "demo").rglob("*")]
    assert {path.stat().st_mode & 0o777 for path in made} == modes


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(closed: str) -> None:
    """As in a daemon: Python has None for a stream that is closed at its start."""
    source = Path(cli.__path__[0]).parents[1]
    text = f'PYTHONPATH="{source}" "{sys.executable}" -m orthanc_python completion bash {closed}'
    done = subprocess.run(["sh", "-c", text], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_new_project_that_ends_early(error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It leaves no half of a project: the next attempt would refuse the folder."""
    write = project._write

    def write_two(path: Path, template: str, values: Mapping[str, str]) -> Path:
        if len(list(tmp_path.rglob("*.py"))) == 2:
            raise error
        return write(path, template, values)

    monkeypatch.setattr(project, "_write", write_two)
    with pytest.raises((Failure, KeyboardInterrupt)) as raised:
        project.write_project(tmp_path, "hello")
    assert not list(tmp_path.iterdir())
    if isinstance(error, OSError):
        assert str(raised.value) == f"cannot write {tmp_path / 'hello'}: No space left on device"


def test_new_project_over_a_link_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "hello").symlink_to("nothing")
    with pytest.raises(Failure, match="exists already"):
        project.write_project(tmp_path, "hello")


def test_script_that_this_account_cannot_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "my script.py"
    script.write_text("import orthanc\n")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # the account of a test may be root
    expected = f"error: this account cannot read {script}: its owner can allow it by chmod a+r '{script}'"
    assert failed(monkeypatch, capsys, "run", str(script)) == [expected]


def test_output_that_nobody_reads(tmp_path: Path) -> None:
    """A setup that changes files goes on when its reader has gone, as in `setup --yes | head -1`."""
    text = f"""
import sys, time
from pathlib import Path
from orthanc_python.cli.consoles import say
sys.stdin.readline()
for number in range(3):
    say("a line")
Path({str(tmp_path / "done")!r}).touch()
"""
    variables = os.environ | {"PYTHONPATH": str(Path(cli.__path__[0]).parents[1])}
    with subprocess.Popen(
        [sys.executable, "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=variables
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdout.close()
        process.stdin.write(b"\n")
        process.stdin.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (0, b"") and (tmp_path / "done").exists()


@pytest.mark.parametrize("privileged", [True, False])
def test_port_that_cannot_be_used(privileged: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A low port is not taken by a program that could be ended."""

    def refuse(self: OrthancServer, program: Path, beginning: int) -> None:
        log = "The TCP port of the HTTP server is privileged or already in use"
        raise OrthancDidNotStart("Orthanc ended with exit status 255", 255, log)

    def bind(self: socket.socket, address: tuple[str, int]) -> None:
        assert address == ("", 80)
        raise PermissionError if privileged else OSError

    server = OrthancServer(port=80)
    server.http_port = 80
    monkeypatch.setattr(OrthancServer, "_start", refuse)
    monkeypatch.setattr(orthanc_server, "find_orthanc", lambda: Path("Orthanc"))
    monkeypatch.setattr(socket, "socket", type("Socket", (socket.socket,), {"bind": bind}))
    with pytest.raises(PortTaken) as raised:
        server.start()
    text = "the system, for administrators alone: choose one above 1023" if privileged else "another program: choose another"
    assert str(raised.value).startswith(f"the port 80 is taken by {text}")


def test_script_that_writes_of_a_taken_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """Orthanc runs scripts before it opens its ports: this one was not taken."""
    log = """E0101 12:00:00.000000 MAIN PluginsManager.cpp:1] Python: the start of the script peer.py failed: RuntimeError:
    peer said: The TCP port of the HTTP server is privileged or already in use
"""
    started = []

    def refuse(self: OrthancServer, program: Path, beginning: int) -> None:
        started.append(self.http_port)
        raise OrthancDidNotStart("Orthanc ended with exit status 255", 255, log)

    monkeypatch.setattr(OrthancServer, "_start", refuse)
    monkeypatch.setattr(orthanc_server, "find_orthanc", lambda: Path("Orthanc"))
    for port in (0, 80):
        server = OrthancServer(port=port)
        with pytest.raises(OrthancDidNotStart) as raised:
            server.start()
        assert type(raised.value) is OrthancDidNotStart
        server.close()
    assert len(started) == 2


def test_configuration_of_another_account(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The command that helps is whole: sudo does not look into environments."""

    def deny(*_: object) -> None:
        raise Denied("/etc/orthanc/x.json: Permission denied: run this command with sudo")

    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr("orthanc_python.cli.setup.make_plan", deny)
    (line,) = failed(monkeypatch, capsys, "setup", "--script", "my script.py")
    assert line.startswith("error: /etc/orthanc/x.json: Permission denied: run this command with sudo: sudo ")
    assert line.endswith("orthanc-python setup --script 'my script.py'")


@pytest.mark.parametrize("command", ["setup", "config"])
def test_two_scripts(command: str) -> None:
    """The first one is not forgotten without a word."""
    done = CliRunner().invoke(cli.app, [command, "--script", "one.py", "--script", "two.py"])
    assert done.exit_code == 2 and "--script takes one script" in " ".join(done.stderr.split())


def deny(*_: object) -> None:
    raise Denied("/etc/orthanc/x.json: Permission denied: run this command with sudo")


def damage(*_: object) -> None:
    raise Failure("/etc/orthanc/x.json: it is not JSON: Expecting value")


def close_folder(*_: object) -> None:
    raise PermissionError(errno.EACCES, "Permission denied", "/etc/orthanc/x.json")


@pytest.mark.parametrize("fail", [deny, damage, close_folder])
def test_plugins_beside_a_configuration_that_cannot_be_read(
    fail: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """They are listed all the same. Neither the text nor the JSON claims to know which of them are enabled."""
    good, bad = InstalledPlugin("good", "good", "good", "1.0", ""), InstalledPlugin("bad", "bad", "bad", "1.0", "too new")
    monkeypatch.setattr("orthanc_python.cli.plugins.find_plugins", lambda interpreter: [good, bad])
    monkeypatch.setattr("orthanc_python.cli.plugins.find_service", lambda: SimpleNamespace(one_configuration=tmp_path))
    monkeypatch.setattr(Setup, "read", fail)
    done = CliRunner().invoke(cli.app, ["plugins"], catch_exceptions=False)
    assert done.exit_code == 0 and "Which of them are enabled is not known: " in done.output
    assert "/etc/orthanc/x.json" in done.output and "good    1.0      good    unknown\n" in done.stdout
    done = CliRunner().invoke(cli.app, ["plugins", "--json"], catch_exceptions=False)
    listed = json.loads(done.stdout)
    assert [(each["name"], each["state"], each["enabled"]) for each in listed] == [
        ("good", "unknown", None),
        ("bad", "refused: too new", None),
    ]
    assert all(vars(plugin).items() <= each.items() for plugin, each in zip((good, bad), listed, strict=True))
    with pytest.raises((Failure, PermissionError)):
        CliRunner().invoke(cli.app, ["plugins", "--config", str(tmp_path)], catch_exceptions=False)


def test_folder_instead_of_a_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failed(monkeypatch, capsys, "run", str(tmp_path)) == [f"error: {tmp_path} is a folder: name a script in it"]


def test_next_command_of_an_environment_that_is_not_active(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its path is in front, because the shell does not find it."""
    command = tmp_path / "orthanc-python"
    command.touch()
    command.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(cli.app, ["new", "hello"], catch_exceptions=False).output
    assert f"Run it:   {command} run hello/hello.py --reload\n" in said
    monkeypatch.setenv("PATH", str(tmp_path))
    said = CliRunner().invoke(cli.app, ["new", "other"], catch_exceptions=False).output
    assert "Run it:   orthanc-python run other/other.py --reload\n" in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("command", ["--help", "plugin --help"])
def test_disk_of_the_output_is_full(command: str) -> None:
    """One line, without Python's own at its end."""
    source = Path(cli.__path__[0]).parents[1]
    text = f'PYTHONPATH="{source}" "{sys.executable}" -m orthanc_python {command} >/dev/full'
    done = subprocess.run(["sh", "-c", text], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "error: No space left on device\n")


def test_read_only_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    error = OSError(errno.EROFS, "Read-only file system", "/home/ada/.local")
    assert cli._text_of(error) == "/home/ada/.local: Read-only file system: choose a folder that is not read-only"


@pytest.mark.skipif(os.name == "nt", reason="Windows does not delete the present folder of a process")
def test_new_project_in_a_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody lacks a right there."""
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    with pytest.raises(Failure) as raised:
        project.write_project(Path(), "hello")
    expected = "cannot write hello: No such file or directory: the present folder does not exist any more: change to a folder"
    assert str(raised.value).startswith(expected)
