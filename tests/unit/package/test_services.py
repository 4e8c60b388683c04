# SPDX-License-Identifier: GPL-3.0-or-later
"""The service of a system, read from its files."""

from __future__ import annotations

import errno
import os
import plistlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from orthanc_python.doctor import check_machine_service
from orthanc_python.doctor.finding import Level
from orthanc_python.doctor.setup import Setup
from orthanc_python.failure import Denied, Failure
from orthanc_python.service import VARIABLE, Manager, Service, find_service, restart_command
from orthanc_python.service.init_script import find_init_script
from orthanc_python.service.launchd import find_daemon
from orthanc_python.service.systemd import find_unit
from orthanc_python.service.unit_words import read_environment_file
from orthanc_python.service.windows import find_windows_service, service_of_command
from orthanc_python.setup.target import read_target

DEBIAN = Path("/lib/systemd/system/orthanc.service")  # the file of the package


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_unit_of_the_package(tmp_path: Path) -> None:
    (tmp_path / "lib/systemd/system").mkdir(parents=True)
    shutil.copy(DEBIAN, tmp_path / "lib/systemd/system")
    service = find_unit(tmp_path)
    assert service is not None and service.manager is Manager.SYSTEMD
    assert (service.configuration, service.account) == (tmp_path / "etc/orthanc", "orthanc")
    assert (service.working_folder, service.log_folder) == (tmp_path, tmp_path / "var/log/orthanc")
    assert service.restart == ["systemctl", "restart", "orthanc"]
    assert service.show_log == f"tail -n 50 {tmp_path}/var/log/orthanc/Orthanc.log"


def test_unit_with_drop_ins(tmp_path: Path) -> None:
    unit = """\
[Unit]
ExecStart=/x
[Service]
User=other
Environment=A=1 'B=two words'
ExecStart=/usr/sbin/Orthanc \\
  --verbose /etc/one
"""
    drop_in = """\
[Service]
ExecStart=
ExecStart=-/opt/Orthanc '/srv/my orthanc'
WorkingDirectory=/srv
EnvironmentFile=-/etc/default/orthanc
"""
    unit += "# User=nobody\n;User=nobody\nU=x\nA#B=1\n\n[Install]\nUser=nobody\n"
    write(tmp_path / "usr/lib/systemd/system/orthanc.service", unit)
    write(tmp_path / "etc/systemd/system/orthanc.service.d/override.conf", drop_in)
    write(tmp_path / "etc/default/orthanc", '# variables\nA=3\nC="x y"\n')
    service = find_unit(tmp_path)
    assert service is not None
    assert (service.configuration, service.account) == (tmp_path / "srv/my orthanc", "other")
    assert (service.working_folder, service.log_folder) == (tmp_path / "srv", None)
    assert service.variables == {"A": "3", "B": "two words", "C": "x y"}
    assert service.show_log == "journalctl -u orthanc -n 50"


