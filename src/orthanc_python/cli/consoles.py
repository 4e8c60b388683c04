# SPDX-License-Identifier: GPL-3.0-or-later
"""Where commands write: results to the standard output, what is said about them to the standard error."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.table import Table

# Only a terminal has a width: lines stay whole in a pipe or a file.
UNLIMITED = 100_000

results = Console(highlight=False, width=None if sys.stdout.isatty() else UNLIMITED)
errors = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else UNLIMITED)


def print_table(table: Table) -> None:
    """Print a table without the spaces that fill its last column."""
    with results.capture() as captured:
        results.print(table)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())
