# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings on one file of a release, and code shared by the inspections of all kinds of archives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orthanc_release.libraries.checks import Checked, Promise, check_library
from orthanc_release.libraries.model import some_of
from orthanc_release.targets import SUFFIXES, Target


@dataclass
class Inspection:
    """The findings on one file."""

    file: Path
    kind: str = "unknown"  # as in the manifest
    version: str | None = None  # by its name
    target: Target | None = None
    minimum: str | None = None  # the oldest system, by the target or the wheel's name
    libraries: list[Checked] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)  # of the file itself
    notes: list[str] = field(default_factory=list)  # what was not compared, and why
    without_header: bool = False  # whether texts made of the SDK's header may be left out if that is not here
    runs: dict[str, str] = field(default_factory=dict)  # where it has run a script, by the CPython version

    def leave_out(self, text: str) -> None:
        """Add that texts were not compared without the SDK's header. Anyone could have written them: a problem by default."""
        (self.notes if self.without_header else self.problems).append(text)

    @property
    def all_problems(self) -> list[str]:
        """Return all problems, also those of the libraries in it."""
        found = list(self.problems)
        for each in self.libraries:
            found += [problem if each.file == self.file else f"{each.file.name} {problem}" for problem in each.problems]
        return found

    @property
    def pythons(self) -> tuple[str, ...]:
        """The CPython versions that it serves, the oldest first."""
        found = {each.promise.python for each in self.libraries if each.promise.python is not None}
        return tuple(sorted(found, key=lambda python: (int(python.rstrip("t").split(".")[1]), python)))


def libraries_beside_loader(
    target: Target, folder: Path, names: Iterable[str], version: str | None = None, minimum: str | None = None
) -> tuple[list[Checked], set[str]]:
    """The loader and the plugins beside it among the named files, all checked; and the names of the others."""
    found = []
    others = set(names)
    if target.loader in others:
        found.append(check_library(folder / target.loader, Promise(target, None, False, version, minimum)))
    for name in sorted(others):
        if match := re.fullmatch(rf"OrthancPython/OrthancPython-python(3\.\d+t?){re.escape(SUFFIXES[target.system])}", name):
            promise = Promise(target, match[1], target.system == "windows", version, minimum, beside_loader=True)
            found.append(check_library(folder / name, promise))
            others.discard(name)
    return found, others - {target.loader}


def problems_of_libraries(found: Inspection, target: Target) -> Iterator[str]:
    """Yield what an archive lacks of a loader and its plugins, and whether they are of different builds."""
    if not any(each.promise.python is None for each in found.libraries):
        yield f"lacks the loader {target.loader}"
    if not found.pythons:
        yield "has no plugin"
    abouts = [each.about for each in found.libraries if each.about is not None]
    if len({(about.version, about.sdk, _series_of(about.compiler)) for about in abouts}) > 1:
        builds = {f"{about.version} {about.sdk} {about.compiler}" for about in abouts}
        yield f"has libraries of different builds: {'; '.join(sorted(builds))}"


def _series_of(compiler: str) -> str:
    """Return a compiler, of MSVC with its first number alone: each CPython's job has a machine of its own, perhaps newer."""
    found = re.match(r"MSVC \d+(?=\.)", compiler)
    return found[0] if found else compiler


def problems_with_texts(files: Mapping[str, bytes], expected: Mapping[str, bytes], of: str) -> Iterator[str]:
    """Yield how files differ from those that they must be."""
    for what, names in (
        ("lacks", expected.keys() - files.keys()),
        (f"has, unlike {of},", files.keys() - expected.keys()),
        (f"has other files than {of}:", {name for name in files.keys() & expected.keys() if files[name] != expected[name]}),
    ):
        if names:
            yield f"{what} {some_of(names)}"
