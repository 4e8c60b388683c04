# SPDX-License-Identifier: GPL-3.0-or-later
"""A wheel, built once as a user builds it, and virtual environments that it is installed in."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = os.environ.get("ORTHANC_PYTHON_SYSTEM", "/usr/bin/python3")  # the system's own, with python3-venv


def run(command: Sequence[str | Path], **options: object) -> str:
    """A command's standard output; its failure shows all that it said."""
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "ORTHANC_PYTHON_PLUGIN")}
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=environment, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return str(done.stdout)


def make_environment(folder: Path, *packages: str | Path) -> Path:
    """An environment of the system's Python with these packages: the folder of its commands."""
    run([PYTHON, "-m", "venv", folder])
    if packages:
        run([folder / "bin" / "pip", "install", "--disable-pip-version-check", *packages])
    return folder / "bin"


@pytest.fixture(scope="session")
def source_distribution(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    run([sys.executable, "-m", "build", "--sdist", "--outdir", folder, ROOT])
    (made,) = folder.glob("*.tar.gz")
    return made


@pytest.fixture(scope="session")
def wheel(source_distribution: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from what the source distribution has, by the system's Python, in an isolated environment; or that of ORTHANC_PYTHON_WHEEL."""
    given = os.environ.get("ORTHANC_PYTHON_WHEEL")
    if given:
        return Path(given)
    folder = tmp_path_factory.mktemp("wheel")
    with tarfile.open(source_distribution) as archive:
        archive.extractall(folder, filter="data")
    (source,) = folder.iterdir()
    tools = make_environment(folder / "tools", "build")
    run([tools / "python", "-m", "build", "--wheel", "--outdir", folder / "dist", source])
    (made,) = (folder / "dist").glob("*.whl")
    return made
