# SPDX-License-Identifier: GPL-3.0-or-later
"""The option --script of commands that take one script: a second one is an error, because click would forget the first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def script_option(help: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option("--script", multiple=True, callback=_only, type=click.Path(path_type=Path), metavar="FILE", help=help)


def _only(context: click.Context, parameter: click.Parameter, given: tuple[Path, ...]) -> Path | None:
    if len(given) > 1:
        raise click.UsageError('--script takes one script; for several, write their list to "Path" of the section "Python"')
    return given[0] if given else None
