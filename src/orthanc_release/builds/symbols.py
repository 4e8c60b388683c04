# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a build for debuggers, kept apart from the libraries."""

from __future__ import annotations

import shutil
from pathlib import Path


def copy_symbols(library: Path, to: Path) -> None:
    """Copy what a build has written for debuggers beside a library, if it has."""
    for symbols in (*(library.with_name(library.name + suffix) for suffix in (".debug", ".dSYM")), library.with_suffix(".pdb")):
        if symbols.exists():
            to.parent.mkdir(parents=True, exist_ok=True)
            target = to.with_name(f"{to.name}{symbols.suffix}")
            shutil.rmtree(target, ignore_errors=True)
            copy = shutil.copytree if symbols.is_dir() else shutil.copy2
            copy(symbols, target)
