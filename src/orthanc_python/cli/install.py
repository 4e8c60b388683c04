# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python install and uninstall"""

from __future__ import annotations

import datetime
import json
import os
from importlib import metadata
from pathlib import Path

import click
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from orthanc_python.cli.consoles import errors, say, write
from orthanc_python.cli.examples import examples
from orthanc_python.command import own_command
from orthanc_python.install import deployment
from orthanc_python.install.deployment import Installed
from orthanc_python.libraries.file_names import LOADER
from orthanc_python.libraries.installation import python_version
from orthanc_python.libraries.library import Kind, opening_error, read_library
from orthanc_python.libraries.machine import this_machine
from orthanc_python.releases.manifest import choose
from orthanc_python.releases.sources import Offer, find_release, open_source
from orthanc_python.service import find_service
from orthanc_python.service.account import account_of, loads_from, refuse_environment
from orthanc_python.trust.history import warning_of_age
from orthanc_python.trust.signers import PINNED, parse_signer, signer_of

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(
    short_help="Put the plugin into a folder of an existing Orthanc.",
    epilog=examples(
        "sudo env/bin/orthanc-python install --to /usr/share/orthanc/plugins",
        "sudo env/bin/orthanc-python install --to DIR --from URL --bundle",
        "sudo env/bin/orthanc-python install --to DIR --rollback",
    ),
)
@click.option(
    "--to", "folder", required=True, type=FOLDER, metavar="DIR", help='A folder that Orthanc\'s setting "Plugins" names.'
)
@click.option("--from", "source", metavar="URL|DIR", help="The folder of a release: one that has a manifest.json.")
@click.option(
    "--python", metavar="VERSION", help="The Python to run scripts with, such as 3.13; by default this one's version."
)
@click.option("--bundle", is_flag=True, help="The loader and its plugins for all Pythons, instead of one plugin.")
@click.option("--version", metavar="VERSION", help="A version of the plugin; by default that of the manifest.")
@click.option("--insecure", is_flag=True, help="Allow http, although others on the network can change its answers.")
@click.option(
    "--signer", metavar="KEY|OWNER/NAME", help="Trust this minisign key, or this repository's release workflow, instead."
)
@click.option("--allow-unsigned", is_flag=True, help="Take a release that nobody has signed, such as one of your own.")
@click.option("--downgrade", is_flag=True, help="Take a version that is older than the newest one seen here.")
@click.option("--rollback", is_flag=True, help="Restore the former version. A second --rollback restores the later one.")
@click.option("--user", default="", metavar="NAME", help="Account that Orthanc runs as; by default that of the service here.")
@click.option("--json", "as_json", is_flag=True, help="Print an object for programs.")
def install(
    folder: Path,
    source: str | None,
    python: str | None,
    bundle: bool,
    version: str | None,
    insecure: bool,
    signer: str | None,
    allow_unsigned: bool,
    downgrade: bool,
    rollback: bool,
    user: str,
    as_json: bool,
) -> None:
    """Put the plugin into the plugin folder of an existing Orthanc: the one for this Python or, with --from, a release's.

    The manifest of a release must have the signature of this project, or of --signer. What was there is kept for
    --rollback. A file that differs from the manifest is refused, and changes nothing.
    """
    if source is None and (python or bundle or version or insecure):
        raise click.UsageError("--python, --bundle, --version and --insecure need --from")
    if source is None and (signer or allow_unsigned or downgrade):
        raise click.UsageError("--signer, --allow-unsigned and --downgrade need --from")
    if rollback and source is not None:
        raise click.UsageError("--rollback takes what is kept in the folder, and so no --from")
    chosen: dict[str, str] = {}
    if rollback:
        done = deployment.roll_back(folder)
    elif source is None:
        service = find_service()
        if user or (service is not None and loads_from(service, folder)):
            refuse_environment(account_of(user))
        done = deployment.install(folder)
    else:
        offer = _find(source, version or "", insecure=insecure)
        chosen = _verify(folder, offer, signer, allow_unsigned=allow_unsigned, downgrade=downgrade)
        done, choice = _install_release(folder, offer, python, bundle, downgrade=downgrade)
        chosen |= choice
    if as_json:
        files = {"files": [str(path) for path in done.files]}
        write(json.dumps(chosen | {"version": done.version or None, "changed": done.changed, "former": done.former} | files))
    else:
        _tell(folder, done, "restored" if rollback else "wrote")
    _warn(folder)


