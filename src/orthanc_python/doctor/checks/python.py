# SPDX-License-Identifier: GPL-3.0-or-later
"""The interpreter and the virtual environment that a configuration asks for."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from orthanc_python.doctor.finding import Finding, ok, problem, warning
from orthanc_python.doctor.setup import Setup
from orthanc_python.interpreters.asking import environment_folder, in_environment
from orthanc_python.libraries.library import Kind


def check_python(setup: Setup) -> Iterator[Finding]:
    executable, environment, version = setup.text("Executable"), setup.text("VirtualEnv"), setup.text("Version")
    linked = next((plugin for plugin in setup.python_plugins if plugin.kind is Kind.LINKED), None)
    make = f"{f'python{linked.python}' if linked else sys.executable} -m venv {environment}"
    if executable and not Path(executable).is_file():
        yield problem('"Python": {"Executable"}', f"{executable} does not exist", f'write "{sys.executable}", or remove it')
    elif executable and setup.interpreter is None:
        yield problem('"Python": {"Executable"}', f"{executable} is not a Python that can be run", f'write "{sys.executable}"')
    if environment and in_environment(Path(environment)) is None:
        yield problem('"Python": {"VirtualEnv"}', f"{environment} is not a virtual environment", make)
    elif environment and linked is not None:
        found = environment_version(environment_folder(Path(environment)))
        if found and found != linked.python.rstrip("t"):
            text = f"it is of Python {found}, but the plugin {linked.path} is built for Python {linked.python}"
            yield problem(
                '"Python": {"VirtualEnv"}', text, f"{make}, and install the packages there; or take the plugin for {found}"
            )
    if version and linked is not None and version != linked.python:
        text = f"it asks for {version}, but the plugin is built for Python {linked.python} alone"
        yield problem('"Python": {"Version"}', text, f'remove it, or name the loader in "Plugins" ({Kind.LOADER.value})')
    elif version and not executable and not environment and setup.interpreter is None:
        yield problem(
            '"Python": {"Version"}', f"there is no Python {version} on PATH", 'install it, or set "Executable" to its path'
        )
    if executable and environment:
        yield warning('"Python": {"VirtualEnv"}', '"Executable" wins, so it is ignored', "remove one of the two")
    if setup.interpreter is not None and setup.python_plugins:
        yield ok("Orthanc's Python", f"{setup.interpreter.release}, {setup.interpreter.executable}")


def environment_version(environment: Path) -> str:
    """Return "3.13", from pyvenv.cfg, or without one (conda) from the folder of packages; "" if neither says it."""
    try:
        text = (environment / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        text = ""
    found = re.search(r"^\s*version(?:_info)?\s*=\s*(3\.\d+)", text, re.MULTILINE | re.IGNORECASE)
    if found:
        return found[1]
    named = (re.fullmatch(r"python(3\.\d+)t?", path.name) for path in environment.glob("lib/python3.*"))
    return max((each[1] for each in named if each), key=lambda version: int(version[2:]), default="")
