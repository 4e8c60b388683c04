# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a build for debuggers, kept apart from the libraries."""

from __future__ import annotations

import shutil
from pathlib import Path


def copy_symbols(library: Path, to: Path) -> None:
    """Copy what a build has written for debuggers beside a library, if it has."""
    for symbols in (library.with_name(f"{library.name}.debug"), library.with_suffix(".pdb")):
        if symbols.exists():
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(symbols, to.with_name(f"{to.name}{symbols.suffix}"))
