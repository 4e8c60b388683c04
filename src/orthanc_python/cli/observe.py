# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python top, threads and profile: what the scripts of a running Orthanc do"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import click
from rich.live import Live

from orthanc_python.cli.consoles import errors, results, say
from orthanc_python.cli.examples import examples
from orthanc_python.failure import Failure
from orthanc_python.observe.flame_graph import flame_graph
from orthanc_python.observe.remote import DEFAULT_URL, RemoteOrthanc
from orthanc_python.observe.speedscope import speedscope
from orthanc_python.observe.threads import threads_text
from orthanc_python.observe.top import view
from orthanc_python.signals import Ended

STATUS = "/python/status"


@click.command(
    short_help="Watch the callbacks of a running Orthanc.",
    epilog=examples("orthanc-python top", "orthanc-python top https://alice@server:8042", "orthanc-python top --once"),
)
@click.argument("url", default=DEFAULT_URL)
@click.option(
    "--interval", default=1.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds between two readings."
)
@click.option("--once", is_flag=True, help="Print one table and end.")
def top(url: str, interval: float, once: bool) -> None:
    """Show the callbacks of the Orthanc at URL, the busiest first: calls a second, mean time, errors, calls in flight.

    Ctrl-C ends it.
    """
    orthanc = RemoteOrthanc(url)
    if once or not results.is_terminal:
        before, now = _look_twice(orthanc, interval)
        results.print(view(now, before))
        return
    try:
        before, now = _look_twice(orthanc, interval)
        with Live(view(now, before), console=results, screen=True, auto_refresh=False) as live:
            while True:
                time.sleep(interval)
                before, now = now, orthanc.get(STATUS)
                live.update(view(now, before), refresh=True)
    except Ended:
        raise
    except KeyboardInterrupt:  # the usual end, not an error
        return


def _look_twice(orthanc: RemoteOrthanc, interval: float) -> tuple[dict[str, Any], dict[str, Any]]:
    before = orthanc.get(STATUS)
    time.sleep(interval)
    return before, orthanc.get(STATUS)


@click.command(
    short_help="Show where the threads of a running Orthanc are.",
    epilog=examples("orthanc-python threads", "orthanc-python threads https://alice@server:8042"),
)
@click.argument("url", default=DEFAULT_URL)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def threads(url: str, as_json: bool) -> None:
    """Print the Python stack of each thread of the Orthanc at URL, the callback that it runs, and what it waits for."""
    answer = RemoteOrthanc(url).get("/python/threads")
    click.echo(json.dumps(answer, indent=2) if as_json else threads_text(answer))


@click.command(
    short_help="Measure where a running Orthanc spends its time.",
    epilog=examples(
        "orthanc-python profile",
        "orthanc-python profile http://server:8042 --seconds 30",
    ),
)
@click.argument("url", default=DEFAULT_URL)
@click.option("--seconds", default=10, show_default=True, type=click.IntRange(1, 60), help="How long to sample.")
@click.option(
    "--output",
    default="profile.svg",
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The picture to write; beside it goes a .speedscope.json.",
)
def profile(url: str, seconds: int, output: Path) -> None:
    """Sample the Python stacks of all threads of the Orthanc at URL, and write a flame graph and a file for speedscope.

    The scripts keep running meanwhile.
    """
    if not output.parent.is_dir():
        raise Failure(f"the folder {output.parent} does not exist: make it, or give another file by --output")
    if not os.access(output if output.exists() else output.parent, os.W_OK):
        raise Failure(f"this account cannot write {output}: give another file by --output")
    orthanc = RemoteOrthanc(url)
    with errors.status(f"Sampling for {seconds} seconds"):
        answer = orthanc.get(f"/python/profile?seconds={seconds}", timeout=seconds + 30.0)
    title = f"{orthanc.address}, {answer['Samples']} samples in {answer['Seconds']:.1f} s"
    output.write_text(flame_graph(answer, title), encoding="utf-8")
    other = output.with_suffix(".speedscope.json")
    other.write_text(json.dumps(speedscope(answer, title)), encoding="utf-8")
    say(f"wrote {output} and {other}")
