# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python doctor [CONFIGURATION]"""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from orthanc_python.cli.consoles import errors, print_table, results
from orthanc_python.cli.examples import examples
from orthanc_python.doctor import Finding, Level, Step, configuration_steps, machine_steps

STYLES = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "bold red"}


@click.command(
    short_help="Find what keeps scripts from running, with the fix.",
    epilog=examples(
        "orthanc-python doctor", "orthanc-python doctor /etc/orthanc", "orthanc-python doctor orthanc.json --user orthanc"
    ),
)
@click.argument("configuration", required=False, type=click.Path(path_type=Path))
@click.option("--user", default="", metavar="NAME", help="Account that Orthanc runs as; by default that of the service here.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of findings for programs.")
def doctor(configuration: Path | None, user: str, as_json: bool) -> None:
    """Find what keeps Python scripts from running in Orthanc: on this machine and in the configuration of its service, or
    in another CONFIGURATION: a file, or a folder with several.

    Names the fix for each problem. The exit status is 1 if there is a problem.
    """
    steps = machine_steps(user) if configuration is None else configuration_steps(configuration, user)
    findings = look(steps)
    if as_json:
        click.echo(json.dumps([_as_object(each) for each in findings], indent=2))
    else:
        show(findings)
    if any(each.level is Level.PROBLEM for each in findings):
        raise SystemExit(1)


def _as_object(found: Finding) -> dict[str, str]:
    return {"level": found.level.value, "subject": found.subject, "text": found.text, "fix": found.fix}


def look(steps: list[Step]) -> list[Finding]:
    findings: list[Finding] = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
        task = progress.add_task("", total=len(steps))
        for title, check in steps:
            progress.update(task, description=f"Looking at {title}")
            findings += check()
            progress.advance(task)
    return findings


def show(findings: list[Finding]) -> None:
    """Print the passed checks as a table, then each problem with its fix, on lines that can be copied."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for each in findings:
        if each.level is Level.OK:
            table.add_row(Text("ok", STYLES[each.level]), Text(each.subject, overflow="fold"), Text(each.text, overflow="fold"))
    print_table(table)
    faults = [each for each in findings if each.level is not Level.OK]
    for each in faults:
        results.print()
        results.print(
            Text.assemble((f"{each.level.value}: ", STYLES[each.level]), f"{each.subject}: {each.text}"), soft_wrap=True
        )
        results.print(Text.assemble(("  fix: ", "bold"), each.fix), soft_wrap=True)
    problems = sum(each.level is Level.PROBLEM for each in faults)
    warnings = len(faults) - problems
    more = f", {warnings} warning{'' if warnings == 1 else 's'}" if warnings else ""
    results.print(f"\n{problems or 'No'} problem{'' if problems == 1 else 's'} found{more}")
