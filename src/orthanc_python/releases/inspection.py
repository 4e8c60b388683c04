# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that libraries are what a release says of them. A checksum does not prove that the right file was published."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from orthanc_python.failure import Failure
from orthanc_python.libraries.file_names import version_of
from orthanc_python.libraries.library import Kind, Library, read_library
from orthanc_python.libraries.machine import SYSTEMS, Machine
from orthanc_python.libraries.processors import UNIVERSAL
from orthanc_python.releases.manifest import ReleaseFile


def check_plugin(path: Path, file: ReleaseFile, machine: Machine) -> None:
    """A plugin that stands alone, for the Python that the manifest and its own name say."""
    library = _read(path, file.name, machine)
    if library.kind is not Kind.LINKED:
        raise Failure(f"{file.name} is refused: it is {_short(library.kind)}, and should be {Kind.LINKED.value}")
    named = re.search(r"-python(3\.\d+t?)-", file.name)
    for says, wanted in (("the manifest", file.pythons), ("its name", (named[1],) if named else file.pythons)):
        if library.python not in wanted:
            said = f"{says} says that it is for Python {_listed(wanted)}"
            raise Failure(f"{file.name} is refused: {said}, but it is built for {library.python}")


def check_bundle(loader: Path, plugins: Path, file: ReleaseFile, machine: Machine) -> None:
    """A loader, and a plugin for each Python that the manifest says."""
    library = _read(loader, f"{loader.name} in {file.name}", machine)
    if library.kind is not Kind.LOADER:
        raise Failure(
            f"{loader.name} in {file.name} is refused: it is {library.kind.value}, and should be {_short(Kind.LOADER)}"
        )
    found = []
    for path in sorted(plugins.iterdir()) if plugins.is_dir() else []:
        shown = f"{path.name} in {file.name}"
        named = version_of(path)
        if not named or not path.is_file() or path.suffix != loader.suffix:
            raise Failure(f"{shown} is refused: it is not called as a plugin for {machine}")
        library = _read(path, shown, machine)
        if library.python != named:
            built = f"it is built for {library.python}" if library.python else "it does not say for which it is built"
            raise Failure(f"{shown} is refused: its name says that it is for Python {named}, but {built}")
        found.append(named)
    if sorted(found) != sorted(file.pythons):
        said = f"and the manifest says {_listed(file.pythons)}"
        raise Failure(f"{file.name} is refused: it has plugins for Python {_listed(found)}, {said}")


def _short(kind: Kind) -> str:
    return kind.value.partition(",")[0]


def _listed(pythons: Sequence[str]) -> str:
    return ", ".join(pythons) or "none"


def _read(path: Path, shown: str, machine: Machine) -> Library:
    library = read_library(path)
    if not library.system:
        raise Failure(f"{shown} is refused: it is not a library")
    if library.system != machine.system or library.processor not in (machine.processor, UNIVERSAL):
        found = f"{SYSTEMS[library.system]} {library.processor}"
        raise Failure(f"{shown} is refused: it is built for {found}, not for {machine}")
    if not library.runs_python:
        raise Failure(f"{shown} is refused: it is {library.kind.value}")
    return library
