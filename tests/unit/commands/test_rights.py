# SPDX-License-Identifier: GPL-3.0-or-later
"""The advice of a command that this account lacks the rights for."""

from __future__ import annotations

import errno
import os
import re
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from orthanc_python import cli, doctor, rights
from orthanc_python.command import as_root
from orthanc_python.configuration import read_configuration
from orthanc_python.doctor import Level
from orthanc_python.doctor.checks import denied
from orthanc_python.doctor.checks.denied import check_reach
from orthanc_python.doctor.setup import Setup
from orthanc_python.failure import Denied, Failure
from orthanc_python.install.deployment import settings
from orthanc_python.install.place import Place
from orthanc_python.rights import how_to_reach, how_to_read, is_home, pip_of, why_not_writable
from orthanc_python.server.ports import owner_of

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no sudo")


@pytest.fixture(params=["ada", "root", "root without sudo"])
def account(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    name: str = request.param
    monkeypatch.setattr(os, "geteuid", lambda: 1000 if name == "ada" else 0)
    monkeypatch.setattr(shutil, "which", lambda command: None if name == "root without sudo" else f"/usr/bin/{command}")
    monkeypatch.setattr(sys, "argv", ["orthanc-python", "install", "--to", "my plugins"])
    return name


def raising(number: int) -> Callable[..., None]:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), str(path))

    return refuse


def test_command_for_an_administrator(account: str) -> None:
    """Without sudo, for one who is root already and has none."""
    assert as_root("x") == ("x" if account == "root without sudo" else "sudo x")


def test_folder_for_the_plugin_that_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither install nor sudo helps there."""
    monkeypatch.setattr(os, "statvfs", lambda path: SimpleNamespace(f_flag=os.ST_RDONLY))
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(Failure, match=rf"there is no {folder}/\S+: choose a folder that is not read-only$"):
            settings(None, folder)
    assert why_not_writable(tmp_path) == "choose a folder that is not read-only"


def test_folder_that_a_setup_writes_to(account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert why_not_writable(tmp_path) == ""
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    fix = "run it as an administrator: sudo " if account == "ada" else "root is refused too: "
    assert why_not_writable(tmp_path).startswith(fix)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_folder_that_this_account_cannot_write(
    number: int, account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """sudo is no help where the file system is read-only, or to one who is root."""
    monkeypatch.setattr(Path, "mkdir", raising(number))
    with pytest.raises(Failure) as raised, Place(tmp_path).locked():
        pass
    text, _, fix = str(raised.value).partition("; nothing has been changed: ")
    assert text == f"cannot write to {tmp_path}: {os.strerror(number)}"
    if number == errno.EROFS:
        assert fix == "choose a folder that is not read-only"
    elif account != "ada":
        assert f"findmnt -T {tmp_path}" in fix and "sudo" not in fix
    elif number == errno.EPERM:
        assert fix == "run it as the owner of the folder"
    else:
        assert re.fullmatch(r"run it as an administrator: sudo \S*orthanc-python install --to 'my plugins'", fix)


def test_folder_without_the_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """sudo only where this account cannot write."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    with pytest.raises(Failure, match=r"put it there by sudo .*orthanc-python install --to "):
        settings(None, tmp_path)
    monkeypatch.setattr(os, "access", lambda *_, **__: True)
    with pytest.raises(Failure, match=r"put it there by (?!sudo).*orthanc-python install --to "):
        settings(None, tmp_path)


@pytest.mark.parametrize("sudo", ["", "sudo "])
def test_folder_that_is_missing(sudo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """install needs the folder, so that it is made first."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "access", lambda *_, **__: not sudo)
    folder = tmp_path / "my plugins" / "x"
    with pytest.raises(Failure) as raised:
        settings(None, folder)
    command = str(raised.value).partition("put it there by ")[2]
    assert re.fullmatch(rf"{sudo}mkdir -p '{folder}' && {sudo}\S*orthanc-python install --to '{folder}'", command)


@pytest.mark.parametrize(
    ("error", "level", "fix"),
    [
        (Denied("/etc/orthanc: Permission denied"), Level.WARNING, r"sudo \S*orthanc-python doctor"),
        (Failure("/etc/orthanc/x.json: it is not JSON"), Level.PROBLEM, "mend it, as Orthanc does not start with it"),
    ],
    ids=["denied", "broken"],
)
def test_configuration_of_the_service(error: Failure, level: Level, fix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """sudo does not mend a file that Orthanc cannot read either."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(
        doctor, "find_service", lambda: SimpleNamespace(name="orthanc", configuration=Path("/etc/orthanc"), further=())
    )
    monkeypatch.setattr(Setup, "read", fail)
    (found,) = doctor.check_machine_service("")
    assert found.level is level and re.fullmatch(fix, found.fix)


def closed(path: Path) -> bytes:
    raise PermissionError(errno.EACCES, "Permission denied", str(path))