def test_unit_with_several_configurations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orthanc 1.13 joins them. The command would edit one, and not see what is in the others."""
    write(
        tmp_path / "lib/systemd/system/orthanc.service", "[Service]\nExecStart=/usr/sbin/Orthanc /etc/one.json /etc/two.json\n"
    )
    service = find_unit(tmp_path)
    assert service is not None and service.configuration == tmp_path / "etc/one.json"
    with pytest.raises(Failure, match=r"several configurations \(.*one\.json, .*/etc/two\.json\): give it one folder"):
        _ = service.one_configuration
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    for name in ("one", "two"):
        write(tmp_path / f"etc/{name}.json", "{}")
        with pytest.raises(Failure, match="several configurations"):
            Setup.read(tmp_path / f"etc/{name}.json")
    with pytest.raises(Failure, match="several configurations"):
        read_target(None, "")
    (finding,) = check_machine_service("")
    assert finding.level is Level.PROBLEM and "several configurations" in finding.text


@pytest.mark.parametrize(
    ("lines", "configuration"),
    [
        ("WorkingDirectory=/srv/orthanc\nExecStart=/usr/sbin/Orthanc orthanc.json", "srv/orthanc/orthanc.json"),
        ("WorkingDirectory=-%S/orthanc\nExecStart=/usr/sbin/Orthanc orthanc.json", "var/lib/orthanc/orthanc.json"),
        ("WorkingDirectory=~\nUser=root\nExecStart=/usr/sbin/Orthanc orthanc.json", "root/orthanc.json"),
        ("EnvironmentFile=/etc/sysconfig/orthanc\nExecStart=/usr/sbin/Orthanc $OPTIONS /etc/orthanc", "etc/orthanc"),
        ("EnvironmentFile=/etc/*/orthanc\nExecStart=/usr/sbin/Orthanc $OPTIONS $NONE ${CONFIG}", "srv/my orthanc/x.json"),
        ("Environment='CONFIG=/srv/%N'\nExecStart=/usr/sbin/Orthanc ${CONFIG}/x.json", "srv/orthanc/x.json"),
        ("Environment=CONFIG=/srv\nExecStart=:/usr/sbin/Orthanc /a$CONFIG", "a$CONFIG"),
        ("Environment=CONFIG=/srv\nExecStart=/usr/sbin/Orthanc /a$CONFIG$$", "a$CONFIG$"),
        ("User=orthanc\nExecStart=/usr/sbin/Orthanc /srv/${USER}", "srv/orthanc"),
        ("ExecStart=/usr/sbin/Orthanc %E/orthanc", "etc/orthanc"),
        ("ExecStart=/usr/sbin/Orthanc /srv/100%%", "srv/100%"),
        (r"ExecStart=/usr/sbin/Orthanc /srv/my\x20'o\u0022s'", 'srv/my o"s'),
        (r"ExecStart=/usr/sbin/Orthanc /srv/caf\xc3\xa9\040\U000000e9", "srv/café é"),
        (r"ExecStart=/usr/sbin/Orthanc /srv/\x00\400\ud800", r"srv/\x00\400\ud800"),
        ("ExecStart=/usr/sbin/Orthanc \\\n# where it was: \\\n  ; before\n  /etc/orthanc", "etc/orthanc"),
        ("ExecStart=@/usr/sbin/Orthanc orthanc /etc/orthanc", "etc/orthanc"),
        ("ExecStart=-@/usr/sbin/Orthanc orthanc --verbose /etc/orthanc", "etc/orthanc"),
    ],
)
def test_path_in_a_unit(lines: str, configuration: str, tmp_path: Path) -> None:
    """As systemd reads it: relative paths, specifiers, variables, and the name of the process behind @."""
    write(tmp_path / "lib/systemd/system/orthanc.service", f"[Service]\n{lines}\n")
    write(tmp_path / "etc/sysconfig/orthanc", "OPTIONS=--verbose --unlock\nCONFIG='/srv/my orthanc/x.json'\n")
    service = find_unit(tmp_path)
    assert service is not None and service.further == ()
    assert service.one_configuration == tmp_path / configuration


def test_unit_with_a_specifier_that_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "lib/systemd/system/orthanc.service", "[Service]\nExecStart=/usr/sbin/Orthanc /srv/%m\n")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(Failure, match=r"names its configuration by %m, and .*: write the path into the unit's ExecStart="):
        read_target(None, "")
    (finding,) = check_machine_service("")
    assert finding.level is Level.PROBLEM and "by %m" in finding.text
    assert finding.fix == "name its configuration: orthanc-python doctor PATH"
    write(tmp_path / "orthanc.json", "{}")
    assert Setup.read(tmp_path / "orthanc.json").service is None


def test_variable_with_a_specifier_that_is_not_known(tmp_path: Path) -> None:
    lines = "Environment=CONFIG=/srv/%m\nExecStart=/usr/sbin/Orthanc ${CONFIG}"
    write(tmp_path / "lib/systemd/system/orthanc.service", f"[Service]\n{lines}\n")
    service = find_unit(tmp_path)
    assert service is not None
    with pytest.raises(Failure, match="names its configuration by %m"):
        print(service.one_configuration)


@pytest.mark.parametrize(("start", "text"), [("$OPTIONS /etc/orthanc", "{}"), ("/etc/orthanc", '{"Name": "${NAME}"}')])
def test_variables_that_this_account_may_not_read(
    start: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are not taken for variables that are not set."""
    unit = f"[Service]\nEnvironmentFile=/etc/secret\nExecStart=/usr/sbin/Orthanc {start}\n"
    write(tmp_path / "lib/systemd/system/orthanc.service", unit)
    write(tmp_path / "etc/orthanc/orthanc.json", text)
    read_text = Path.read_text

    def refuse(path: Path, *arguments: str, **options: str) -> str:
        if path.name == "secret":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return read_text(path, *arguments, **options)

    monkeypatch.setenv(VARIABLE, str(tmp_path))
    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(Denied, match=r"secret.*: Permission denied: "):
        read_target(None, "root")


