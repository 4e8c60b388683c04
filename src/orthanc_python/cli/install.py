# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python install, uninstall and config"""

from __future__ import annotations

import json
from pathlib import Path

import click

from orthanc_python import deployment

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option(
    "--to", "folder", required=True, type=FOLDER, metavar="DIR", help='A folder that Orthanc\'s setting "Plugins" names.'
)
def install(folder: Path) -> None:
    """Put the plugin for this Python into the plugin folder of an existing Orthanc."""
    for path in deployment.install(folder):
        click.echo(f"wrote {path}")
    click.echo(f"\nNow restart Orthanc. For what its configuration needs: orthanc-python config --folder {folder}")


@click.command()
@click.option("--from", "folder", required=True, type=FOLDER, metavar="DIR", help="Where it was installed to.")
def uninstall(folder: Path) -> None:
    """Take the plugin for this Python away from there."""
    for path in deployment.uninstall(folder):
        click.echo(f"removed {path}")


@click.command()
@click.option("--script", type=click.Path(path_type=Path), metavar="FILE", help="The script to run.")
@click.option(
    "--folder", type=FOLDER, metavar="DIR", help="Where the plugin was installed to; by default that of this environment."
)
@click.option("--json", "as_json", is_flag=True, help="Print a complete JSON object.")
def config(script: Path | None, folder: Path | None, as_json: bool) -> None:
    """Print the lines to add to Orthanc's configuration."""
    text = json.dumps(deployment.settings(script, folder), indent=2)
    click.echo(text if as_json else text.removeprefix("{\n").removesuffix("\n}"))
