# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample packages: their own tests in real Orthancs, and their types."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tomllib
from conftest import ROOT, SAMPLES
from embedded_environment import embedded_environment

PACKAGES = ["deidentifier", "router"]
NOT_RUN = {"mypy"}  # it is that of these tests
# Requirements of the fixtures of orthanc_python. It is found by PYTHONPATH, and not installed here.
NEEDED = ["click", "filelock", "packaging", "pytest"]
# Finds the stand-in for the module orthanc where the build has made it. pip installs it in the package.
STAND_IN = """
import importlib.util
import sys

specification = importlib.util.spec_from_file_location("orthanc_python.testing.module", {file!r})
module = sys.modules[specification.name] = importlib.util.module_from_spec(specification)
specification.loader.exec_module(module)
"""
pytestmark = [pytest.mark.release_build, pytest.mark.timeout(600)]


def requirements(package: Path) -> list[str]:
    """Return the names of what a package and its tests need."""
    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    names = {re.split(r"[^\w.-]", each)[0] for each in listed} - NOT_RUN
    return sorted(names | set(NEEDED))


@pytest.mark.parametrize("name", PACKAGES)
def test_its_own_tests(name: str, plugin: Path, build: Path, tmp_path: Path) -> None:
    package = SAMPLES / "packages" / name
    environment = embedded_environment(plugin, requirements(package))
    packages = (environment / "lib").glob("python3.*/site-packages")
    (tmp_path / "stand_in.py").write_text(STAND_IN.format(file=str(build / "generated" / "testing.py")), encoding="utf-8")
    variables = {
        **os.environ,
        "ORTHANC_PYTHON_PLUGIN": str(plugin),
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "src", package / "src", tmp_path, *packages))),  # also in Orthanc
        "PYTEST_PLUGINS": "orthanc_python.pytest_plugin,stand_in",  # as pip installs it
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [environment / "bin" / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", tmp_path / "tests"]
    done = subprocess.run([*map(str, command)], cwd=package, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-8000:]}\n{done.stderr[-2000:]}"


@pytest.mark.parametrize("name", PACKAGES)
def test_its_types(name: str, plugin: Path, build: Path, tmp_path: Path) -> None:
    package = SAMPLES / "packages" / name
    environment = embedded_environment(plugin, requirements(package))
    shutil.copy(build / "orthanc.pyi", tmp_path)
    variables = {**os.environ, "MYPYPATH": os.pathsep.join(map(str, (ROOT / "src", package / "src", tmp_path)))}
    options = ["--python-executable", str(environment / "bin" / "python"), "--cache-dir", str(tmp_path / "cache")]
    command = [sys.executable, "-m", "mypy", *options, "--config-file", "pyproject.toml"]
    done = subprocess.run(command, cwd=package, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
