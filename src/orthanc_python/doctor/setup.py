# SPDX-License-Identifier: GPL-3.0-or-later
"""An existing Orthanc as its configuration describes it, looked at once for all checks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from orthanc_python.configuration import read_configuration
from orthanc_python.doctor.access import Account
from orthanc_python.doctor.library import Library, read_library
from orthanc_python.interpreters import Interpreter, ask, environment_around, in_environment, on_path
from orthanc_python.settings import Settings


@dataclass
class Setup:
    path: Path  # of the configuration
    settings: Settings
    account: Account | None  # that Orthanc runs as, if it is known

    @classmethod
    def read(cls, path: Path, account: Account | None) -> Setup:
        return cls(path, read_configuration(path), account)

    @property
    def section(self) -> dict[str, Any]:
        """The section "Python", empty if it is missing or not one."""
        section = self.settings.get("Python")
        return section if isinstance(section, dict) else {}

    def text(self, key: str) -> str:
        """A setting of the section "Python"; "" if it is missing or no text."""
        value = self.section.get(key, "")
        return value if isinstance(value, str) else ""

    @property
    def script(self) -> str:
        """As it is configured; "" if there is none."""
        value = self.settings.get("PythonScript") or self.text("Path")
        return value if isinstance(value, str) else ""

    @property
    def plugin_paths(self) -> list[Path]:
        """What "Plugins" lists, with the libraries of its folders. Relative paths start at the configuration's folder."""
        folder = self.path if self.path.is_dir() else self.path.parent
        listed = self.settings.get("Plugins")
        found: list[Path] = []
        for each in listed if isinstance(listed, list) else []:
            path = folder / str(each)
            if path.is_dir():
                found += sorted(file for file in path.iterdir() if file.suffix in (".so", ".dylib", ".dll"))
            else:
                found.append(path)
        return found

    @cached_property
    def libraries(self) -> list[Library]:
        """Those of `plugin_paths` that can be read."""
        found = []
        for path in self.plugin_paths:
            try:
                found.append(read_library(path))
            except OSError:
                continue
        return found

    @property
    def python_plugins(self) -> list[Library]:
        return [library for library in self.libraries if library.runs_python]

    @cached_property
    def interpreter(self) -> Interpreter | None:
        """The one that the loader will take, or whose packages a linked plugin uses; None if none can be run."""
        if self.text("Executable"):
            return ask(Path(self.text("Executable")))
        if self.text("VirtualEnv"):
            folder: Path | None = Path(self.text("VirtualEnv"))
        else:
            folder = environment_around(self.python_plugins[0].path) if self.python_plugins else None
        inside = in_environment(folder) if folder else None
        if inside or self.text("VirtualEnv"):
            return ask(inside) if inside else None
        wanted = self.text("Version") or next((plugin.python for plugin in self.python_plugins), "")
        answers = (ask(path) for path in on_path(service=self.account is not None))
        return next((each for each in answers if each and wanted in ("", each.version)), None)
