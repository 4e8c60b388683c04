# SPDX-License-Identifier: GPL-3.0-or-later
"""The libraries that "Plugins" names: whether Orthanc can open them, and whether they fit the machine and the Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from orthanc_python.doctor.finding import Finding, ok, problem
from orthanc_python.doctor.library import Kind, Library, opening_error, processor_of
from orthanc_python.doctor.setup import Setup
from orthanc_python.failure import Failure
from orthanc_python.installation import PLUGINS, find_plugin, plugin_for
from orthanc_python.interpreters import Interpreter
from orthanc_python.server import OrthancNotFound, find_orthanc


def check_plugins(setup: Setup) -> Iterator[Finding]:
    """From the files to what is in them."""
    for path in setup.plugin_paths:
        if not path.exists():
            yield problem('"Plugins"', f"{path} does not exist, and Orthanc only warns of it", _plugin_here("name"))
    for library in setup.libraries:
        if library.kind is Kind.NO_LIBRARY and library.path.suffix in (".so", ".dylib", ".dll"):
            yield problem(str(library.path), "it is no shared library", _plugin_here("copy it anew, or name"))
        yield from check_processor(library)
    plugins = setup.python_plugins
    if not plugins:
        if setup.script:
            yield problem('"Plugins"', "it names no Python plugin, so the script is not run", _plugin_here("add"))
        return
    if len(plugins) > 1:
        listed = ", ".join(str(plugin.path) for plugin in plugins)
        yield problem(
            '"Plugins"', f"Orthanc can load one Python plugin only, and these are {len(plugins)}: {listed}", "keep one of them"
        )
    for plugin in plugins:
        yield from _check_plugin(setup, plugin)


def check_processor(library: Library) -> Iterator[Finding]:
    """A library for another processor than Orthanc's."""
    try:
        orthanc = processor_of(find_orthanc().read_bytes())
    except (OSError, OrthancNotFound):
        return
    if library.processor and orthanc and library.processor not in (orthanc, "universal"):
        text = f"it is for {library.processor}, and Orthanc for {orthanc}"
        yield problem(str(library.path), text, f"take the plugin for {orthanc}; {_plugin_here('on this machine, name')}")


def check_interpreter(found: Interpreter, loader: Path) -> Iterator[Finding]:
    """Whether the loader can use an interpreter."""
    plugin = plugin_for(loader, found.version)
    if not plugin.is_file():
        folder = loader.parent / PLUGINS
        versions = sorted(path.stem.partition("-python")[2] for path in folder.glob("OrthancPython-python*"))
        if not versions:
            text = f"the loader is alone: the folder {folder} with the plugins is missing"
            yield problem(
                str(loader), text, f"orthanc-python install --to {loader.parent}, in an environment of Python {found.version}"
            )
        else:
            text = f"there is a plugin for Python {', '.join(versions)}, but not for {found.version} ({found.executable})"
            fix = f"{found.executable} -m pip install orthanc-python, then orthanc-python install --to {loader.parent} there"
            yield problem(str(loader), text, fix)
    if not found.library:
        text = f"Python {found.release} has no shared libpython, and cannot be embedded"
        yield problem(str(found.executable), text, found.how_to_get_library)


def _check_plugin(setup: Setup, plugin: Library) -> Iterator[Finding]:
    name = str(plugin.path)
    if plugin.kind is Kind.UNLINKED:
        loader = next(
            iter(sorted(plugin.path.parent.parent.glob("*OrthancPython.*"))), plugin.path.parent.parent / "libOrthancPython.so"
        )
        yield problem(name, "it is a part of the loader's folder, and cannot be opened alone", f'name {loader} in "Plugins"')
    elif plugin.kind is Kind.LINKED and plugin.processor:
        error = opening_error(plugin.path)
        if "libpython" in error or "python3" in error:
            text = f"it needs libpython{plugin.python}, which this machine does not have: {error}"
            yield problem(name, text, f"apt-get install libpython{plugin.python}, or take the plugin for a Python that is here")
        elif error:
            yield problem(name, error, "install what it lacks, or build the plugin on this machine with -DSTATIC_BUILD=ON")
    elif plugin.kind is Kind.FOREIGN:
        text = "it is a Python plugin, but not that of this package: its settings may be others"
        yield problem(name, text, f"{_plugin_here('name')}, and remove this one")
    elif plugin.kind is Kind.LOADER:
        yield ok(name, "the loader, which picks the interpreter")
        if setup.interpreter is not None:
            yield from check_interpreter(setup.interpreter, plugin.path)


def _plugin_here(verb: str) -> str:
    try:
        return f"{verb} {find_plugin()}"
    except Failure:
        return f"{verb} what `orthanc-python plugin` prints where the package is installed"
