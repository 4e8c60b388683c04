# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a release by its manifest.json, and the choice of the file for a machine."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, TypeVar

from packaging.version import Version

from orthanc_python.failure import Failure
from orthanc_python.libraries.machine import SYSTEMS, Machine, release_name

MANIFEST = "manifest.json"
FORMAT = 1
LARGEST_MANIFEST = 4 << 20  # bytes; one of a hundred files has 40 kB
LARGEST_FILE = 256 << 20

MOST_FILES = 5000  # a release has 200
NAME = re.compile(r"[A-Za-z0-9][\w.+-]{0,199}", re.ASCII)
VERSION = re.compile(r"\d[\w.+-]{0,99}", re.ASCII)
PYTHON = re.compile(r"3\.(0|[1-9]\d{0,3})t?", re.ASCII)
MINIMUM = re.compile(r"\d{1,6}(\.\d{1,6}){0,3}|", re.ASCII)
WORD = re.compile(r"[\w.]{0,99}", re.ASCII)
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
SHA256 = re.compile(r"[0-9a-f]{64}")
Value = TypeVar("Value")


@dataclass(frozen=True)
class ReleaseFile:
    name: str
    kind: str  # "plugin" stands alone, "bundle" is a zip of the loader and its plugins; other kinds are not for Orthanc
    size: int
    sha256: str
    pythons: tuple[str, ...]
    system: str
    processor: str
    minimum: str  # the oldest glibc, macOS or Windows; "" if any will do


@dataclass(frozen=True)
class Release:
    version: str
    files: tuple[ReleaseFile, ...]
    date: str = ""  # of its commit


@dataclass(frozen=True)
class Choice:
    file: ReleaseFile
    reason: str


def parse_manifest(data: bytes, place: str) -> Release:
    """The manifest that was found at a place. Nothing in it is trusted to be of the right type."""
    try:
        values = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Failure(f"{place} is not a manifest of a release: it is not JSON ({_cut(str(error))})") from None
    try:
        found = _get(values, "format", int)
        if found > FORMAT:
            raise Failure(f"{place}: this manifest has format {found}; upgrade orthanc-python, which reads format {FORMAT}")
        if found != FORMAT:
            raise ValueError(f'"format" is {found}')
        entries = _get(values, "files", list)
        if len(entries) > MOST_FILES:
            raise ValueError(f"it lists {len(entries)} files, more than {MOST_FILES}")
        files = tuple(_file(entry) for entry in entries)
        if twice := [name for name, count in Counter(file.name for file in files).items() if count > 1]:
            raise ValueError(f"it lists {', '.join(sorted(twice))} twice")
        version = _matching(values, "version", VERSION)
        if not is_version(version):
            example = "who makes the release must write one such as 1.0 or 1.1rc1, as in PEP 440"
            raise ValueError(f'"version" is {_shown(version)}; {example}')
        return Release(version, files, _optional(values, "date", DATE))
    except RecursionError:  # of what is deep enough to be read, and too deep to be shown
        raise Failure(f"{place} is not a manifest of a release: its values are nested too deeply") from None
    except ValueError as error:
        raise Failure(f"{place} is not a manifest of a release: {error}") from None


def is_version(text: str) -> bool:
    """Return whether a version can be compared with others (PEP 440)."""
    try:
        Version(text)
    except (TypeError, ValueError):  # not only InvalidVersion: Python refuses a number of 5000 digits
        return False
    return True


