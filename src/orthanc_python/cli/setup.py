# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python setup [CONFIGURATION]"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click
from rich.text import Text

from orthanc_python.cli.consoles import errors, is_terminal, say, write
from orthanc_python.cli.examples import examples
from orthanc_python.cli.script_option import script_option
from orthanc_python.command import as_root, own_command
from orthanc_python.failure import Failure
from orthanc_python.service import Service, restart_command
from orthanc_python.setup.backup import Backup
from orthanc_python.setup.change import Change
from orthanc_python.setup.control import can_restart, will_restart
from orthanc_python.setup.plan import Options, Plan, make_plan
from orthanc_python.setup.target import read_target
from orthanc_python.setup.work import carry_out, undo

FOLDER = click.Path(file_okay=False, path_type=Path)
COLOURS = {"+": "green", "-": "red", "@": "cyan"}
Write = Callable[[str | Text], None]


@click.command(
    short_help="Put the plugin and a script into the Orthanc service.",
    epilog=examples(
        "sudo env/bin/orthanc-python setup --script /etc/orthanc/hello.py --dry-run",
        "sudo env/bin/orthanc-python setup --script /etc/orthanc/hello.py",
        "sudo env/bin/orthanc-python setup --undo",
    ),
)
@click.argument("configuration", required=False, type=click.Path(exists=True, path_type=Path))
@script_option("The script; by default the configured one.")
@click.option(
    "--environment", type=FOLDER, metavar="DIR", help="Environment for scripts, made if it is missing; by default this one."
)
@click.option("--plugins", type=FOLDER, metavar="DIR", help='Folder for the plugin; by default that of "Plugins".')
@click.option("--user", default="", metavar="NAME", help="Account that Orthanc runs as; by default that of the service.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--undo", "undone", is_flag=True, help="Bring back what the last setup has changed.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def setup(
    configuration: Path | None,
    script: Path | None,
    environment: Path | None,
    plugins: Path | None,
    user: str,
    dry_run: bool,
    undone: bool,
    yes: bool,
) -> None:
    """Put the plugin, an environment and a script into the Orthanc that this machine runs as a service.

    Finds the service's configuration, shows what will change, asks, keeps the former files, restarts the service and checks
    that the plugin answers. When something fails, all is as it was. CONFIGURATION is another file or folder.
    """
    if undone:
        _undo(configuration, user, dry_run=dry_run, yes=yes)
        return
    with errors.status("Looking at the configuration"):
        plan = make_plan(Options(configuration, script, environment, plugins, user))
    show = _shown_by(dry_run=dry_run, yes=yes)
    _show(plan, show)
    if not plan.changes and not plan.installs:
        show("Nothing has to change.")
        return
    if dry_run:
        return
    plan.refuse_without_rights()
    _ask(yes, plan.setup.service)
    carry_out(plan, user, say, errors.status)
    service = plan.setup.service
    _name_restart(service)
    if service is not None and service.show_log:
        say(f"Its log: {as_root(service.show_log)}")
    say(f"Back to what it was: {own_command('setup', *_arguments(configuration), '--undo', sudo=True)}")


def _undo(configuration: Path | None, user: str, *, dry_run: bool, yes: bool) -> None:
    target = read_target(configuration, user)
    backup = Backup.latest(target.path)
    _show_changes(backup.changes(), _shown_by(dry_run=dry_run, yes=yes))
    if not dry_run:
        _ask(yes, target.service)
        if undo(target, backup, say, errors.status):
            _name_restart(target.service)
        else:
            say("Nothing has been changed.")


def _name_restart(service: Service | None) -> None:
    """Print the command that restarts Orthanc, unless it was restarted already."""
    if service is None or not can_restart(service):
        command = restart_command(service) if service is not None else ""
        say(f"Now restart Orthanc{f': {command}' if command else ''}")


def _shown_by(*, dry_run: bool, yes: bool) -> Write:
    """Return the function that shows the changes. It fails where they must be seen: with --dry-run, and before a question."""
    return say if yes and not dry_run else write


def _show(plan: Plan, show: Write) -> None:
    setup = plan.setup
    account = f", which runs as {setup.account.name}" if setup.account is not None else ""
    what = f"the service {setup.service.name}{account}" if setup.service is not None else "this configuration"
    show(f"Configuration: {setup.path}, of {what}")
    state = "to be installed" if plan.installs else "is there already"
    show(f"Plugin: {plan.library}, {state}")
    if plan.environment is None:
        show(f"Environment: {setup.text('VirtualEnv') or setup.text('Executable')}, as configured")
    else:
        state = ", to be made" if plan.environment.made_by is not None else ""
        show(f"Environment: {next(iter(plan.environment.setting.values()))}{state}")
    _show_changes(plan.changes, show)


def _show_changes(changes: list[Change], show: Write) -> None:
    for change in changes:
        show("")
        for line in change.diff():
            show(Text(line, COLOURS.get(line[:1], "")))
    show("")


def _ask(yes: bool, service: Service | None) -> None:
    if yes:
        return
    if not is_terminal(sys.stdin):
        raise Failure("nobody can be asked here: add --yes, or --dry-run to see what would change")
    if not click.confirm("Change this and restart Orthanc?" if will_restart(service) else "Change this?"):
        errors.print("Nothing has been changed.")
        raise SystemExit(1)


def _arguments(configuration: Path | None) -> list[str]:
    return [str(configuration)] if configuration is not None else []
