# SPDX-License-Identifier: GPL-3.0-or-later
"""The build matrix, targets.toml."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import tomllib

from orthanc_python.libraries.machine import release_name
from orthanc_release.processors import this_processor, this_system

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(__file__).with_name("targets.toml")
SYSTEMS = {"linux": "Linux", "windows": "Windows", "macos": "macOS"}  # as users know them, in the order of pages
# Of processors, for users: the title, and what helps to know it by; in the order of pages.
PROCESSOR_TITLES = {
    "x86_64": ("x86, 64-bit", "Intel or AMD, nearly every server"),
    "arm64": ("ARM, 64-bit", "such as Apple silicon"),
    "universal2": ("Universal", "both Intel and Apple silicon"),
    "x86": ("x86, 32-bit", "for a 32-bit Orthanc"),
}
SUFFIXES = {"linux": ".so", "macos": ".dylib", "windows": ".dll"}


@dataclass(frozen=True)
class Target:
    """A system and processor that libraries are built for."""

    name: str
    system: str  # linux, macos or windows
    processor: str  # x86_64, x86, arm64 or universal2
    minimum: str  # the oldest glibc or macOS, or the subsystem's version of Windows
    pythons: tuple[str, ...] = ()
    tested: tuple[str, ...] = ()
    runner: str | None = None  # native, wine or qemu
    machine: str | None = None  # of GitHub, that builds it natively
    parts: tuple[str, ...] = ()  # targets that are joined to this one; it is not built by itself

    @property
    def is_here(self) -> bool:
        """Return whether this Python is of that system and processor, so that no toolchain and no emulator is needed."""
        return (this_system(), this_processor()) == (self.system, self.processor)

    def runs_anywhere(self, python: str) -> bool:
        """Return whether each machine that makes a release can run its libraries for a CPython version."""
        needed = {None: None, "wine": "embeddable", "native": "debian", "qemu": "debian"}[self.runner]
        return needed in read_pythons()[python]

    @property
    def toolchain(self) -> Path:
        """The CMake toolchain file."""
        return ROOT / "cmake" / "toolchains" / f"{self.name}.cmake"

    @property
    def loader(self) -> str:
        """File name of the loader."""
        return ("" if self.system == "windows" else "lib") + "OrthancPython" + SUFFIXES[self.system]

    def plugin(self, python: str) -> Path:
        """Path of the plugin for a CPython version beside the loader."""
        return Path("OrthancPython") / f"OrthancPython-python{python}{SUFFIXES[self.system]}"

    def stand_alone(self, python: str) -> Path:
        """Path of the plugin that is linked to the libpython of a CPython version, beside the bundle."""
        return Path(f"python{python}") / self.loader

    def symbols(self, library: Path) -> Path:
        """Path of what debuggers need of a library, whose path beside the loader is given; without a suffix."""
        return Path("symbols") / library

    def wheel_tree(self, python: str) -> Path:
        """Folder of what the wheel for a CPython version has besides the sources of the package, beside the bundle."""
        return Path(f"wheel-python{python}")


def read_targets(path: Path = FILE) -> dict[str, Target]:
    """The targets by their names. Raises TypeError for a key that is not known."""
    with path.open("rb") as file:
        tables = tomllib.load(file)
    targets = {}
    for name, table in tables.items():
        if name == "pythons":
            continue
        values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
        target = Target(name=name, **values)
        targets[name] = replace(target, runner="native") if target.is_here else target
    return targets


@cache
def read_pythons() -> dict[str, dict[str, Any]]:
    """Return the table of CPython versions."""
    table: dict[str, dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))["pythons"]
    return table


def runners_of(target: Target) -> set[str]:
    """Return what can run a target's libraries on any machine: by targets.toml, and natively on one of that processor."""
    by_file = tomllib.loads(FILE.read_text(encoding="utf-8"))[target.name].get("runner")
    return {runner for runner in (by_file, None if target.parts else "native") if runner is not None}


def oldest_system(target: Target, pythons: Iterable[str], minimum: str) -> str:
    """Return the oldest system for a file of that minimum and these CPythons. They may need a later Windows than the file."""
    table = read_pythons() if target.system == "windows" else {}
    known = [table[python]["windows"] for python in pythons if python in table]
    return min(known, key=lambda version: [int(part) for part in version.split(".")], default=minimum)


def system_name(system: str | None, minimum: str) -> str:
    """Return the name of an oldest system, such as glibc 2.28, macOS 11.0 or Windows 8.1."""
    return release_name(system, minimum) if system in SYSTEMS else minimum


def versions_of(target: Target, tested: bool) -> tuple[str, ...]:
    """The CPython versions of a target; of a universal one, those that all its parts have."""
    if not target.parts:
        return target.tested if tested else target.pythons
    known = read_targets()
    first, *others = (versions_of(known[part], tested) for part in target.parts)
    return tuple(python for python in first if all(python in other for other in others))
