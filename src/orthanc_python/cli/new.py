# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python new NAME"""

from __future__ import annotations

from pathlib import Path

import click

from orthanc_python.cli.consoles import say
from orthanc_python.cli.examples import examples
from orthanc_python.command import own_command
from orthanc_python.project import write_project


@click.command(
    short_help="Write a small plugin project: a script, or a package, and its tests.",
    epilog=examples("orthanc-python new hello", "orthanc-python new my_plugin --package"),
)
@click.argument("name")
@click.option("--package", is_flag=True, help="Write a package that pip installs, with a GitHub workflow and a Dockerfile.")
def new(name: str, package: bool) -> None:
    """Write a small plugin project into the folder NAME: a script, its test, and pyproject.toml."""
    for path in write_project(Path(), name, package=package):
        say(f"wrote {path}")
    if package:
        say(f"\nInstall it:  pip install --editable './{name}[test]'")
        say(f"Run it:      {own_command('run', '--module', f'{name}.plugin', '--reload')}")
        say(f"Test it:     pytest {name}")
        return
    say(f"\nRun it:   {own_command('run', f'{name}/{name}.py', '--reload')}")
    say(f"Test it:  pip install pytest requests && pytest {name}")
