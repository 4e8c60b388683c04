# SPDX-License-Identifier: GPL-3.0-or-later
"""uv takes its package index from pip's settings in ci/lock, so that it works wherever pip does."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

LIBRARY = Path(__file__).resolve().parents[3] / "ci" / "lib" / "common.sh"
SCRIPT = 'source "$1"; use_pip_index "$2"; echo "${UV_DEFAULT_INDEX:-none}"; echo "${SSL_CERT_FILE:-none}"'
FILE = """[global]
index-url = https://global.example.org/simple
extra-index-url = https://extra.example.org/simple
cert = /etc/company.pem
"""
INSTALL = "[install]\nindex-url = https://install.example.org/simple\n"
GLOBAL_INDEX = "https://global.example.org/simple"


@pytest.mark.parametrize(
    ("configuration", "environment", "shown"),
    [
        ("", {}, ["none", "none"]),
        (FILE, {}, [GLOBAL_INDEX, "/etc/company.pem"]),
        (FILE + INSTALL, {}, ["https://install.example.org/simple", "/etc/company.pem"]),
        (FILE, {"PIP_INDEX_URL": "https://environment.example.org/simple"}, ["https://environment.example.org/simple"]),
        (FILE, {"PIP_CERT": "/etc/own.pem"}, [GLOBAL_INDEX, "/etc/own.pem"]),
        (FILE, {"UV_DEFAULT_INDEX": "https://uv.example.org/simple"}, ["https://uv.example.org/simple"]),
        (FILE, {"UV_INDEX_URL": "https://uv.example.org/simple"}, ["none"]),  # which uv reads, too
        (FILE, {"SSL_CERT_FILE": "/etc/uv.pem"}, [GLOBAL_INDEX, "/etc/uv.pem"]),
    ],
)
def test_settings_of_pip(tmp_path: Path, configuration: str, environment: dict[str, str], shown: list[str]) -> None:
    pip = tmp_path / "pip"
    variables = tuple((name, value) for name, value in environment.items() if name.startswith("PIP_"))
    (tmp_path / "settings").write_text(config_list(configuration, variables), encoding="utf-8")
    pip.write_text(f'#!/bin/sh\n[ "$*" = "config list" ] && cat "{tmp_path}/settings"\n', encoding="utf-8")
    pip.chmod(0o755)
    command = ["bash", "-euo", "pipefail", "-c", SCRIPT, "bash", str(LIBRARY), str(pip)]
    done = subprocess.run(command, env={**inherited(), **environment}, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[: len(shown)] == shown


@cache
def config_list(configuration: str, variables: tuple[tuple[str, str], ...]) -> str:
    """Return what pip itself prints of a configuration file and variables. It takes long to start, so it runs once for each."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pip.conf"
        path.write_text(configuration, encoding="utf-8")
        own = {"HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_CONFIG_DIRS": folder}
        # The null device as PIP_CONFIG_FILE keeps pip from reading other files.
        own["PIP_CONFIG_FILE"] = str(path) if configuration else os.devnull
        command = [sys.executable, "-m", "pip", "config", "list"]
        environment = {**inherited(), **own, **dict(variables)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def inherited() -> dict[str, str]:
    """Return the environment without the settings of pip and uv."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_", "SSL_CERT_FILE"))}
