# SPDX-License-Identifier: GPL-3.0-or-later
"""The files for debuggers belong to their libraries: both have the same build ID or UUID."""

from __future__ import annotations

import zipfile
from pathlib import Path

import lief
import pytest
from conftest import FOLDER, USED

from orthanc_release.bundles.collect import collect_symbols
from orthanc_release.targets import Target

INNER = "Contents/Resources/DWARF"


def symbols_of(target: Target, library: Path) -> Path:
    """Return the file for debuggers of a library, whose path in the folder of its target is given."""
    name = FOLDER / target.name / target.symbols(library)
    if target.system == "macos":
        return name.with_name(f"{name.name}.dSYM") / INNER / library.name
    return name.with_name(f"{name.name}.debug")


def identity(file: Path) -> str:
    """Return the build ID of an ELF file, or the UUID of a Mach-O one."""
    if lief.is_macho(str(file)):
        fat = lief.MachO.parse(str(file))
        assert fat is not None
        binary = fat.at(0)
        assert binary is not None and binary.uuid is not None
        return str(binary.uuid.uuid)
    elf = lief.ELF.parse(str(file))
    assert elf is not None
    return next(bytes(note.description).hex() for note in elf.notes if note.type == lief.ELF.Note.TYPE.GNU_BUILD_ID)


@pytest.mark.parametrize("name", ["linux-x86_64", "linux-aarch64", "macos-arm64"])
def test_symbols_of_a_library(name: str, targets: dict[str, Target]) -> None:
    target = targets[name]
    for library in (Path(target.loader), target.plugin(USED[name]), target.stand_alone(USED[name])):
        symbols = symbols_of(target, library)
        assert identity(symbols) == identity(FOLDER / name / library)
        assert b".debug_line" in symbols.read_bytes() or b"__debug_line" in symbols.read_bytes()


@pytest.mark.parametrize("name", ["linux-x86_64", "windows-x86_64", "macos-arm64"])
def test_archive_of_symbols(name: str, targets: dict[str, Target], tmp_path: Path) -> None:
    target = targets[name]
    libraries = [Path(target.loader), target.plugin(USED[name]), target.stand_alone(USED[name])]
    archive = collect_symbols(target, libraries, FOLDER, "0.1.0", tmp_path, 1_700_000_000)
    assert archive is not None
    with zipfile.ZipFile(archive) as file:
        names = file.namelist()
        for library in libraries:
            inner = f".dSYM/{INNER}/{library.name}" if target.system == "macos" else ".debug"
            assert f"{library.as_posix()}{inner}" in names
        assert not any(str(FOLDER).encode() in file.read(each) for each in names)
