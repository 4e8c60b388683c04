# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python install, uninstall and config"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from orthanc_python import deployment
from orthanc_python.cli.consoles import results

Folder = Annotated[Path, typer.Option(help='The folder that Orthanc\'s setting "Plugins" names.', metavar="DIR")]


def install(to: Folder) -> None:
    """Put the plugin for this Python into the plugin folder of an existing Orthanc."""
    for path in deployment.install(to):
        results.print(f"wrote {path}", markup=False, soft_wrap=True)
    results.print(f"\nNow restart Orthanc. For what its configuration needs: orthanc-python config --folder {to}", markup=False)


def uninstall(from_: Annotated[Path, typer.Option("--from", help="That folder.", metavar="DIR")]) -> None:
    """Take the plugin for this Python away from there."""
    for path in deployment.uninstall(from_):
        results.print(f"removed {path}", markup=False, soft_wrap=True)


def config(
    script: Annotated[Path | None, typer.Option(help="The script to run.", metavar="FILE")] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where the plugin was installed to; by default that of this environment.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a complete JSON object.")] = False,
) -> None:
    """Print the lines to add to Orthanc's configuration."""
    text = json.dumps(deployment.settings(script, folder), indent=2)
    print(text if as_json else text.removeprefix("{\n").removesuffix("\n}"))
