# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks finished libraries from the outside against what their target promises: ci/verify [DIR], by default build/targets.

Of each: format and processor, exports, dependencies, oldest system, hardening, version resource, install name, signature, run
paths, and that no folder of the machine that built it is in it.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from libraries import Library, NoLibraryError, read_libraries
from rich.console import Console
from rich.table import Table
from targets import ROOT, Target, read_targets

EXPORTS = {"OrthancPluginInitialize", "OrthancPluginFinalize", "OrthancPluginGetName", "OrthancPluginGetVersion"}
# What every system has, as regular expressions.
SYSTEM_LIBRARIES = {
    "linux": r"lib(c|m|dl|pthread|rt)\.so\.\d|ld-linux[-\w]*\.so\.\d",
    "macos": r"/usr/lib/libSystem\.B\.dylib|/usr/lib/libc\+\+\.1\.dylib",
    "windows": r"(?i)(kernel32|advapi32|msvcrt)\.dll|api-ms-win-crt-\w+-l1-1-0\.dll",
}
PYTHON_LIBRARIES = {
    "linux": r"libpython{version}\.so\.1\.0",
    "macos": r"(@rpath/libpython{version}\.dylib|.*/Python\.framework/Versions/{version}/Python)",
    "windows": r"python{digits}\.dll",
}


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; 1 when a library is not what its target promises, or there is none."""
    parser = argparse.ArgumentParser(prog="ci/verify", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "targets")
    options = parser.parse_args(arguments)
    console = Console(width=160 if not sys.stdout.isatty() else None)
    table = Table("library", "processor", "oldest system", "size", "")
    failed = count = 0
    for target in read_targets().values():
        for file, python, linked in libraries_of(target, options.folder / target.name):
            count += 1
            found: list[Library] = []
            try:
                found = read_libraries(file)
                problems = list(problems_of(found, target, python, linked, file))
            except NoLibraryError as error:
                problems = [str(error)]
            failed += bool(problems)
            verdict = "[bold red]" + "; ".join(problems) if problems else "[green]as it should be"
            oldest = ".".join(map(str, max((each.minimum for each in found), default=())))
            name = str(file.relative_to(options.folder))
            size = f"{file.stat().st_size / 1000:.0f} kB"
            table.add_row(name, ", ".join(each.processor for each in found), oldest, size, verdict)
    if count == 0:
        print(f"there are no libraries in {options.folder}; build them by ci/build", file=sys.stderr)
        return 1
    console.print(table)
    return int(failed > 0)


def libraries_of(target: Target, folder: Path) -> Iterator[tuple[Path, str | None, bool]]:
    """The libraries of a target, each with the CPython of its name, None for the loader, and whether it needs libpython."""
    if (folder / target.loader).exists():
        yield folder / target.loader, None, False
    for file in sorted(folder.glob("OrthancPython/*")):
        match = re.fullmatch(r"OrthancPython-python(3\.\d+t?)\.\w+", file.name)
        yield file, match[1] if match else "?", target.system == "windows"
    for file in sorted(folder.glob("python3.*/*")):
        yield file, file.parent.name.removeprefix("python"), True


def problems_of(libraries: list[Library], target: Target, python: str | None, linked: bool, file: Path) -> Iterator[str]:
    """What is wrong with the libraries in one file."""
    wanted = {"x86_64", "arm64"} if target.processor == "universal2" else {target.processor}
    if (found := {library.processor for library in libraries}) != wanted:
        yield f"is for {', '.join(sorted(found))}, not for {', '.join(sorted(wanted))}"
    for library in libraries:
        yield from _problems(library, target, python, linked)
    yield from _paths_in(file)


def _problems(library: Library, target: Target, python: str | None, linked: bool) -> Iterator[str]:
    if library.system != target.system:
        yield f"is a library of {library.system}, not of {target.system}"
        return
    if library.exports != EXPORTS:
        yield f"exports {', '.join(sorted(library.exports)) or 'nothing'}"
    allowed = SYSTEM_LIBRARIES[target.system]
    if linked and python is not None:
        version = {"version": re.escape(python), "digits": python.replace(".", "")}
        own = PYTHON_LIBRARIES[target.system].format(**version)
        allowed += "|" + own
        if not any(re.fullmatch(own, name) for name in library.dependencies):
            yield f"does not need the libpython of CPython {python}"
    if others := sorted(name for name in library.dependencies if not re.fullmatch(allowed, name)):
        yield f"needs {', '.join(others)}"
    minimum = tuple(map(int, target.minimum.split(".")))
    if library.minimum[: len(minimum)] > minimum:
        yield f"needs {target.system} {'.'.join(map(str, library.minimum))}, not {target.minimum}"
    if library.weaknesses:
        yield ", ".join(sorted(library.weaknesses))
    if library.run_paths:
        yield f"has the run path {', '.join(sorted(library.run_paths))}"
    if target.system == "windows":
        resource = library.version_resource
        if resource.get("ProductName") != "orthanc-python" or resource.get("LegalCopyright") != "GPL-3.0-or-later":
            yield "has no version resource"
        elif python is not None and resource.get("PythonVersion") != python:
            yield f"says that it is for Python {resource.get('PythonVersion')}"
    if target.system == "macos":
        if not library.signed:
            yield "has no code signature"
        if library.install_name and not library.install_name.startswith("@rpath/"):
            yield f"has the install name {library.install_name}"


def _paths_in(file: Path) -> Iterator[str]:
    content = file.read_bytes()
    own = rb"|".join(re.escape(str(path).encode()) for path in (ROOT, Path.home()) if str(path) != "/")
    for match in re.finditer(own + rb"|/(home|Users)/\w+/[ -~]+", content):
        end = content.find(b"\0", match.start())
        yield f"contains the path {content[match.start() : end][:100].decode(errors='replace')}"
        return


if __name__ == "__main__":
    sys.exit(main())
