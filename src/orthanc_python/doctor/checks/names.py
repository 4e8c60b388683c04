# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugins of the same name: Orthanc loads one of each, and does not start with a second one."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from orthanc_python.command import as_root
from orthanc_python.doctor.finding import Finding, problem
from orthanc_python.doctor.setup import Setup
from orthanc_python.libraries.library import Kind, Library


def check_names(setup: Setup) -> Iterator[Finding]:
    by_name: dict[str, list[Library]] = {}
    for library in setup.libraries:
        if library.name and library.kind is not Kind.UNLINKED:  # which is another fault
            by_name.setdefault(library.name, []).append(library)
    for name, libraries in by_name.items():
        if len(libraries) > 1:
            listed = ", ".join(f"{each.path} (version {each.version or 'unknown'})" for each in libraries)
            text = f'Orthanc loads one plugin called "{name}" and does not start with {len(libraries)}: {listed}'
            foreign = [each for each in libraries if each.kind is Kind.FOREIGN] or libraries[1:]
            fix = f"keep one of them, for instance: {'; '.join(how_to_remove(setup, each.path) for each in foreign)}"
            yield problem('"Plugins"', text, fix)


def how_to_remove(setup: Setup, path: Path) -> str:
    """Return what takes a library out of "Plugins", or out of the folder that it lists."""
    if package := package_of(path):
        return as_root(f"apt-get remove {package}")
    if path in setup.listed_plugins:
        return f'remove {path} from "Plugins"'
    return f'move {path} to a folder that "Plugins" does not list'


def package_of(path: Path) -> str:
    """Return the package of Debian that a file belongs to, "" if it belongs to none."""
    program = shutil.which("dpkg-query")
    if program is None:
        return ""
    done = subprocess.run(
        [program, "--search", str(path)], capture_output=True, text=True, errors="replace", check=False, timeout=60
    )
    return done.stdout.partition(":")[0] if done.returncode == 0 else ""
