# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python plugins"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from orthanc_python.cli.consoles import errors, print_table
from orthanc_python.cli.examples import examples
from orthanc_python.doctor.setup import Setup
from orthanc_python.failure import Failure
from orthanc_python.interpreters.asking import CannotAsk, in_environment
from orthanc_python.modules.installed_plugins import find_plugins, state
from orthanc_python.service import find_service

PATH = click.Path(path_type=Path)


@click.command(
    short_help="List the installed plugins.",
    epilog=examples("orthanc-python plugins", "orthanc-python plugins --environment env --config /etc/orthanc"),
)
@click.option("--environment", type=PATH, metavar="DIR", help="A virtual environment; by default that of this command.")
@click.option("--config", type=PATH, metavar="FILE", help="Orthanc's configuration; by default that of the service here.")
@click.option("--json", "as_json", is_flag=True, help="Print a list for programs.")
def plugins(environment: Path | None, config: Path | None, as_json: bool) -> None:
    """List the plugins that are installed as packages, with their versions. "enabled" names the configuration whose "Modules"
    has the plugin; "refused" names the version of Orthanc, of its SDK or of the Python plugin that is needed; "unknown" means
    that the configuration of the service cannot be read.

    With --json, each object has "name", "module", "package", "version", "refused", "state", and "enabled": true, false, or
    null if unknown.
    """
    interpreter = Path(sys.executable) if environment is None else in_environment(environment)
    if interpreter is None:
        raise Failure(f"{environment} is not a virtual environment")
    try:
        found = find_plugins(interpreter)
    except CannotAsk as error:
        raise Failure(f"{interpreter}: {error}") from None
    enabled: dict[str, str] | None
    try:
        enabled = _enabled(config)
    except (Failure, OSError) as error:
        if config is not None:
            raise
        enabled = None
        errors.print(f"Which of them are enabled is not known: {error}", markup=False, soft_wrap=True)
    if as_json:
        known = [None if enabled is None else each.module in enabled for each in found]
        objects = [vars(each) | {"state": state(each, enabled), "enabled": of} for each, of in zip(found, known, strict=True)]
        click.echo(json.dumps(objects, indent=2))
        return
    if not found:
        click.echo(f"{interpreter.parent.parent} has no plugin: install a package with the entry point group orthanc.plugins")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("PLUGIN", "VERSION", "MODULE", "STATE"):
        table.add_column(title, overflow="fold")
    for each in found:
        table.add_row(*map(Text, (each.name, each.version, each.module, state(each, enabled))))
    print_table(table)


def _enabled(config: Path | None) -> dict[str, str]:
    """Return the configuration of each module that it names."""
    service = find_service() if config is None else None
    path = service.one_configuration if service is not None else config
    if path is None or not path.exists():
        if config is not None:
            raise Failure(f"there is no configuration {config}")
        return {}
    return dict.fromkeys(Setup.read(path.absolute()).modules, str(path))