def test_file_that_root_cannot_read(
    account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As on a network share with root_squash: neither sudo nor root helps."""
    (tmp_path / "orthanc.json").write_text("{}")
    monkeypatch.setattr(Path, "read_bytes", closed)
    with pytest.raises(Denied) as raised:
        read_configuration(tmp_path / "orthanc.json")
    monkeypatch.setattr(cli, "app", raising_again(raised.value))
    monkeypatch.setattr(cli, "interrupt_on_signals", lambda: None)
    monkeypatch.setattr(cli, "ignore_signals", lambda: None)
    with pytest.raises(SystemExit):
        cli.main()
    said = capsys.readouterr().err
    if account == "ada":
        assert re.search(r"run this command with sudo: sudo \S*orthanc-python install --to 'my plugins'\n$", said)
    else:
        assert (
            said.endswith(
                "Permission denied: root is refused too, as by a network share with root_squash: run this command "
                "as the owner of the file\n"
            )
            and "sudo" not in said
        )


def raising_again(error: Exception) -> Callable[..., None]:
    def app(**_: object) -> None:
        raise error

    return app


def test_service_whose_configuration_root_cannot_read(account: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "find_service", lambda: SimpleNamespace(name="orthanc", configuration=Path("/etc/orthanc")))
    monkeypatch.setattr(Setup, "read", lambda *_: raising_again(Denied("/etc/orthanc: Permission denied"))())
    (found,) = doctor.check_machine_service("")
    assert ("sudo " in found.fix) is (account == "ada")


def test_folder_that_root_cannot_write_to(account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    with pytest.raises(Failure) as raised:
        settings(None, tmp_path)
    assert ("sudo " in str(raised.value)) is (account == "ada")
    assert ("root is refused too" in str(raised.value)) is (account != "ada")


def test_file_behind_a_folder_that_root_may_not_enter(account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "orthanc.json").write_text('{"PythonScript": "/srv/hello.py"}')
    described = Setup.read(tmp_path / "orthanc.json")
    monkeypatch.setattr("orthanc_python.doctor.checks.denied.closed_folder", lambda path: Path("/srv"))
    (found,) = check_reach(described)
    assert found.fix == ("chmod a+x /srv, or run this command with sudo" if account == "ada" else "chmod a+x /srv as its owner")


@pytest.mark.parametrize(
    ("port", "system", "error", "expected"),
    [
        (80, "posix", PermissionError(), "the system, for administrators alone: choose one above 1023"),
        (8042, "posix", PermissionError(), "the system, by a rule of its security: choose another"),
        (8042, "nt", PermissionError(), "Windows itself, or a program that has it alone: choose another; netsh interface ipv4"),
        (80, "nt", PermissionError(), "Windows itself, or a program that has it alone: choose another; netsh interface ipv4"),
        (80, "nt", OSError(), "another program: choose another, or end that program"),
        (80, "posix", OSError(), "another program: choose another, or end that program"),
    ],
)
def test_port_that_is_reserved(port: int, system: str, error: OSError, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has no ports for administrators: WSAEACCES is of a reserved range."""

    def bind(self: socket.socket, address: tuple[str, int]) -> None:
        raise error

    monkeypatch.setattr(socket, "socket", type("Socket", (socket.socket,), {"bind": bind}))
    assert owner_of(port, system).startswith(expected)


def own(folder: Path, owner: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a folder belong to an account."""
    stat = Path.stat
    facts = SimpleNamespace(st_uid=owner, st_mode=0o40755)
    monkeypatch.setattr(Path, "stat", lambda path, **named: facts if path == folder else stat(path, **named))


@pytest.mark.parametrize("owner", [0, 1000])
def test_pip_of_an_environment(account: str, owner: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of root in /opt is not writable for the account that reads the advice, also if the doctor runs by sudo."""
    python = tmp_path / "my env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    (tmp_path / "my env" / "pyvenv.cfg").touch()
    own(python.parent, owner, monkeypatch)
    command = f"'{python}' -m pip"
    assert pip_of(python) == (f"sudo {command}" if owner == 0 and account != "root without sudo" else command)


@pytest.mark.usefixtures("account")
def test_pip_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's package manager owns its packages: no sudo is advised for pip."""
    python = tmp_path / "bin" / "python3"
    python.parent.mkdir()
    own(python.parent, 0, monkeypatch)
    assert pip_of(python) == f"{python} -m pip"


def test_pip_of_an_environment_that_is_gone(tmp_path: Path) -> None:
    python = tmp_path / "env" / "bin" / "python"
    assert pip_of(python) == f"{python} -m pip"


@pytest.mark.parametrize(
    "home",
    [
        "/home",
        "/home/ada",
        "/home/DOMAIN/ada",
        "/home/ada/projects",
        "/var/home/ada",
        "/Users/ada",
        "/root",
        "/var/roothome",
    ],
)
def test_folder_of_a_person(home: str) -> None:
    assert is_home(Path(home))


@pytest.mark.parametrize("folder", ["/", "/var", "/srv/home/ada", "/home/ada/projects/plugin", "/root/x", "/homes/ada"])
def test_folder_that_is_not_of_a_person(folder: str) -> None:
    assert not is_home(Path(folder))


def test_home_stays_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No advice opens the home of a person to all others."""
    monkeypatch.setattr(rights, "closed_folder", lambda path: Path("/home/ada"))
    fix = "its owner can put what is needed into a folder such as /opt"
    assert how_to_reach(Path("/home/ada/x.json")) == f"this account may not enter /home/ada: {fix}"
    (tmp_path / "orthanc.json").write_text('{"PythonScript": "/home/ada/hello.py"}')
    described = Setup.read(tmp_path / "orthanc.json")
    monkeypatch.setattr(denied, "closed_folder", lambda path: Path("/home/ada"))
    (found,) = check_reach(described)
    assert found.fix == how_to_read()
