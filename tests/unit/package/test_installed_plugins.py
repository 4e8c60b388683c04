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


def add(environment: Path, folder: str, entry_points: str, metadata: str | None = None) -> Path:
    packages = next((environment / "lib").glob("python3.*")) / "site-packages"
    path = packages / folder
    path.mkdir()
    (path / "entry_points.txt").write_text(entry_points, encoding="utf-8")
    if metadata is not None:
        (path / "METADATA").write_text(metadata, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("entry_points", "metadata"),
    [
        ("[orthanc.plugins]\nx = good_one\n", None),
        ("[orthanc.plugins]\nx = good_one\n", ""),
        ("[orthanc.plugins]\nx = good_one\n", "Metadata-Version: 2.1\nName: worse\n"),
        ("[orthanc.plugins]\nno equals sign\n", "Metadata-Version: 2.1\nName: worse\nVersion: 1\n"),
    ],
    ids=["no metadata", "empty metadata", "no version", "invalid entry point"],
)
def test_a_broken_package_does_not_hide_others(
    entry_points: str, metadata: str | None, environment: Path, tmp_path: Path
) -> None:
    path = add(environment, "worse-1.dist-info", entry_points, metadata)
    options = ("--environment", environment, "--config", configuration(tmp_path, "good_one"))
    listed = {each["name"]: each for each in json.loads(run(*options, "--json"))}
    assert listed.keys() == {"gone", "good-one", "new-one", "off-one", "worse"}
    state = listed["worse"]["state"]
    assert state.startswith(f"refused: the metadata in {path} cannot be read (") and state.endswith("install worse again")
    assert "worse" in run(*options)


def test_broken_packages_that_are_no_plugins(environment: Path, tmp_path: Path) -> None:
    add(environment, "other-1.dist-info", "[console_scripts]\nno equals sign\n")
    assert len(json.loads(run("--environment", environment, "--config", configuration(tmp_path), "--json"))) == 4


def test_a_package_that_is_there_twice(environment: Path, tmp_path: Path) -> None:
    """Python imports the first one on its path."""
    add(environment, "Good_One-9.dist-info", "[orthanc.plugins]\nlater = good_one\n", "Name: Good_One\nVersion: 9\n")
    listed = json.loads(run("--environment", environment, "--config", configuration(tmp_path), "--json"))
    assert [each["module"] for each in listed].count("good_one") == 1


def test_an_environment_that_prints(environment: Path, tmp_path: Path) -> None:
    packages = next((environment / "lib").glob("python3.*")) / "site-packages"
    (packages / "noise.pth").write_text("import sys; print('noise')\n", encoding="utf-8")
    assert len(json.loads(run("--environment", environment, "--config", configuration(tmp_path), "--json"))) == 4


def test_without_any(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    python = in_environment(tmp_path / "env")
    assert python is not None and find_plugins(python) == []
    assert "has no plugin" in run("--environment", tmp_path / "env", "--config", configuration(tmp_path))


def test_no_environment(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["plugins", "--environment", str(tmp_path)])
    assert str(done.exception) == f"{tmp_path} is not a virtual environment"