def choose(release: Release, machine: Machine, python: str, *, bundle: bool = False, any_python: bool = False) -> Choice:
    """The plugin for this Python, else the bundle; with `bundle` the latter, with `any_python` whichever Pythons it serves."""
    usable = [file for file in release.files if _runs_on(file, machine)]
    usable.sort(key=lambda file: file.processor == "universal2")  # which is twice as large
    plugins = [file for file in usable if file.kind == "plugin" and python in file.pythons]
    bundles = [file for file in usable if file.kind == "bundle" and (any_python or python in file.pythons)]
    if plugins and not bundle:
        choice = Choice(plugins[0], f"the plugin for Python {python} on {machine}")
    elif bundles:
        served = f"the bundle for {machine}, which serves Python {', '.join(bundles[0].pythons)}"
        choice = Choice(bundles[0], served if bundle else f"{served}; there is no plugin for Python {python} alone")
    else:
        raise Failure(_absent(release, machine, python, usable, bundle=bundle))
    minimum = choice.file.minimum
    if minimum and machine.is_older_than(minimum):
        needed, own = (release_name(machine.system, each) for each in (minimum, ".".join(map(str, machine.release))))
        raise Failure(f"{choice.file.name} needs {needed} or later, and this machine has {own}: build it from source")
    return choice


def _absent(release: Release, machine: Machine, python: str, usable: list[ReleaseFile], *, bundle: bool) -> str:
    """Say what is not there, and what is: another kind of file, another Python, or other systems."""
    where = f"for {machine}, in version {release.version}"
    what = "bundle" if bundle else "file"
    same_kind = [file for file in usable if not bundle or file.kind == "bundle"]
    if same_kind:
        return f"there is no {what} for Python {python} {where}; there is Python {_listed(same_kind)}: choose by --python"
    if usable:
        return f"there is no bundle {where}; there is the plugin alone for Python {_listed(usable)}: leave --bundle out"
    files = [file for file in release.files if file.system in SYSTEMS and (not bundle or file.kind == "bundle")]
    platforms = {f"{SYSTEMS[file.system]} {file.processor}" for file in files}
    return f"there is no {what} {where}; there is {', '.join(sorted(platforms)) or 'none'}"


def _listed(files: list[ReleaseFile]) -> str:
    return ", ".join(sorted({python for file in files for python in file.pythons}, key=_in_order))


def _runs_on(file: ReleaseFile, machine: Machine) -> bool:
    both = machine.system == "macos" and file.processor == "universal2" and machine.processor in ("x86_64", "arm64")
    return file.kind in ("plugin", "bundle") and file.system == machine.system and (both or file.processor == machine.processor)


def _in_order(python: str) -> tuple[int, str]:
    return int(python.rstrip("t")[2:]), python


def _file(entry: Any) -> ReleaseFile:
    name = _matching(entry, "name", NAME)
    try:
        size = _get(entry, "size", int)
        if not 0 < size <= LARGEST_FILE:
            raise ValueError(f'"size" is {size}')
        pythons = _get(entry, "pythons", list)
        if not all(isinstance(each, str) and PYTHON.fullmatch(each) for each in pythons):
            raise ValueError(f'"pythons" is {_shown(pythons)}')
        kind, system, processor = (_optional(entry, key) for key in ("kind", "system", "processor"))
        minimum = _optional(entry, "minimum", MINIMUM)
        return ReleaseFile(name, kind, size, _matching(entry, "sha256", SHA256), tuple(pythons), system, processor, minimum)
    except ValueError as error:
        raise ValueError(f"of the file {name}, {error}") from None


def _get(values: Any, key: str, kind: type[Value]) -> Value:
    if not isinstance(values, dict):
        raise ValueError(f"{_shown(values)} stands where an object should")
    if key not in values:
        raise ValueError(f'"{key}" is missing')
    value = values[key]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f'"{key}" is {_shown(value)}')
    return value


def _matching(values: Any, key: str, pattern: re.Pattern[str]) -> str:
    value = _get(values, key, str)
    if not pattern.fullmatch(value):
        raise ValueError(f'"{key}" is {_shown(value)}')
    return value


def _optional(values: Any, key: str, pattern: re.Pattern[str] = WORD) -> str:
    """Return a value that need not be there: null is as good as missing."""
    return "" if values.get(key) is None else _matching(values, key, pattern)


def _shown(value: Any) -> str:
    return _cut(repr(value))


def _cut(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
