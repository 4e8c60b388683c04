# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python config"""

from __future__ import annotations

import json
from pathlib import Path

import click

from orthanc_python.cli.consoles import errors
from orthanc_python.cli.examples import examples
from orthanc_python.cli.script_option import script_option
from orthanc_python.command import own_command
from orthanc_python.configuration import read_files
from orthanc_python.failure import Failure
from orthanc_python.install import deployment
from orthanc_python.server.settings import Settings
from orthanc_python.service import find_service
from orthanc_python.service.account import account_of, refuse_environment, refuse_unreadable

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(
    short_help="Print what Orthanc's configuration needs.",
    epilog=examples("orthanc-python config --script /etc/orthanc/hello.py"),
)
@script_option("The script to run.")
@click.option(
    "--folder", type=FOLDER, metavar="DIR", help="Where the plugin was installed to; by default that of this environment."
)
@click.option("--user", default="", metavar="NAME", help="Account that Orthanc runs as; by default that of the service here.")
@click.option("--json", "as_json", is_flag=True, help="Print a complete JSON object.")
def config(script: Path | None, folder: Path | None, user: str, as_json: bool) -> None:
    """Print what Orthanc's configuration needs to run a script with the packages of this environment.

    Do not add a key that the configuration has already: of two "Plugins" in a file, Orthanc reads the last one.
    """
    settings = deployment.settings(script, folder)
    files = [("the plugin", Path(settings["Plugins"][0]))] + ([("the script", script)] if script else [])
    account = account_of(user)
    if "Python" in settings:
        refuse_environment(account)
    refuse_unreadable(account, files)
    text = json.dumps(settings, indent=2)
    click.echo(text if as_json else text.removeprefix("{\n").removesuffix("\n}"))
    if not as_json:
        _warn_of_keys(settings, script)


def _warn_of_keys(settings: Settings, script: Path | None) -> None:
    """Name the keys that the configuration of this machine's service has already, each with its file."""
    service = find_service()
    try:
        files = read_files(service.configuration, service.variables).files if service is not None else ()
    except Failure:
        files = ()
    errors.print('\nIf the configuration has one of these keys already, change that one, and add the path to its "Plugins".')
    for file in files:
        for member in file.members:
            if member.key in settings:
                errors.print(f'{file.path}, line {file.line(member)}, has "{member.key}".', markup=False)
    if service is not None:
        command = own_command("setup", "--script", str(script.resolve()) if script is not None else "FILE", sudo=True)
        errors.print(f"This changes it for you: {command}", markup=False, soft_wrap=True)