@pytest.mark.parametrize("closed", ["orthanc.service.d", "10.conf", "orthanc.service"])
def test_unit_that_this_account_may_not_read(closed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its drop-ins may name another configuration, so that nothing is said of it; the doctor goes on."""
    write(tmp_path / "lib/systemd/system/orthanc.service", "[Service]\nExecStart=/usr/sbin/Orthanc /etc/orthanc\n")
    write(tmp_path / "etc/systemd/system/orthanc.service.d/10.conf", "[Service]\nUser=root\n")
    for name in ("read_text", "iterdir"):
        plain = getattr(Path, name)

        def refuse(path: Path, *arguments: str, _plain: Callable[..., object] = plain, **options: str) -> object:
            if path.name == closed:
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return _plain(path, *arguments, **options)

        monkeypatch.setattr(Path, name, refuse)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(Denied, match=rf"{closed}: Permission denied: "):
        read_target(None, "root")
    (finding,) = check_machine_service("")
    assert finding.level is Level.WARNING and f"{closed}: Permission denied" in finding.text


def test_file_of_variables() -> None:
    """systemd.exec(5), EnvironmentFile=."""
    text = """
# COMMENT="1
; X=1
PLAIN = two  words\t
 JOINED=one\\
two
QUOTED="a \\"b\\" \\n $x"' c' d
LINES="one
two=2"
INSIDE=it's
EMPTY=
not a variable
LAST=x"""
    values = {"PLAIN": "two  words", "JOINED": "onetwo", "QUOTED": 'a "b" \\n $x cd', "LINES": "one\ntwo=2"}
    assert read_environment_file(text) == values | {"INSIDE": "it's", "EMPTY": "", "LAST": "x"}


def test_no_service(tmp_path: Path) -> None:
    write(tmp_path / "lib/systemd/system/orthanc.service", "[Service]\nExecStart=/usr/bin/other /etc/orthanc\n")
    write(tmp_path / "Library/LaunchDaemons/a.plist", "nothing")
    assert find_unit(tmp_path) is None and find_init_script(tmp_path) is None and find_daemon(tmp_path) is None


def test_init_script(tmp_path: Path) -> None:
    write(tmp_path / "etc/init.d/orthanc", "#!/bin/sh\n")
    (tmp_path / "etc/orthanc").mkdir()
    service = find_init_script(tmp_path)
    assert service is not None and service.configuration == tmp_path / "etc/orthanc"
    assert service.restart == ["/etc/init.d/orthanc", "restart"]


def test_daemon_of_macos(tmp_path: Path) -> None:
    path = tmp_path / "Library/LaunchDaemons/org.example.orthanc.plist"
    path.parent.mkdir(parents=True)
    command = ["/usr/local/bin/Orthanc", "--logdir=/var/log/orthanc", "conf/orthanc.json", "more.json"]
    values = {"Label": "org.example.orthanc", "ProgramArguments": command, "UserName": "_orthanc", "WorkingDirectory": "/opt/o"}
    path.write_bytes(plistlib.dumps(values))
    service = find_daemon(tmp_path)
    assert service is not None and service.configuration == tmp_path / "opt/o/conf/orthanc.json"
    assert service.further == (tmp_path / "opt/o/more.json",)
    assert (service.name, service.account) == ("org.example.orthanc", "_orthanc")
    assert service.restart == ["launchctl", "kickstart", "-k", "system/org.example.orthanc"]
    assert service.property_list == path


@pytest.mark.parametrize("file", ["lib/systemd/system/orthanc.service", "etc/init.d/orthanc"])
def test_service_of_linux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    """A unit is enough, and so is an init script."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("orthanc_python.service.Path", lambda root: tmp_path if root == "/" else Path(root))
    write(tmp_path / file, "[Service]\nExecStart=/usr/sbin/Orthanc /etc/orthanc\n")
    (tmp_path / "etc/orthanc").mkdir(parents=True)
    service = find_service()
    assert service is not None and service.configuration == tmp_path / "etc/orthanc"


def test_windows_without_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_key(*_: object) -> None:
        raise FileNotFoundError(2, "The system cannot find the file specified")

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "winreg", SimpleNamespace(HKEY_LOCAL_MACHINE=0, OpenKey=open_key))
    assert find_windows_service() is None


def test_command_of_windows() -> None:
    service = service_of_command(r'"C:/Program Files/Orthanc Server/OrthancService.exe"')
    assert service is not None and service.configuration == Path("C:/Program Files/Orthanc Server/Configuration")
    service = service_of_command(r"C:/orthanc/Orthanc.exe --logdir=C:/logs C:/orthanc/orthanc.json C:/more.json")
    assert service is not None and service.configuration == Path("C:/orthanc/orthanc.json")
    assert service.further == (Path("C:/more.json"),)
    assert service.log_folder == Path("C:/logs")


@pytest.mark.parametrize(
    ("files", "command"),
    [
        (["run/systemd/system/x", "etc/init.d/orthanc"], "systemctl restart orthanc"),
        (["etc/init.d/orthanc"], "service orthanc restart"),
        ([], ""),
    ],
    ids=["systemd", "init script", "neither"],
)
def test_restart_of_a_unit(files: list[str], command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only by a manager of services that runs: a container has the unit, but not systemd."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    write(tmp_path / "lib/systemd/system/orthanc.service", "[Service]\nExecStart=/usr/sbin/Orthanc /etc/orthanc\n")
    for name in files:
        write(tmp_path / name, "")
    service = find_service()
    assert service is not None and service.manager is Manager.SYSTEMD
    assert restart_command(service) == (f"sudo {command}" if command else "")


def test_restart_by_launchd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    service = Service("com.example.orthanc", Manager.LAUNCHD, tmp_path)
    assert restart_command(service) == "sudo launchctl kickstart -k system/com.example.orthanc"
