# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks a finished library for its purpose: its system, its processor and its CPython."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orthanc_release.libraries.builder_paths import paths_in
from orthanc_release.libraries.model import Library, short, some_of
from orthanc_release.libraries.read import About, NoLibraryError, read_abouts, read_libraries
from orthanc_release.processors import processor_of
from orthanc_release.targets import Target

EXPORTS = {"OrthancPluginInitialize", "OrthancPluginFinalize", "OrthancPluginGetName", "OrthancPluginGetVersion"}
# Names of Windows' C library. Windows looks for a DLL of another such name where it looks for any other.
UCRT = "conio|convert|environment|filesystem|heap|locale|math|multibyte|private|process|runtime|stdio|string|time|utility"
# Libraries that every system has, as regular expressions.
SYSTEM_LIBRARIES = {
    "linux": r"lib((c|m)\.so\.6|dl\.so\.2|pthread\.so\.0|rt\.so\.1|gcc_s\.so\.1)|ld-linux-(x86-64\.so\.2|aarch64\.so\.1)",
    "macos": r"/usr/lib/libSystem\.B\.dylib|/usr/lib/libc\+\+\.1\.dylib",
    "windows": rf"(?i)(kernel32|advapi32|msvcrt)\.dll|api-ms-win-crt-({UCRT})-l1-1-0\.dll",
}
HOMEBREW = ("/opt/homebrew", "/usr/local")
ANY_PYTHON = "the one that it finds"  # in loaders
PYTHON_LIBRARIES = {
    "linux": r"libpython(?P<major>3)\.(?P<minor>\d+)(?P<threads>t?)\.so\.1\.0",
    "macos": r"(?:@rpath/libpython|.*/PythonT?\.framework/Versions/)"
    r"(?P<major>3)\.(?P<minor>\d+)(?P<threads>t?)(?:\.dylib|/PythonT?)",
    "windows": r"(?i)python(?P<major>3)(?P<minor>\d+)(?P<threads>t?)\.dll",
}


@dataclass(frozen=True)
class Promise:
    """The purpose of a library, by its name."""

    target: Target
    python: str | None  # None: a loader, because it picks one
    linked: bool  # needs the libpython of its CPython
    version: str | None = None  # of this project, where the name has it
    minimum: str | None = None  # the oldest system, where it is not the target's
    beside_loader: bool = False  # a plugin that a loader opens: it has another file name

    @property
    def file_name(self) -> str:
        """The name that it was built with."""
        return self.target.plugin(self.python).name if self.python and self.beside_loader else self.target.loader

    @property
    def built(self) -> Path:
        """Where ci/build puts it, in the folder of its target."""
        if self.python is None:
            return Path(self.target.loader)
        return self.target.plugin(self.python) if self.beside_loader else self.target.stand_alone(self.python)


@dataclass
class Checked:
    """The findings on the file of a library."""

    file: Path
    promise: Promise
    libraries: list[Library]
    about: About | None
    problems: list[str]


def check_library(file: Path, promise: Promise) -> Checked:
    """Look at a library from the outside."""
    try:
        libraries = read_libraries(file)
    except NoLibraryError as error:
        return Checked(file, promise, [], None, [str(error)])
    abouts = read_abouts(file)
    problems = [*_problems_of(libraries, promise, file), *_problems_of_abouts(abouts, libraries, promise)]
    return Checked(file, promise, libraries, abouts[0] if abouts else None, problems)


def _problems_of(libraries: list[Library], promise: Promise, file: Path) -> Iterator[str]:
    target = promise.target
    if {library.system for library in libraries} != {target.system}:
        yield f"is for {libraries[0].system}, its name says {target.system}"
        return
    wanted = {"x86_64", "arm64"} if target.processor == "universal2" else {target.processor}
    if (found := sorted(library.processor for library in libraries)) != sorted(wanted):
        yield f"is for the processor {' and '.join(found)}, its name says {' and '.join(sorted(wanted))}"
    pythons = {found for library in libraries for found in pythons_of(library)}
    if promise.python is not None and (others := pythons - {promise.python}):
        yield f"is for CPython {' and '.join(sorted(others))}, its name says {promise.python}"
    for library in libraries:
        yield from _problems(library, promise)
    path = next((path for path in paths_in(file.read_bytes()) if path not in run_paths_of(promise)), None)
    if path is not None:
        yield f"contains the path {path}"


def _problems_of_abouts(abouts: list[About], libraries: list[Library], promise: Promise) -> Iterator[str]:
    """Yield what is wrong with the texts that say what the libraries in a file are: one for each."""
    if not abouts:
        yield "does not say what it is: it has no text of cmake/library/describe_itself.cmake"
        return
    if len(abouts) != len(libraries):
        yield f"says {len(abouts)} times what it is"
    if found := {about.version for about in abouts} - {promise.version or abouts[0].version}:
        yield f"is version {' and '.join(sorted(found))}, its name says {promise.version}"
    wanted = promise.python or ANY_PYTHON
    if found := {about.python for about in abouts} - {wanted}:
        yield f"is for CPython {' and '.join(sorted(found))}, its name says {wanted}"
    if len(found := {f"SDK {about.sdk} and {about.compiler}" for about in abouts}) != 1:
        yield f"was built with {', '.join(sorted(found))}"
    named = {_system_of(about.system) for about in abouts}
    if named != (own := {(library.system, library.processor) for library in libraries}):
        yield f"says that it is for {_joined(named)}, and is for {_joined(own)}"
    version = abouts[0].compiler.rpartition(" ")[2]
    for library in libraries:
        if library.system == "linux" and not re.search(rf"(?<![\d.]){re.escape(version)}(?![\d.])", library.comments):
            yield f"says that {abouts[0].compiler} compiled it, and has the comment {short(library.comments.strip())!r}"


