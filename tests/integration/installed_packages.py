# SPDX-License-Identifier: GPL-3.0-or-later
"""An environment of a test's own, with packages as pip lays them out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from embedded_environment import embedded_environment, is_free_threaded

ROOT = Path(__file__).resolve().parents[2]


class Environment:
    """A virtual environment without pip, made by the interpreter of another one."""

    def __init__(self, folder: Path, other: Path) -> None:
        self.folder = folder
        self.base = other
        subprocess.run([other / "bin" / "python", "-m", "venv", "--without-pip", folder], check=True)
        self.packages = next((folder / "lib").glob("python3.*")) / "site-packages"
        self.settings = {"VirtualEnv": str(folder)}

    def install(
        self,
        name: str,
        files: Mapping[str, str],
        *,
        version: str = "1.0",
        entry_points: Mapping[str, str] | None = None,
        requires: str = "",
    ) -> None:
        """Write a distribution: its files by their paths, and its metadata."""
        for path, text in files.items():
            target = self.packages / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(textwrap.dedent(text), encoding="utf-8")
        metadata = self.packages / f"{name.replace('-', '_')}-{version}.dist-info"
        metadata.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        lines += [f"Requires-Dist: {requires}"] if requires else []
        (metadata / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")
        points = [f"{key} = {value}" for key, value in (entry_points or {}).items()]
        text = "\n".join(["[orthanc.plugins]", *points]) + "\n"
        (metadata / "entry_points.txt").write_text(text, encoding="utf-8")

    def copy(self, package: ModuleType) -> None:
        """Install a package of Python source from the environment of the tests."""
        folder = Path(str(package.__file__)).parent
        shutil.copytree(folder, self.packages / folder.name)


SAMPLE_PACKAGES = ROOT / "samples" / "packages"
# Requirements of the sample packages and their tests, in one environment for each interpreter.
NEEDED = ["distributed", "numpy", "psycopg", "psycopg-binary", "psycopg-pool", "pydicom", "pytest", "setuptools>=77"]


def sample_environment(plugin: Path, name: str, folder: Path) -> Environment:
    """Install a package of samples/packages by pip, beside what it needs and orthanc_python."""
    # psycopg-binary has no wheels for a free-threaded Python. There psycopg takes the system's libpq.
    left_out = {"psycopg-binary"} if is_free_threaded(plugin) else set()
    base = embedded_environment(plugin, [each for each in NEEDED if each not in left_out])
    environment = Environment(folder / "env", base)
    libraries = next((base / "lib").glob("python3.*")) / "site-packages"
    (environment.packages / "libraries.pth").write_text(f"{libraries}\n{ROOT / 'src'}\n", encoding="utf-8")
    source = folder / name  # a copy, because the build writes into it
    shutil.copytree(SAMPLE_PACKAGES / name, source, ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__", ".*"))
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", str(environment.packages)]
    subprocess.run([base / "bin" / "python", "-m", "pip", "install", *options, source], check=True)
    return environment


def type_errors(environment: Environment, build: Path, name: str) -> str:
    """Return what mypy, strict, says of a package of samples/packages; "" if it accepts it."""
    stub = next(build.glob("**/orthanc.pyi")).parent
    command = [sys.executable, "-m", "mypy", "--python-executable", environment.folder / "bin" / "python"]
    variables = {**os.environ, "MYPYPATH": f"{stub}:{ROOT / 'src'}:{SAMPLE_PACKAGES / name / 'src'}"}
    done = subprocess.run(command, cwd=SAMPLE_PACKAGES / name, env=variables, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr
