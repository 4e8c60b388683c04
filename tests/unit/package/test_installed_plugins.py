# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python plugins: what an environment offers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from orthanc_python.cli import app
from orthanc_python.interpreters.asking import in_environment
from orthanc_python.modules.installed_plugins import find_plugins

FACTS = 'VERSION = "0.1.0"\nSDK = "1.10.1"\n'


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A virtual environment with three plugins, and with what a built package says of itself."""
    folder = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    packages = next((folder / "lib").glob("python3.*")) / "site-packages"
    (packages / "orthanc_python").mkdir()
    (packages / "orthanc_python" / "__init__.py").touch()
    (packages / "orthanc_python" / "build_facts.py").write_text(FACTS, encoding="utf-8")
    texts = {
        "good_one": "raise ValueError\n",
        "new_one": 'ORTHANC_REQUIRES = {"sdk": ">=1.12.8"}\n',
        "off_one": "",
        "gone": None,
    }
    for module, text in texts.items():
        if text is not None:
            (packages / f"{module}.py").write_text(text, encoding="utf-8")
        metadata = packages / f"{module}-1.2.dist-info"
        metadata.mkdir()
        name = module.replace("_", "-")
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n", encoding="utf-8")
        (metadata / "entry_points.txt").write_text(f"[orthanc.plugins]\n{name} = {module}\n", encoding="utf-8")
    return folder


def run(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, ["plugins", *map(str, arguments)], catch_exceptions=False, terminal_width=200)
    assert done.exit_code == 0, done.output
    return done.stdout


def configuration(folder: Path, *modules: str) -> Path:
    path = folder / "orthanc.json"
    path.write_text(json.dumps({"Python": {"Modules": list(modules)}}), encoding="utf-8")
    return path


def test_states(environment: Path, tmp_path: Path) -> None:
    path = configuration(tmp_path, "good_one", "new_one")
    listed = json.loads(run("--environment", environment, "--config", path, "--json"))
    assert [(each["name"], each["module"], each["version"], each["state"]) for each in listed] == [
        ("gone", "gone", "1.2", "refused: its module gone is missing: install gone again"),
        ("good-one", "good_one", "1.2", f"enabled in {path}"),
        (
            *("new-one", "new_one", "1.2"),
            "refused: new_one needs a plugin built with Orthanc's SDK >=1.12.8, but this is 1.10.1: "
            "take a plugin that is built with another SDK",
        ),
        ("off-one", "off_one", "1.2", "not enabled"),
    ]
    shown = run("--environment", environment, "--config", path)
    assert shown.split()[:4] == ["PLUGIN", "VERSION", "MODULE", "STATE"] and "not enabled" in shown


def test_without_any(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    python = in_environment(tmp_path / "env")
    assert python is not None and find_plugins(python) == []
    assert "has no plugin" in run("--environment", tmp_path / "env", "--config", configuration(tmp_path))


def test_no_environment(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["plugins", "--environment", str(tmp_path)])
    assert str(done.exception) == f"{tmp_path} is not a virtual environment"