def _system_of(text: str) -> tuple[str, str]:
    """Return our names of a system and a processor as CMake writes them."""
    system, _, processor = text.partition(" ")
    return system.lower().replace("darwin", "macos"), processor_of(processor)


def _joined(systems: set[tuple[str, str]]) -> str:
    return " and ".join(sorted(" ".join(each) for each in systems))


def pythons_of(library: Library) -> set[str]:
    """The CPython versions whose libpython a library needs, or that its version resource names."""
    pattern = PYTHON_LIBRARIES[library.system]
    matches = [match for name in library.dependencies if (match := re.fullmatch(pattern, name))]
    found = {f"{match['major']}.{match['minor']}{match['threads'].lower()}" for match in matches}
    if re.fullmatch(r"3\.\d+t?", resource := library.version_resource.get("PythonVersion", "")):
        found.add(resource)
    return found


def run_paths_of(promise: Promise) -> set[str]:
    """Return where a library looks for the libpython of @rpath: python.org's framework, and Homebrew's."""
    if promise.target.system != "macos" or not promise.linked or promise.python is None:
        return set()
    plain = promise.python.rstrip("t")
    framework = f"Frameworks/Python{'T' if promise.python.endswith('t') else ''}.framework/Versions/{plain}/lib"
    return {f"{folder}/{framework}" for folder in ("/Library", *(f"{top}/opt/python@{plain}" for top in HOMEBREW))}


def _problems(library: Library, promise: Promise) -> Iterator[str]:
    target = promise.target
    yield from library.faults
    if library.exports != EXPORTS:
        yield f"exports {some_of(library.exports) or 'nothing'}"
    own = PYTHON_LIBRARIES[target.system]
    allowed = SYSTEM_LIBRARIES[target.system] + (f"|{_unnamed(own)}" if promise.linked else "")
    if promise.linked and not any(re.fullmatch(own, name) for name in library.dependencies):
        yield "does not need a libpython, and stands alone by its name"
    if others := sorted(name for name in library.dependencies if not re.fullmatch(allowed, name)):
        yield f"needs {some_of(others)}"
    if not library.minimum:
        yield f"does not say the oldest {target.system} that it needs"
    minimum = tuple(map(int, (promise.minimum or target.minimum).split(".")))
    if library.minimum[: len(minimum)] > minimum:
        yield f"needs {target.system} {'.'.join(map(str, library.minimum))}, not {promise.minimum or target.minimum}"
    if library.weaknesses:
        yield ", ".join(sorted(library.weaknesses))
    if foreign := set(library.run_paths) - run_paths_of(promise):
        yield f"has the run path {some_of(foreign)}"
    if lacking := run_paths_of(promise) - set(library.run_paths):
        yield f"lacks the run path {', '.join(sorted(lacking))}, and so does not find a libpython there"
    own_names = {"", promise.file_name, f"@rpath/{promise.file_name}"}
    if library.own_name not in own_names:
        yield f"calls itself {short(library.own_name)}, not {promise.file_name}"
    if target.system == "windows":
        yield from _problems_of_resource(library.version_resource, promise)
    if target.system == "macos" and not library.signed:
        yield "has no code signature"


def _problems_of_resource(resource: dict[str, str], promise: Promise) -> Iterator[str]:
    if not resource:
        yield "has no version resource"
        return
    version = promise.version or resource.get("FileVersion", "")
    number = re.split(r"(?:a|b|rc|\.post|\.dev)\d", version)[0] + ".0"  # numbers have no place for a pre-release
    python = promise.python or ANY_PYTHON
    expected = {
        "CompanyName": "orthanc-python",
        "FileDescription": "Runs Python scripts in Orthanc"
        if promise.python is None
        else f"Runs Python {python} scripts in Orthanc",
        "FileVersion": version,
        "File number": number,
        "InternalName": "OrthancPythonLoader" if promise.python is None else "OrthancPython",
        "LegalCopyright": "GPL-3.0-or-later",
        "OriginalFilename": promise.file_name,
        "ProductName": "orthanc-python",
        "ProductVersion": version,
        "Product number": number,
        "PythonVersion": python,
    }
    for key in sorted(expected.keys() | resource.keys() - {"Translation"}):
        if (found := resource.get(key)) != expected.get(key):
            yield f"has {short(key)} {short(str(found))} in its version resource, not {expected.get(key)}"


def _unnamed(pattern: str) -> str:
    """A regular expression that can be part of another one: without names of groups and flags for all of it."""
    return re.sub(r"\?P<\w+>", "?:", pattern.replace("(?i)", ""))
