# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python new NAME"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orthanc_python.cli.consoles import results
from orthanc_python.project import write_project


def command(
    name: Annotated[str, typer.Argument(help="Name of the plugin, and of the folder that is made.", metavar="NAME")],
) -> None:
    """Write a small plugin project: a script, its test, and pyproject.toml."""
    for path in write_project(Path(), name):
        results.print(f"wrote {path}", markup=False)
    results.print(f"\nRun it:   orthanc-python run {name}/{name}.py --reload", markup=False)
    results.print(f"Test it:  pip install 'orthanc-python[test]' && pytest {name}", markup=False)
