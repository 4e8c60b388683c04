# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python config"""

from __future__ import annotations

import json
from pathlib import Path

import click

from orthanc_python.cli.consoles import errors
from orthanc_python.cli.examples import examples
from orthanc_python.cli.script_option import script_option
from orthanc_python.command import as_root, own_command
from orthanc_python.configuration import Configuration, read_files
from orthanc_python.doctor.checks.names import package_of
from orthanc_python.failure import Failure
from orthanc_python.install import deployment
from orthanc_python.libraries.file_names import LOADER
from orthanc_python.libraries.library import Kind, read_library
from orthanc_python.rights import is_file
from orthanc_python.script_file import is_same_file
from orthanc_python.service import Service, find_service
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
    if len(settings["Python"]) > 1:  # an environment
        refuse_environment(account)
    refuse_unreadable(account, files)
    if as_json:
        click.echo(json.dumps(settings, indent=2))
        return
    service = find_service()
    configuration = _read(service)
    plugins = _how_it_loads(configuration, Path(settings["Plugins"][0])) if configuration is not None else ""
    shown = {key: value for key, value in settings.items() if key != "Plugins" or not plugins}
    click.echo(json.dumps(shown, indent=2).removeprefix("{\n").removesuffix("\n}"))
    added = ', and add the path to its "Plugins"' if "Plugins" in shown else ""
    errors.print(f"\nIf the configuration has one of these keys already, change that one{added}.")
    for file in configuration.files if configuration is not None else ():
        for member in file.members:
            if member.key in shown:
                errors.print(f'{file.path}, line {file.line(member)}, has "{member.key}".', markup=False)
            elif member.key == "PythonScript":
                text = 'has "PythonScript". It wins over "Path": remove it, or change that one.'
                errors.print(f"{file.path}, line {file.line(member)}, {text}", markup=False)
    if plugins:
        errors.print(plugins, markup=False, soft_wrap=True)
    if service is not None:
        command = own_command("setup", "--script", settings["Python"]["Path"] if script is not None else "FILE", sudo=True)
        errors.print(f"This changes it for you: {command}", markup=False, soft_wrap=True)


def _read(service: Service | None) -> Configuration | None:
    """Return the configuration of the service, None if there is none that can be read."""
    try:
        return read_files(service.one_configuration, service.variables) if service is not None else None
    except Failure:
        return None


def _how_it_loads(configuration: Configuration, library: Path) -> str:
    """Return what to do if Orthanc would find the plugin, or another Python plugin, without a change; "" if it would not.

    It does not start if it finds two.
    """
    file = next((file for file in configuration.files if "Plugins" in file.settings), None)
    for path in configuration.plugins if file is not None else ():
        found = path if path.name == LOADER else path / LOADER
        if file is None or not is_file(found):
            continue
        where = file.place("Plugins")
        if _is_foreign(found):
            package = package_of(found)
            fix = as_root(f"apt-get remove {package}") if package else f"move it out of {found.parent}"
            return f"{where} leads to {found}, the plugin of another project, and Orthanc does not start with both: {fix}"
        if is_same_file(found, library):
            what = "this plugin" if found == path else "this folder"
            return f'{where} lists {what} already: leave "Plugins" as it is.'
        fix = f'leave "Plugins" as it is, or remove that one first. For that one: orthanc-python config --folder {found.parent}'
        return f"{where} leads to {found} already, and Orthanc does not start with two Python plugins: {fix}"
    return ""


def _is_foreign(library: Path) -> bool:
    try:
        return read_library(library).kind not in (Kind.LOADER, Kind.LINKED)
    except OSError:
        return False
