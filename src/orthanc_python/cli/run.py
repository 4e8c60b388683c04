# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python run SCRIPT..."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from orthanc_python.cli.assignments import complete
from orthanc_python.cli.consoles import errors
from orthanc_python.cli.examples import examples
from orthanc_python.run.runner import Runner

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(path_type=Path, readable=False)  # the commands refuse what they cannot read, with the fix


@click.command(
    short_help="Run scripts in an Orthanc of their own.",
    epilog=examples(
        "orthanc-python run hello.py --reload",
        "orthanc-python run hello.py --port 8043 --storage data --set StableAge=5",
        "orthanc-python run hello.py --config /etc/orthanc",
        "orthanc-python run --module my_plugin --reload",
    ),
)
@click.argument("scripts", nargs=-1, type=FILE, metavar="[SCRIPT]...")
@click.option("--module", "modules", multiple=True, metavar="NAME", help="An installed module to run before the scripts.")
@click.option("--reload", is_flag=True, help="Start again when a script, or a module it imports, has changed.")
@click.option("--port", type=click.IntRange(1, 65535), help="HTTP port; by default 8042, or a free one if that is taken.")
@click.option(
    "--storage", type=FOLDER, metavar="DIR", help="Folder for what Orthanc stores; by default one that is deleted at the end."
)
@click.option(
    "--config", type=FILE, metavar="FILE", help="Orthanc's configuration, without its storage, ports, plugins and scripts."
)
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting: StableAge=5, OverwriteInstances=true, ...",
    shell_complete=complete,
)
@click.option("--verbose", "-v", is_flag=True, help="Also show what Orthanc logs as information.")
def run(
    scripts: tuple[Path, ...],
    modules: tuple[str, ...],
    reload: bool,
    port: int | None,
    storage: Path | None,
    config: Path | None,
    assignments: tuple[str, ...],
    verbose: bool,
) -> None:
    """Run scripts in an Orthanc of their own. It answers this machine only. Ctrl-C stops it."""
    if not scripts and not modules:
        raise click.UsageError("Missing argument 'SCRIPT...', or the option --module.")
    runner = Runner(
        scripts,
        modules=modules,
        port=port or 0,
        storage=storage,
        configuration=config,
        assignments=assignments,
        verbose=verbose,
        console=errors,
    )
    with suppress(KeyboardInterrupt):
        if reload:
            from orthanc_python.run.reload import run_and_reload  # watchfiles is needed for this alone

            run_and_reload(runner)
        else:
            runner.run()
