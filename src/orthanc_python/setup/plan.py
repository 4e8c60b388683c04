# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans the changes of a setup, before anything is changed."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orthanc_python.command import as_root
from orthanc_python.doctor.checks.repeated import check_repeated
from orthanc_python.doctor.finding import Level
from orthanc_python.doctor.setup import Setup
from orthanc_python.failure import Failure
from orthanc_python.install.deployment import is_installed_in
from orthanc_python.install.place import Place as PluginFolder
from orthanc_python.interpreters.asking import interpreter_of
from orthanc_python.libraries.file_names import LOADER
from orthanc_python.rights import why_not_writable
from orthanc_python.script_file import check_script, is_same_file
from orthanc_python.service.account import refuse_unreadable
from orthanc_python.setup.change import Change, read
from orthanc_python.setup.edits import Text, new_text
from orthanc_python.setup.environment import Environment, find_environment
from orthanc_python.setup.target import Place, find_place, read_target

OWN_FILE = "orthanc-python.json"  # in a folder of configuration files


@dataclass(frozen=True)
class Options:
    configuration: Path | None = None  # by default that of the service
    script: Path | None = None  # by default the one that is configured
    environment: Path | None = None  # by default the one that is configured, else that of this command
    folder: Path | None = None  # of the plugin
    user: str = ""


@dataclass
class Plan:
    setup: Setup
    place: Place
    environment: Environment | None  # None: the one that is configured stays
    changes: list[Change] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # problems that are not the setup's, and that Orthanc starts with

    @property
    def library(self) -> Path:
        return self.place.folder / LOADER

    @property
    def installs(self) -> bool:
        """Return whether the plugin is not there yet, or another version of it."""
        return PluginFolder(self.place.folder).interrupted or not is_installed_in(self.place.folder)

    @property
    def folders(self) -> list[Path]:
        """Return the folders that are written to."""
        plugins = self.place.folder if self.place.folder.is_dir() else self.place.folder.parent
        files = [change.path.resolve().parent for change in self.changes]
        return list(dict.fromkeys([self.setup.configuration.folder, *files, *([plugins] if self.installs else [])]))

    def refuse_without_rights(self) -> None:
        for folder in self.folders:
            if folder.exists() and (fix := why_not_writable(folder)):
                raise Failure(f"this account cannot write to {folder}: {fix}")
        for change in self.changes:
            change.refuse_immutable()


def make_plan(options: Options) -> Plan:
    """Look at the configuration, and find what has to change.

    Raises:
        Failure: it cannot be set up, or would not work.
    """
    setup = read_target(options.configuration, options.user)
    if fault := next((each for each in check_repeated(setup) if each.level is Level.PROBLEM), None):
        raise Failure(f"{fault.subject}: {fault.text}: {fault.fix}")
    place = find_place(setup, options.folder)
    script = check_script(options.script) if options.script else None
    if script is None and not setup.has_code:
        named = 'name one by --script FILE, or write the modules of a package to "Modules" of the section "Python"'
        raise Failure(f"no script is configured: {named}; orthanc-python new NAME writes one")
    if script is not None:
        folder = setup.configuration.folder.resolve()
        file = script.resolve()
        copy = as_root(shlex.join(["cp", str(file), f"{folder}/"]))
        is_there = folder in file.parents or is_same_file(folder / file.name, file)
        advice = "" if is_there else f"{copy}, and name that file"
        refuse_unreadable(setup.account, [("the script", script)], advice=advice)
    kept = options.environment is None and bool(setup.text("VirtualEnv") or setup.text("Executable"))
    environment = None if kept else find_environment(options.environment, setup.account)
    plan = Plan(setup, place, environment)
    plan.changes = _changes(plan, script)
    return plan


def _changes(plan: Plan, script: Path | None) -> list[Change]:
    setup, library = plan.setup, str(plan.library)
    texts = {file.path: Text(file.text) for file in setup.configuration.files}
    missing: dict[str, Any] = {}
    file = _file_with(setup, "Plugins")
    if file is None:
        missing["Plugins"] = [library]
    elif plan.place.replaces is not None and plan.place.listed:
        texts[file].remove_item("Plugins", plan.place.replaces)
    elif plan.place.replaces is not None:
        texts[file].replace_item("Plugins", plan.place.replaces, library)
    elif not plan.place.listed:
        texts[file].append("Plugins", library)
    section = _environment_setting(plan)
    if script is not None:
        file = _file_with(setup, "PythonScript")
        if file is not None:
            texts[file].set(("PythonScript",), str(script))
        else:
            section = {"Path": _paths(setup, str(script)), **section}
    file = _file_with(setup, "Python")
    for key, value in section.items():
        if file is not None and setup.section.get(key) != value:
            texts[file].set(("Python", key), value)
    if file is None and section:
        missing["Python"] = section
    changes = [
        Change(file.path, file.text, texts[file.path].text)
        for file in setup.configuration.files
        if texts[file.path].text != file.text
    ]
    return changes + _added(setup, missing, changes)


def _environment_setting(plan: Plan) -> dict[str, Any]:
    """Return the setting of the environment. A configured "Executable" would win over another environment."""
    if plan.environment is None:
        return {}
    folder = plan.environment.setting.get("VirtualEnv")
    if folder is not None and plan.setup.text("Executable"):
        return {"Executable": str(interpreter_of(Path(folder)))}
    return dict(plan.environment.setting)


def _paths(setup: Setup, script: str) -> str | list[str]:
    """Return the setting "Path" with a script. Of a list, the other scripts stay, and the script is in it once.

    A link takes the place of the path that it leads to, and stays if that path is given.
    """
    paths = setup.section.get("Path")
    if not isinstance(paths, list):
        return script
    folder = setup.working_folder or Path.cwd()
    index = next((index for index, path in enumerate(paths) if is_same_file(folder / str(path), Path(script))), None)
    if script in paths or (index is not None and script == str(Path(script).resolve())):
        return paths
    return [*paths, script] if index is None else [*paths[:index], script, *paths[index + 1 :]]


def _added(setup: Setup, missing: dict[str, Any], changes: list[Change]) -> list[Change]:
    """Return the change for keys that no file has: a file of its own in a folder, else more members of the file."""
    if not missing:
        return []
    if setup.path.is_dir():
        path = setup.path / OWN_FILE
        if read(path) is None:
            return [Change(path, None, new_text(missing))]
    else:
        path = setup.path
    changed = next((change for change in changes if change.path == path), None)
    before = changed.before if changed is not None else read(path)
    text = Text((changed.after if changed is not None else before) or "{}")
    for key, value in reversed(missing.items()):
        text.set((key,), value)
    if changed is not None:
        changes.remove(changed)
    return [Change(path, before, text.text)]


def _file_with(setup: Setup, key: str) -> Path | None:
    return next((file.path for file in setup.configuration.files if key in file.settings), None)
