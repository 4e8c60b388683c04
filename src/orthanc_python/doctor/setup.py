# SPDX-License-Identifier: GPL-3.0-or-later
"""An existing Orthanc as its configuration describes it, looked at once for all checks."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from orthanc_python.command import own_command
from orthanc_python.configuration import Configuration, read_files
from orthanc_python.configuration.variables import settings_of_variables
from orthanc_python.doctor.loaded import PYTHON_PLUGIN, load_library
from orthanc_python.doctor.search import Wishes, choose
from orthanc_python.failure import Denied, Failure
from orthanc_python.interpreters.asking import Interpreter
from orthanc_python.libraries.file_names import SUFFIXES, plugin_for
from orthanc_python.libraries.library import Kind, Library
from orthanc_python.plugin_settings import SECTION, complaint
from orthanc_python.rights import how_to_read
from orthanc_python.server.settings import Settings, listed, merged
from orthanc_python.service import Service, service_of
from orthanc_python.service.access import SERVICE, Account


@dataclass
class Setup:
    configuration: Configuration
    settings: Settings
    account: Account | None  # that Orthanc runs as, if it is known
    service: Service | None  # whose configuration it is
    variables: dict[str, str]  # environment variables of Orthanc's process, as far as they are known

    @classmethod
    def read(cls, path: Path, user: str = "") -> Setup:
        """Read a configuration. Without a user, the account is that of the system's service, if it is its configuration.

        Of one file in the service's folder, the whole folder is read, as Orthanc does it.
        """
        service = service_of(path)
        if service is not None:
            path = service.one_configuration.absolute()
        # A service has no environment variables of this shell.
        variables = dict(os.environ) if service is None else service.variables
        configuration = read_files(path, variables)
        if service is not None and service.denied is not None and any("${" in file.text for file in configuration.files):
            raise Denied(f"{service.denied}, with variables of the configuration: Permission denied: {how_to_read()}")
        settings = merged(configuration.settings, settings_of_variables(variables))
        account = Account(user) if user else _account(service, path)
        return cls(configuration, settings, account, service, variables)

    @property
    def path(self) -> Path:
        return self.configuration.path

    @property
    def working_folder(self) -> Path | None:
        """Return the folder that Orthanc is started in, None if it is not known."""
        if self.service is not None:
            return self.service.working_folder
        return Path("/") if self.account is not None else None

    @property
    def section(self) -> dict[str, Any]:
        """The section "Python", empty if it is missing or not one."""
        section = self.settings.get("Python")
        return section if isinstance(section, dict) else {}

    def text(self, key: str) -> str:
        """Return a setting of the section "Python"; "" if it is missing, or if the plugin refuses it."""
        value = self.section.get(key, "")
        return "" if complaint(value, SECTION[key]) else str(value)

    @property
    def scripts(self) -> list[str]:
        """Return the scripts as they are configured. "PythonScript" wins, and has one."""
        script = self.settings.get("PythonScript")
        if "PythonScript" in self.settings:
            return [script] if isinstance(script, str) and script else []
        return [path for path in listed(self.section.get("Path", [])) if isinstance(path, str) and path]

    @property
    def modules(self) -> list[str]:
        """Return the installed modules that the plugin imports."""
        return [name for name in listed(self.section.get("Modules", [])) if isinstance(name, str) and name]

    @property
    def has_code(self) -> bool:
        """Return whether it names Python to run: scripts or modules."""
        return bool(self.scripts or self.modules)

    @property
    def listed_plugins(self) -> list[Path]:
        """Return what "Plugins" lists: libraries and folders. Relative paths start at the configuration's folder."""
        named = self.settings.get("Plugins")
        return [self.configuration.folder / str(each) for each in named] if isinstance(named, list) else []

    @property
    def plugin_paths(self) -> list[Path]:
        """Return the libraries that "Plugins" lists, and those directly in its folders."""
        found: list[Path] = []
        for path in self.listed_plugins:
            if path.is_dir():
                found += sorted(each for each in path.iterdir() if each.suffix.lower() in SUFFIXES)
            else:
                found.append(path)
        return found

    @cached_property
    def libraries(self) -> list[Library]:
        """Return the readable plugins of `plugin_paths`, each asked for its name."""
        found = []
        for path in self.plugin_paths:
            try:
                found.append(load_library(path))
            except OSError:
                continue
        return found

    @property
    def python_plugins(self) -> list[Library]:
        return [library for library in self.libraries if library.name == PYTHON_PLUGIN]

    @cached_property
    def interpreter(self) -> Interpreter | None:
        """The one that the plugin will use; if it is refused, the one that the configuration asks for; None without one."""
        plugin = next(iter(self.python_plugins), None)
        loader = plugin.path if plugin is not None else None
        wishes = Wishes(self.text("Executable"), self.text("VirtualEnv"), self.text("Version"))
        variables = self.variables if self.account is None or self.service is not None else {}
        if self.account is not None:  # a service manager sets it
            variables = {"HOME": str(self.account.home)} | variables
        choice = choose(wishes, loader, variables, partial(_misfit, plugin))
        if choice.chosen is not None:
            return choice.chosen
        linked = plugin if plugin is not None and plugin.kind is not Kind.LOADER else None
        wished = bool(wishes.executable or wishes.virtual_environment)
        asked_for = (
            each for each in choice.answered if wished or (wishes.version in ("", each.version) and not _misfit(linked, each))
        )
        return next(asked_for, None)


def setup_command(setup: Setup, *options: str) -> str:
    """Return the command that puts the plugin into this Orthanc."""
    named = [] if setup.service is not None else [str(setup.path)]
    return own_command("setup", *named, *options, sudo=True)


def _account(service: Service | None, configuration: Path) -> Account | None:
    """Return the account of the service. Without one, a configuration in /etc is that of a package's account."""
    name = service.account if service is not None else SERVICE
    if not name or (service is None and not configuration.resolve().is_relative_to("/etc")):
        return None
    try:
        return Account(name)
    except Failure:
        return None


def _misfit(plugin: Library | None, found: Interpreter) -> str:
    """Say why an interpreter does not fit the plugin; "" if it does."""
    if plugin is None:
        return ""
    if plugin.kind is Kind.LOADER:
        fits = plugin_for(plugin.path.resolve(), found.version).exists()
        return "" if fits else f"there is no plugin for Python {found.version}"
    return "" if plugin.python in ("", found.version) else f"the plugin is built for Python {plugin.python}"
