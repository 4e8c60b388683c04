# SPDX-License-Identifier: GPL-3.0-or-later
"""A DLL's symbol file has the suffix of its compiler, and the folder of a build can have those of two compilers."""

from __future__ import annotations

from pathlib import Path

import lief
import pytest
from conftest import unzipped

from orthanc_release.bundles.collect import collect_symbols
from orthanc_release.targets import read_targets

TARGET = read_targets()["windows-x86_64"]


def write_dll(file: Path, pdb: str) -> None:
    """Write a small DLL that names a PDB, or that names none."""
    factory = lief.PE.Factory.create(lief.PE.PE_TYPE.PE32_PLUS)
    assert factory is not None
    factory.add_section(lief.PE.Section(".text"))
    binary = factory.get()
    assert binary is not None
    if pdb:
        binary.add_debug_info(lief.PE.CodeViewPDB(pdb))
    file.parent.mkdir(parents=True, exist_ok=True)
    binary.write(str(file))


@pytest.mark.parametrize(("pdb", "suffix"), [("OrthancPython.pdb", ".pdb"), ("", ".debug")], ids=["MSVC", "mingw"])
def test_symbols_of_one_compiler(pdb: str, suffix: str, tmp_path: Path) -> None:
    """MSVC replaces the libraries of mingw, and not their symbol files."""
    paths = [Path(TARGET.loader), TARGET.plugin("3.13"), TARGET.stand_alone("3.13")]
    for path in paths:
        write_dll(tmp_path / TARGET.name / path, pdb)
        for each in (".pdb", ".debug"):
            symbols = tmp_path / TARGET.name / f"{TARGET.symbols(path)}{each}"
            symbols.parent.mkdir(parents=True, exist_ok=True)
            symbols.write_bytes(each.encode())
    archive = collect_symbols(TARGET, paths, tmp_path, "0.1.0", tmp_path / "kept", 1_700_000_000)
    assert archive is not None
    assert unzipped(archive) == {f"{path.as_posix()}{suffix}": suffix.encode() for path in paths}