@click.command(
    short_help="Remove the plugin from a folder.",
    epilog=examples("sudo env/bin/orthanc-python uninstall --from /usr/share/orthanc/plugins"),
)
@click.option("--from", "folder", required=True, type=FOLDER, metavar="DIR", help="Where it was installed to.")
@click.option("--json", "as_json", is_flag=True, help="Print an object for programs.")
def uninstall(folder: Path, as_json: bool) -> None:
    """Remove what a release has installed there and the former version that was kept. Without a release, remove the plugin
    for this Python.
    """
    removed = deployment.uninstall(folder)
    if as_json:
        write(json.dumps({"removed": [str(path) for path in removed]}))
    else:
        for path in removed:
            say(f"removed {path}")


def _find(text: str, version: str, *, insecure: bool) -> Offer:
    with errors.status(escape(f"Reading what is in {text}")):
        return find_release(open_source(text, insecure=insecure), version)


def _verify(folder: Path, offer: Offer, signer: str | None, *, allow_unsigned: bool, downgrade: bool) -> dict[str, str]:
    """Check who has signed a release, and that it is not older than one that was seen; say whom the command trusts."""
    release = offer.release
    signers = PINNED if signer is None else parse_signer(signer)
    name = signer_of(offer.manifest, release, offer.source, signers, allow_unsigned=allow_unsigned)
    if name:
        errors.print(f"Version {release.version} is signed by {name}, which is trusted", markup=False, soft_wrap=True)
    else:
        _print_warning(f"version {release.version} is not signed: anyone who can write to its folder can change it")
    deployment.admit(folder, release, verified=bool(name), downgrade=downgrade)
    if not downgrade and (text := warning_of_age(release, _own_version(), datetime.date.today())):
        _print_warning(text)
    return {"signer": name}


def _install_release(
    folder: Path, offer: Offer, python: str | None, bundle: bool, *, downgrade: bool
) -> tuple[Installed, dict[str, str]]:
    source, release = offer.source, offer.release
    machine = this_machine()
    choice = choose(release, machine, python or python_version(), bundle=bundle, any_python=bundle and python is None)
    errors.print(f"{choice.file.name}: {choice.reason}", markup=False, soft_wrap=True)
    columns = (TextColumn("Downloading"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
        task = progress.add_task("", total=choice.file.size)
        done = deployment.install_release(
            folder,
            source,
            release,
            choice.file,
            machine,
            lambda size: progress.update(task, completed=size),
            downgrade=downgrade,
        )
    return done, {"file": choice.file.name, "sha256": choice.file.sha256, "reason": choice.reason}


def _tell(folder: Path, done: Installed, verb: str) -> None:
    for path in done.files:
        say(f"{verb if done.changed else 'there already is'} {path}")
    if not done.changed:
        return
    if done.former is not None:
        to, sudo = ("--to", str(folder)), "SUDO_USER" in os.environ
        former = f"version {done.former}" if done.former else "what was there"
        say(f"\nKept {former}, which this brings back: {own_command('install', *to, '--rollback', sudo=sudo)}")
    say(f"\nNow restart Orthanc. For what its configuration needs: {own_command('config', '--folder', str(folder))}")


def _warn(folder: Path) -> None:
    """Of a plugin that this machine cannot open as it is."""
    library = read_library(folder / LOADER)
    if library.kind is Kind.LINKED and (error := opening_error(library.path)):
        name = f"Python {library.python}"
        fix = f"install {name} with its shared library (Debian, Ubuntu: apt-get install libpython{library.python})"
        _print_warning(f"{library.path} cannot be opened: {error}; {fix}")


def _own_version() -> str:
    try:
        return metadata.version("orthanc-python")
    except metadata.PackageNotFoundError:  # run from its sources
        return ""


def _print_warning(text: str) -> None:
    errors.print("warning: ", style="yellow", end="")
    errors.print(text, markup=False, soft_wrap=True)
