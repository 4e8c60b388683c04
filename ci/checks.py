# SPDX-License-Identifier: GPL-3.0-or-later
"""What a finished library must be, by what it is for: its system, its processor and its CPython."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from libraries import About, Library, NoLibraryError, read_about, read_libraries
from targets import ROOT, Target

EXPORTS = {"OrthancPluginInitialize", "OrthancPluginFinalize", "OrthancPluginGetName", "OrthancPluginGetVersion"}
# What every system has, as regular expressions.
SYSTEM_LIBRARIES = {
    "linux": r"lib(c|m|dl|pthread|rt)\.so\.\d|ld-linux[-\w]*\.so\.\d",
    "macos": r"/usr/lib/libSystem\.B\.dylib|/usr/lib/libc\+\+\.1\.dylib",
    "windows": r"(?i)(kernel32|advapi32|msvcrt)\.dll|api-ms-win-crt-\w+-l1-1-0\.dll",
}
PYTHON_LIBRARIES = {
    "linux": r"libpython(?P<major>3)\.(?P<minor>\d+)(?P<threads>t?)\.so\.1\.0",
    "macos": r"(?:@rpath/libpython|.*/PythonT?\.framework/Versions/)"
    r"(?P<major>3)\.(?P<minor>\d+)(?P<threads>t?)(?:\.dylib|/PythonT?)",
    "windows": r"(?i)python(?P<major>3)(?P<minor>\d+)(?P<threads>t?)\.dll",
}


@dataclass(frozen=True)
class Promise:
    """What a library is by its name."""

    target: Target
    python: str | None  # None: a loader, which picks one
    linked: bool  # needs the libpython of its CPython
    version: str | None = None  # of this project, where the name has it
    minimum: str | None = None  # the oldest system, where it is not the target's


@dataclass
class Checked:
    """What was found in the file of a library."""

    file: Path
    promise: Promise
    libraries: list[Library]
    about: About | None
    problems: list[str]


def check_library(file: Path, promise: Promise) -> Checked:
    """Looks at a library from the outside."""
    try:
        libraries = read_libraries(file)
    except NoLibraryError:
        return Checked(file, promise, [], None, ["is not a library of Linux, Windows or macOS"])
    about = read_about(file)
    return Checked(file, promise, libraries, about, list(_problems_of(libraries, about, promise, file)))


def _problems_of(libraries: list[Library], about: About | None, promise: Promise, file: Path) -> Iterator[str]:
    target = promise.target
    if {library.system for library in libraries} != {target.system}:
        yield f"is for {libraries[0].system}, its name says {target.system}"
        return
    wanted = {"x86_64", "arm64"} if target.processor == "universal2" else {target.processor}
    if (found := {library.processor for library in libraries}) != wanted:
        yield f"is for the processor {' and '.join(sorted(found))}, its name says {' and '.join(sorted(wanted))}"
    pythons = {found for library in libraries for found in pythons_of(library)} | ({about.python} if about else set())
    if promise.python is not None and (others := pythons - {promise.python}):
        yield f"is for CPython {' and '.join(sorted(others))}, its name says {promise.python}"
    if about is None:
        yield "does not say what it is: it has no text of cmake/describe_itself.cmake"
    elif promise.version is not None and about.version != promise.version:
        yield f"is version {about.version}, its name says {promise.version}"
    for library in libraries:
        yield from _problems(library, promise)
    yield from _paths_in(file)


def pythons_of(library: Library) -> set[str]:
    """The CPython versions whose libpython a library needs, or that its version resource names."""
    pattern = PYTHON_LIBRARIES[library.system]
    matches = [match for name in library.dependencies if (match := re.fullmatch(pattern, name))]
    found = {f"{match['major']}.{match['minor']}{match['threads'].lower()}" for match in matches}
    if re.fullmatch(r"3\.\d+t?", resource := library.version_resource.get("PythonVersion", "")):
        found.add(resource)
    return found


def _problems(library: Library, promise: Promise) -> Iterator[str]:
    target = promise.target
    if library.exports != EXPORTS:
        yield f"exports {', '.join(sorted(library.exports)) or 'nothing'}"
    own = PYTHON_LIBRARIES[target.system]
    allowed = SYSTEM_LIBRARIES[target.system] + (f"|{_unnamed(own)}" if promise.linked else "")
    if promise.linked and not any(re.fullmatch(own, name) for name in library.dependencies):
        yield "does not need a libpython, and stands alone by its name"
    if others := sorted(name for name in library.dependencies if not re.fullmatch(allowed, name)):
        yield f"needs {', '.join(others)}"
    minimum = tuple(map(int, (promise.minimum or target.minimum).split(".")))
    if library.minimum[: len(minimum)] > minimum:
        yield f"needs {target.system} {'.'.join(map(str, library.minimum))}, not {promise.minimum or target.minimum}"
    if library.weaknesses:
        yield ", ".join(sorted(library.weaknesses))
    if library.run_paths:
        yield f"has the run path {', '.join(sorted(library.run_paths))}"
    if target.system == "windows":
        resource = library.version_resource
        if resource.get("ProductName") != "orthanc-python" or resource.get("LegalCopyright") != "GPL-3.0-or-later":
            yield "has no version resource"
    if target.system == "macos":
        if not library.signed:
            yield "has no code signature"
        if library.install_name and not library.install_name.startswith("@rpath/"):
            yield f"has the install name {library.install_name}"


def _unnamed(pattern: str) -> str:
    """A regular expression that can be part of another one: without names of groups and flags for all of it."""
    return re.sub(r"\?P<\w+>", "?:", pattern.replace("(?i)", ""))


def _paths_in(file: Path) -> Iterator[str]:
    content = file.read_bytes()
    own = rb"|".join(re.escape(str(path).encode()) for path in (ROOT, Path.home()) if str(path) != "/")
    for match in re.finditer(own + rb"|/(home|Users)/\w+/[ -~]+", content):
        end = content.find(b"\0", match.start())
        yield f"contains the path {content[match.start() : end][:100].decode(errors='replace')}"
        return
