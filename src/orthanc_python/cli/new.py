# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python new NAME"""

from __future__ import annotations

from pathlib import Path

import click

from orthanc_python.cli.examples import examples
from orthanc_python.project import write_project


@click.command(
    short_help="Write a small plugin project: a script and its test.",
    epilog=examples("orthanc-python new hello"),
)
@click.argument("name")
def new(name: str) -> None:
    """Write a small plugin project into the folder NAME: a script, its test, and pyproject.toml."""
    for path in write_project(Path(), name):
        click.echo(f"wrote {path}")
    click.echo(f"\nRun it:   orthanc-python run {name}/{name}.py --reload")
    click.echo(f"Test it:  pip install pytest requests && pytest {name}")
