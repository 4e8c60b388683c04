# SPDX-License-Identifier: GPL-3.0-or-later
"""The libraries that "Plugins" names: whether Orthanc can open them, and whether they fit the machine and the Python."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from orthanc_python.command import as_root, shell_line
from orthanc_python.doctor.checks.names import check_names, how_to_remove
from orthanc_python.doctor.finding import Finding, ok, problem, warning
from orthanc_python.doctor.setup import Setup, setup_command
from orthanc_python.failure import Failure
from orthanc_python.interpreters.asking import Interpreter
from orthanc_python.libraries.file_names import LOADER, PLUGINS, plugin_for, plugins_beside, version_of
from orthanc_python.libraries.installation import VARIABLE, build_facts, find_plugin, how_to_install
from orthanc_python.libraries.library import Kind, Library
from orthanc_python.libraries.machine import this_machine
from orthanc_python.libraries.processors import processor_of
from orthanc_python.rights import how_to_read, pip_of
from orthanc_python.server.orthanc_server import find_orthanc
from orthanc_python.server.orthanc_version import orthanc_version
from orthanc_python.server.start_errors import OrthancNotFound

NAME = "OrthancPython"  # in the name of each Python plugin, whatever the system
STOPS_WITHOUT_A_LIBRARY = (1, 12, 5)  # the first Orthanc that does not start if "Plugins" names a file that is missing


def check_plugins(setup: Setup) -> Iterator[Finding]:
    """From the files to what is in them."""
    yield from _check_orthanc()
    for path in setup.plugin_paths:
        if not path.exists():
            effect = "Orthanc stops, or before 1.12.5 only warns" if path in setup.listed_plugins else "Orthanc stops"
            text = f"{path} {_what_is_missing(path)}, and {effect}"
            starts = path in setup.listed_plugins and _only_warns()
            yield problem('"Plugins"', text, _instead_of(setup, path), starts=starts)
        elif not os.access(path, os.R_OK):
            yield problem(str(path), "this account cannot read it", how_to_read())
    for library in setup.libraries:
        foreign = list(check_processor(library, setup))
        yield from foreign or _check_opening(setup, library)
    yield from check_names(setup)
    plugins = setup.python_plugins
    if not plugins and setup.has_code:
        yield problem('"Plugins"', "it names no Python plugin, so no script or module is run", _how_to_add(setup))
    for plugin in plugins:
        yield from _check_plugin(setup, plugin)


def _what_is_missing(path: Path) -> str:
    return f"leads to {path.readlink()}, but that does not exist" if path.is_symlink() else "does not exist"


def _instead_of(setup: Setup, path: Path) -> str:
    """Return the fix for a missing library. The Python plugin takes the place of its own name alone, and Orthanc loads one."""
    if path not in setup.listed_plugins:
        return f"install what it leads to, or remove the link: {as_root(shell_line(['rm', str(path)]))}"
    if NAME not in path.name:
        return f'install it, or remove {path} from "Plugins"'
    working = _working_plugin(setup)
    return _plugin_here("name") if working is None else f'remove {path} from "Plugins": {working} is the Python plugin there'


def _working_plugin(setup: Setup) -> Path | None:
    """Return a Python plugin that this machine can open."""
    system = this_machine().system
    plugins = (each for each in setup.python_plugins if each.kind is not Kind.UNLINKED and each.system == system)
    return next((each.path for each in plugins if not each.error), None)


def _only_warns() -> bool:
    """Return whether this machine's Orthanc is known to start without a library that "Plugins" names."""
    with suppress(OrthancNotFound, OSError, subprocess.SubprocessError):
        version = orthanc_version(find_orthanc())
        return version is not None and version < STOPS_WITHOUT_A_LIBRARY
    return False


def _check_orthanc() -> Iterator[Finding]:
    try:
        find_orthanc()
    except OrthancNotFound as error:
        if os.environ.get("ORTHANC"):
            yield problem("Orthanc", str(error), "unset ORTHANC, or set it to the path of the program")
        else:
            yield warning(
                "Orthanc", f"{error}; its processor is not compared with that of the plugins", "apt-get install orthanc"
            )


