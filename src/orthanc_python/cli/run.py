# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python run SCRIPT..."""

from __future__ import annotations

import signal
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from orthanc_python.cli.consoles import errors
from orthanc_python.runner import Runner


def command(
    scripts: Annotated[list[Path], typer.Argument(help="The scripts to run, in this order.", metavar="SCRIPT...")],
    reload: Annotated[bool, typer.Option(help="Start again when a script, or a module it imports, has changed.")] = False,
    port: Annotated[
        int, typer.Option(help="HTTP port; by default 8042, or a free one if that is taken.", min=0, max=65535)
    ] = 0,
    storage: Annotated[Path | None, typer.Option(help="Folder for what Orthanc stores; by default a temporary one.")] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="Orthanc's configuration, file or folder. Its storage, ports and plugins are not taken: see --set."),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting, such as StableAge=5 or DicomServerEnabled=true.", metavar="KEY=VALUE"),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show also what Orthanc logs as information.")] = False,
) -> None:
    """Run scripts in an Orthanc of their own, which answers this machine only. Ctrl-C stops it."""
    signal.signal(signal.SIGTERM, _interrupt)
    runner = Runner(
        scripts, port=port, storage=storage, configuration=config, assignments=set_ or [], verbose=verbose, console=errors
    )
    with suppress(KeyboardInterrupt):
        if reload:
            from orthanc_python.reload import run_and_reload  # watchfiles is needed for this alone

            run_and_reload(runner)
        else:
            runner.run()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
