# SPDX-License-Identifier: GPL-3.0-or-later
"""uv takes its package index from pip's settings in ci/lock, so that it works wherever pip does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parents[3] / "ci" / "lib.sh"
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
    # The null device as PIP_CONFIG_FILE keeps pip from reading other files.
    (tmp_path / "pip.conf").write_text(configuration, encoding="utf-8")
    pip.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pip "$@"\n', encoding="utf-8")
    pip.chmod(0o755)
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_", "SSL_CERT_FILE"))}
    own = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path)}
    own["PIP_CONFIG_FILE"] = str(tmp_path / "pip.conf") if configuration else os.devnull
    command = ["bash", "-euo", "pipefail", "-c", SCRIPT, "bash", str(LIBRARY), str(pip)]
    done = subprocess.run(command, env={**inherited, **own, **environment}, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[: len(shown)] == shown