def _check_opening(setup: Setup, library: Library) -> Iterator[Finding]:
    """Yield what keeps Orthanc from opening a library that it finds."""
    name = str(library.path)
    if library.kind is Kind.NO_LIBRARY:
        yield problem(name, "it is not a shared library, and Orthanc stops", how_to_remove(setup, library.path))
    elif library.kind is Kind.LINKED and library.python in library.error and "python3" in library.error:
        text = f"it needs libpython{library.python}, which this machine does not have: {library.error}"
        yield problem(name, text, f"apt-get install libpython{library.python}, or take the plugin for a Python that is here")
    elif library.error:
        text = f"it cannot be opened, and Orthanc stops: {library.error}"
        yield problem(name, text, f"install what it lacks, or {how_to_remove(setup, library.path)}")
    elif not library.name and library.path in setup.listed_plugins and library.system == this_machine().system:
        yield problem(name, "it is not a plugin, and Orthanc stops", how_to_remove(setup, library.path))


def check_processor(library: Library, setup: Setup | None = None) -> Iterator[Finding]:
    """Find a library for another processor than Orthanc's."""
    try:
        orthanc = processor_of(find_orthanc().read_bytes())
    except (OSError, OrthancNotFound):
        return
    if library.processor and orthanc and library.processor not in (orthanc, "universal"):
        text = f"it is for {library.processor}, and Orthanc for {orthanc}"
        fix = f"take the plugin for {orthanc}"
        if setup is not None and (library.runs_python or NAME in library.path.name) and _working_plugin(setup) is None:
            fix += f"; {_plugin_here('on this machine, name')}"
        elif setup is not None:
            fix = f"install the one for {orthanc}, or {how_to_remove(setup, library.path)}"
        yield problem(str(library.path), text, fix)


def check_interpreter(found: Interpreter, loader: Path) -> Iterator[Finding]:
    """Whether the loader can use an interpreter."""
    loader = loader.resolve()  # Orthanc opens what a link leads to
    plugin = plugin_for(loader, found.version)
    if not plugin.is_file():
        folder = loader.parent / PLUGINS
        versions = sorted(map(version_of, plugins_beside(loader)))
        if not versions:
            text = f"the loader is alone: the folder {folder} with the plugins is missing"
            yield problem(
                str(loader), text, f"orthanc-python install --to {loader.parent}, in an environment of Python {found.version}"
            )
        else:
            text = f"there is a plugin for Python {', '.join(versions)}, but not for {found.version} ({found.executable})"
            fix = f"{how_to_install(pip_of(found.executable))}, then orthanc-python install --to {loader.parent} there"
            yield problem(str(loader), text, fix)
    if not found.library:
        text = f"Python {found.release} has no shared libpython, and cannot be embedded"
        yield problem(str(found.executable), text, found.how_to_get_library)


def _check_plugin(setup: Setup, plugin: Library) -> Iterator[Finding]:
    name = str(plugin.path)
    if plugin.kind is Kind.UNLINKED:
        loader = plugin.path.parent.parent / LOADER
        yield problem(name, "it is a part of the loader's folder, and cannot be opened alone", f'name {loader} in "Plugins"')
    elif plugin.kind is Kind.FOREIGN and len(setup.python_plugins) == 1:
        text = f'the plugin "{plugin.name}" {plugin.version} of another project runs the scripts'
        other = f"{how_to_remove(setup, plugin.path)}, and then: {setup_command(setup)}"
        fix = f"none, if it is meant; to use the plugin of this package: {other}"
        yield warning(name, text, fix)
    elif plugin.kind in (Kind.LOADER, Kind.LINKED):
        yield from _check_version(setup, plugin)
    if plugin.kind is Kind.LOADER:
        yield ok(name, "the loader, which picks the interpreter")
        if setup.interpreter is not None:
            yield from check_interpreter(setup.interpreter, plugin.path)


def _check_version(setup: Setup, plugin: Library) -> Iterator[Finding]:
    """Warn if the plugin in Orthanc's folder has another version than this package, as after an upgrade by pip."""
    own = build_facts().get("VERSION", "") if os.environ.get(VARIABLE) is None else ""
    if plugin.version and own and plugin.version != own:
        text = f"it is version {plugin.version}, and this package has {own}"
        yield warning(str(plugin.path), text, f"run setup again: {setup_command(setup)}")


def _how_to_add(setup: Setup) -> str:
    return f'{_plugin_here("add")} to the list of "Plugins", or run: {setup_command(setup)}'


def _plugin_here(verb: str) -> str:
    try:
        return f"{verb} {find_plugin()}"
    except Failure:
        return f"{verb} what `orthanc-python plugin` prints where the package is installed"
