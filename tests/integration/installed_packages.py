# SPDX-License-Identifier: GPL-3.0-or-later
"""An environment of a test's own, with packages as pip lays them out."""

from __future__ import annotations

import shutil
import subprocess
import textwrap
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType


class Environment:
    """A virtual environment without pip, made by the interpreter of another one."""

    def __init__(self, folder: Path, other: Path) -> None:
        self.folder = folder
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
