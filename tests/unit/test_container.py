# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of the Docker image, without a container: tests/docker has them in one."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "docker"


class Protected(BaseHTTPRequestHandler):
    """Asks for a password, as Orthanc does."""

    def do_GET(self) -> None:
        self.send_error(401)


@pytest.fixture
def registered_users(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, str]]:
    """Return the users that a container with these variables gives to Orthanc."""
    found = runpy.run_path(str(FOLDER / "start.py"))["registered_users"]

    def in_environment(**variables: str) -> dict[str, str]:
        for name in ("ORTHANC_USER", "ORTHANC_PASSWORD", "ORTHANC_PASSWORD_FILE"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        users: dict[str, str] = found()
        return users

    return in_environment


def test_users(registered_users: Callable[..., dict[str, str]], tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n", encoding="utf-8")
    assert registered_users() == {}
    assert registered_users(ORTHANC_PASSWORD="secret") == {"orthanc": "secret"}
    assert registered_users(ORTHANC_PASSWORD="secret", ORTHANC_USER="ada") == {"ada": "secret"}
    assert registered_users(ORTHANC_PASSWORD_FILE=str(tmp_path / "password"), ORTHANC_USER="ada") == {"ada": "secret"}


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"ORTHANC_PASSWORD": ""}, "ORTHANC_PASSWORD is empty: give it a value"),
        ({"ORTHANC_PASSWORD": "", "ORTHANC_USER": "ada"}, "ORTHANC_PASSWORD is empty: give it a value"),
        ({"ORTHANC_PASSWORD_FILE": ""}, "ORTHANC_PASSWORD_FILE is empty: give it a value"),
        ({"ORTHANC_PASSWORD_FILE": os.devnull}, f"ORTHANC_PASSWORD_FILE: {os.devnull} is empty"),
        ({"ORTHANC_PASSWORD": "secret", "ORTHANC_USER": ""}, "ORTHANC_USER is empty: give it a value"),
        ({"ORTHANC_USER": "ada"}, "ORTHANC_USER has no password: set ORTHANC_PASSWORD or ORTHANC_PASSWORD_FILE"),
    ],
)
def test_users_that_would_open_the_server(
    variables: dict[str, str], message: str, registered_users: Callable[..., dict[str, str]]
) -> None:
    """As in a compose file with `ORTHANC_PASSWORD: ${PASSWORD}`, where nobody has exported PASSWORD."""
    with pytest.raises(SystemExit, match=f"^{message}"):
        registered_users(**variables)


UNREADABLE = (
    rf"the account {os.geteuid() if hasattr(os, 'geteuid') else 0} cannot read (\S+): on the host, sudo chown \d+ FILE$"
)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PermissionError(13, "Permission denied"), UNREADABLE),
        (IsADirectoryError(21, "Is a directory"), r"(\S+): Is a directory$"),
        (
            UnicodeDecodeError("utf-8", b"\xe9", 0, 1, "unexpected end"),
            r"(\S+) is not a text in UTF-8: save it in that encoding$",
        ),
    ],
    ids=["owner", "folder", "encoding"],
)
def test_mounted_files_that_cannot_be_read(
    error: Exception,
    message: str,
    registered_users: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """As a secret of the mode 0600 that belongs to the account that made it on the host."""
    file = tmp_path / "orthanc.json"
    file.touch()
    start = runpy.run_path(str(FOLDER / "start.py"))

    def fail(*arguments: object, **options: object) -> str:
        raise error

    monkeypatch.setattr(Path, "read_text", fail)
    with pytest.raises(SystemExit, match=f"^ORTHANC_PASSWORD_FILE: {message}"):
        registered_users(ORTHANC_PASSWORD_FILE=str(file))
    with pytest.raises(SystemExit, match=f"^the configuration: {message}"):
        start["settings_in"](tmp_path)


@pytest.fixture
def python_section(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Return the section "Python" that a container with these variables gives to Orthanc."""
    main = runpy.run_path(str(FOLDER / "start.py"))["main"]
    main.__globals__["CONFIGURATION"] = tmp_path
    environments: list[dict[str, str]] = []
    monkeypatch.setattr(os, "execvpe", lambda file, arguments, environment: environments.append(environment))

    def in_environment(**variables: str) -> dict[str, Any]:
        for name in ("ORTHANC_PYTHON_SETTINGS", "ORTHANC_SCRIPTS", "ORTHANC_MODULES", "ORTHANC_VIRTUAL_ENV"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        main()
        section: dict[str, Any] = json.loads(environments.pop()["ORTHANC_PYTHON"])
        return section

    return in_environment


def test_settings_of_the_section(python_section: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    assert python_section() == python_section(ORTHANC_PYTHON_SETTINGS="") == {}
    assert python_section(ORTHANC_PYTHON_SETTINGS='{"StopTimeout": 30}') == {"StopTimeout": 30}
    (tmp_path / "hello.py").touch()
    found = python_section(ORTHANC_PYTHON_SETTINGS='{"StopTimeout": 30, "Dashboard": true}', ORTHANC_MODULES="my_plugin")
    assert found == {"Path": [str(tmp_path / "hello.py")], "Modules": ["my_plugin"], "StopTimeout": 30, "Dashboard": True}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("StopTimeout=30", 'is not a JSON object such as {"StopTimeout": 20}: Expecting value'),
        ("[]", 'is not a JSON object such as {"StopTimeout": 20}'),
        ('{"Path": "/etc/orthanc/hello.py"}', 'has "Path": set the variable ORTHANC_SCRIPTS instead'),
        ('{"StopTimeout": 30, "Modules": []}', 'has "Modules": set the variable ORTHANC_MODULES instead'),
        ('{"VirtualEnv": ""}', 'has "VirtualEnv": set the variable ORTHANC_VIRTUAL_ENV instead'),
    ],
)
def test_settings_that_are_refused(settings: str, message: str, python_section: Callable[..., dict[str, Any]]) -> None:
    with pytest.raises(SystemExit, match=f"^{re.escape(f'ORTHANC_PYTHON_SETTINGS {message}')}"):
        python_section(ORTHANC_PYTHON_SETTINGS=settings)


def test_the_page_names_the_keys_of_the_image() -> None:
    """Orthanc refuses a key in two files."""
    keys = set(re.findall(r'^  "(\w+)":', (FOLDER / "orthanc.json").read_text(encoding="utf-8"), flags=re.MULTILINE))
    page = (FOLDER.parent / "docs" / "start.md").read_text(encoding="utf-8")
    (row,) = re.findall(r"^\| Orthanc's settings \| (.*) \|$", page, flags=re.MULTILINE)
    assert set(re.findall(r'`"(\w+)"`', row)) == keys


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell of POSIX")
def test_a_bundle_without_a_plugin_for_the_python_of_the_other_image(tmp_path: Path) -> None:
    """The last command of docker/replace.Dockerfile, with a Python and a package manager made here."""
    *_, command = (FOLDER / "replace.Dockerfile").read_text(encoding="utf-8").split("\nRUN ")
    for name, text in (
        ("python3.99", ""),
        ("ldconfig", "echo libpython3.99.so.1.0"),
        ("apt-get", "touch installed"),
        ("rm", ""),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "python3").symlink_to("python3.99")
    environment = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and not (tmp_path / "installed").exists()
    assert "the bundle has no plugin for this image's python3.99" in done.stderr
    assert "ci/build linux-x86_64" in done.stderr


def test_the_health_is_asked_for_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker's configuration may put a proxy into every container. It cannot reach the container's loopback."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with HTTPServer(("127.0.0.1", 0), Protected) as server:
        monkeypatch.setenv("ORTHANC_HEALTH_URL", f"http://127.0.0.1:{server.server_port}/system")
        server.timeout = 5
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        done = subprocess.run([sys.executable, FOLDER / "healthcheck.py"], capture_output=True, text=True, check=False)
        thread.join()
    assert done.returncode == 0, done.stderr
