# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugins that are compared, all in the same Orthanc and, those for Python, with the same CPython."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.databases.index import Database, Index, SQLite
from bench.established import EstablishedMissing, established_plugin
from bench.model import ESTABLISHED, FREE_THREADED, NONE, OURS, PLAIN
from orthanc_python import OrthancServer

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SCRIPTS = HERE / "scripts"


@dataclass(frozen=True)
class Subject:
    """A plugin, or none; `build` is the folder it was built in, of our own. `host` is the tests' program that loads plugins.
    Its servers keep their index in `database`. With the reason why it is `missing`, it is not measured."""

    name: str
    library: Path | None = None
    python: bool = False
    version: str = ""
    build: Path | None = None
    host: Path | None = None
    database: Database = field(default_factory=SQLite)
    missing: str = ""

    def server(
        self, script: Path, configuration: Mapping[str, Any] | None = None, dicom: bool = False, index: Index | None = None
    ) -> OrthancServer:
        """An Orthanc with this plugin, and an empty index if none is given; the script is for those that run Python."""
        index = index or self.database.new_index()
        return OrthancServer(
            script if self.python else None,
            plugin=self.library,
            plugins=index.plugins,
            configuration={**(configuration or {}), **index.configuration},
            dicom=dicom,
        )


def plain_plugin(folder: Path) -> Subject:
    """The plain C plugin, compiled."""
    library = folder / "libPlain.so"
    subprocess.run(["cc", "-O2", "-Wall", "-shared", "-fPIC", HERE / "plain_plugin.c", "-o", library], check=True)
    return Subject(PLAIN, library)


def established_subject(host: Path) -> Subject:
    try:
        established = established_plugin()
    except EstablishedMissing as error:
        return Subject(ESTABLISHED, missing=str(error))
    return Subject(ESTABLISHED, established.library, python=True, version=established.version, host=host)


def free_threaded_subject(build: Path, python: Path) -> Subject:
    version = subprocess.run([python, "--version"], capture_output=True, text=True, check=True).stdout
    return Subject(
        FREE_THREADED,
        build / "libOrthancPython.so",
        python=True,
        version=version.replace("Python", "CPython").strip(),
        build=build,
    )


def all_subjects(folder: Path, build: Path, free_threaded: Sequence[Path] | None) -> dict[str, Subject]:
    """Every subject, by name. `folder` is for what has to be made; our plugin was built in `build` and, with the CPython that
    is named second, in the first of `free_threaded`."""
    host = build / "host"
    subjects = [
        Subject(OURS, build / "libOrthancPython.so", python=True, build=build, host=host),
        established_subject(host),
        plain_plugin(folder),
        Subject(NONE),
    ]
    if free_threaded is not None:
        subjects.append(free_threaded_subject(*free_threaded))
    return {subject.name: subject for subject in subjects}
