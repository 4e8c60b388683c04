# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the symbol files beside a release are those of its libraries: all of them, and no others."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from orthanc_release.archives import HostileArchiveError, unpack
from orthanc_release.artifacts import symbols_name
from orthanc_release.describe.sums import SUMS, sums_of
from orthanc_release.inspection.zip_layout import problems_of_layout
from orthanc_release.libraries.checks import Checked
from orthanc_release.libraries.model import some_of
from orthanc_release.libraries.symbols.symbol_files import PDB, identities_of, suffix_of_symbols
from orthanc_release.targets import Target
from orthanc_release.verify.signature_checks import Problem

# The file of a .dSYM besides the symbols, as LLVM's dsymutil writes it.
INFO = "Contents/Info.plist"
INFO_OF_DSYM = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
\t<dict>
\t\t<key>CFBundleDevelopmentRegion</key>
\t\t<string>English</string>
\t\t<key>CFBundleIdentifier</key>
\t\t<string>com.apple.xcode.dsym.{name}</string>
\t\t<key>CFBundleInfoDictionaryVersion</key>
\t\t<string>6.0</string>
\t\t<key>CFBundlePackageType</key>
\t\t<string>dSYM</string>
\t\t<key>CFBundleSignature</key>
\t\t<string>????</string>
\t\t<key>CFBundleShortVersionString</key>
\t\t<string>1.0</string>
\t\t<key>CFBundleVersion</key>
\t\t<string>1</string>
\t</dict>
</plist>
"""
MOST_BYTES_OF_SYMBOLS = 2_000_000_000  # unpacked; a target for Windows has 17 PDBs
DWARF = "Contents/Resources/DWARF"


def folder_of_symbols(release: Path) -> Path:
    """Return the folder beside a release in which ci/release keeps its symbol files."""
    return release.with_name(f"{release.name}-symbols")


def problems_of_symbols(folder: Path, version: str, libraries: Iterable[Checked], seconds: int | None) -> Iterator[Problem]:
    """Yield what is wrong with the archives of symbol files; `libraries` are all of the release, `seconds` their date."""
    wanted: dict[str, dict[Path, Checked]] = {}
    for each in libraries:
        wanted.setdefault(symbols_name(version, each.promise.target), {})[each.promise.built] = each
    present = {path.name: path for path in folder.iterdir()}
    for name, of_target in sorted(wanted.items()):
        if name in present and present[name].is_file() and not present[name].is_symlink():
            yield from ((name, problem) for problem in _problems_of_archive(present[name], of_target, seconds))
        elif any(map(_has_symbols, of_target.values())):
            yield name, "is missing, or is not a regular file; the libraries of the release have symbol files"
    for name in sorted(present.keys() - wanted.keys() - {SUMS}):
        yield name, "does not belong to the symbol files of the release"
    listed = [path for name, path in present.items() if name in wanted and path.is_file()]
    is_there = SUMS in present and present[SUMS].is_file()
    if not is_there or present[SUMS].read_bytes() != sums_of(listed).encode(errors="surrogateescape"):
        yield SUMS, "is not as ci/release writes it for the symbol files"


def _has_symbols(checked: Checked) -> bool:
    """Return whether the compiler has written a symbol file. Those of a universal library are with its parts."""
    target: Target = checked.promise.target
    if target.parts or not checked.libraries:
        return False
    by_mingw = checked.about is not None and checked.about.compiler.startswith("GNU ")
    return target.system != "windows" or by_mingw or checked.libraries[0].identity.startswith(PDB)


def _problems_of_archive(archive: Path, libraries: dict[Path, Checked], seconds: int | None) -> Iterator[str]:
    yield from problems_of_layout(archive, seconds)
    with tempfile.TemporaryDirectory() as work:
        try:
            names = {path.as_posix() for path in unpack(archive, Path(work), MOST_BYTES_OF_SYMBOLS)}
        except HostileArchiveError as error:
            yield str(error)
            return
        for path, checked in sorted(libraries.items()):
            name = _name_of_symbols(path, checked)
            if name in names:
                yield from (f"has {name}, but it {problem}" for problem in _problems_of_file(Path(work, name), checked))
            elif _has_symbols(checked):
                yield f"lacks {name}"
            names.discard(name)
            info = f"{path.as_posix()}.dSYM/{INFO}"
            if checked.promise.target.system == "macos" and info in names:
                names.discard(info)
                if Path(work, info).read_bytes() != INFO_OF_DSYM.format(name=path.name).encode():
                    yield f"has {info}, but it is not as dsymutil writes it"
    if names:
        yield f"has {some_of(names)}, of no library of the release"


def _name_of_symbols(path: Path, checked: Checked) -> str:
    system = checked.promise.target.system
    suffix = suffix_of_symbols(system, checked.libraries[0].identity if checked.libraries else "")
    return f"{path.as_posix()}{suffix}" + (f"/{DWARF}/{path.name}" if system == "macos" else "")


def _problems_of_file(file: Path, checked: Checked) -> Iterator[str]:
    own = sorted(library.identity for library in checked.libraries)
    try:
        found = identities_of(file)
    except ValueError as error:
        yield str(error)
        return
    if not all(own) or not all(found):
        yield "cannot be compared: it or the library has no identity"
    elif found != own:
        yield f"is of another library: it has the {some_of(found)}, the library the {some_of(own)}"
