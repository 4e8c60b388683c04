# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutants: small faults as data, each with the tests of which one must fail.

A file of this folder has the mutants of one area. `file` and `tests` are ends of paths, unique in the repository, so that a
move of a file leaves them alone. A test is a file for pytest, a test in it (`test_images.py::test_one`), or `cmake:REGEX`, the
names of tests for ctest.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tomllib

from tests.checkout import tracked

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
AREAS = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@dataclass(frozen=True)
class Mutant:
    """A fault: `old` becomes `new`. It stands in `file` exactly once."""

    area: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    @property
    def path(self) -> Path:
        """The path of the file in the repository."""
        return find(self.file, tests=False)

    def changed(self, text: str) -> str:
        """Return a file's text with the fault. Raise ValueError if `old` does not stand there exactly once."""
        if (count := text.count(self.old)) != 1:
            raise ValueError(f"{self.file}: this text stands there {count} times, not once:\n{self.old}")
        return text.replace(self.old, self.new)

    def __str__(self) -> str:
        return f"{self.file}: {' '.join(self.old.split())} -> {' '.join(self.new.split()) or '(nothing)'}"


def find(end: str, *, tests: bool = True) -> Path:
    """Return the only file below tests, or of the others, whose path ends so. Raise ValueError unless there is exactly one."""
    found = [name for name in tracked() if f"/{name}".endswith(f"/{end}") and name.startswith("tests/") is tests]
    if len(found) != 1:
        raise ValueError(f"{len(found)} files of the repository end with /{end}: {', '.join(found)}")
    return Path(found[0])


def load(area: str) -> list[Mutant]:
    """Return the mutants of an area."""
    entries = tomllib.loads((FOLDER / f"{area}.toml").read_text(encoding="utf-8"))["mutant"]
    return [Mutant(area, each["file"], each["old"], each["new"], tuple(each["tests"])) for each in entries]


def load_all() -> list[Mutant]:
    """Return the mutants of all areas."""
    return [mutant for area in AREAS for mutant in load(area)]
