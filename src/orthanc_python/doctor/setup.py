# SPDX-License-Identifier: GPL-3.0-or-later
"""An existing Orthanc as its configuration describes it, looked at once for all checks."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from orthanc_python.configuration import read_configuration
from orthanc_python.doctor.access import Account
from orthanc_python.doctor.library import Kind, Library, read_library
from orthanc_python.doctor.search import Wishes, choose
from orthanc_python.installation import plugin_for
from orthanc_python.interpreters import Interpreter
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
        """The one that the plugin will use; if it is refused, the one that the configuration asks for; None without one."""
        plugin = next(iter(self.python_plugins), None)
        loader = plugin.path if plugin is not None else None
        wishes = Wishes(self.text("Executable"), self.text("VirtualEnv"), self.text("Version"))
        # A service has no environment variables of this shell.
        choice = choose(wishes, loader, os.environ if self.account is None else {}, partial(_misfit, plugin))
        if choice.chosen is not None:
            return choice.chosen
        linked = plugin if plugin is not None and plugin.kind is not Kind.LOADER else None
        wished = bool(wishes.executable or wishes.virtual_environment)
        asked_for = (
            each for each in choice.answered if wished or (wishes.version in ("", each.version) and not _misfit(linked, each))
        )
        return next(asked_for, None)


def _misfit(plugin: Library | None, found: Interpreter) -> str:
    """Say why an interpreter does not fit the plugin; "" if it does."""
    if plugin is None:
        return ""
    if plugin.kind is Kind.LOADER:
        return "" if plugin_for(plugin.path, found.version).exists() else f"there is no plugin for Python {found.version}"
    return "" if plugin.python in ("", found.version) else f"the plugin is built for Python {plugin.python}"
