# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of ci/verify: what it says of each file."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orthanc_release.libraries.checks import Checked


@dataclass
class Row:
    """A row of the table: a file, or a library in it."""

    name: str
    size: int
    problems: list[str]
    checked: Checked | None = None
    loader: Path | None = None  # that a plugin needs
    archive: str = ""  # that it is in
    notes: list[str] = field(default_factory=list)
    ran: str | None = None  # where it has run a script


def show(rows: list[Row]) -> None:
    """Print the table, and below it what is wrong, as lines that no table breaks."""
    table = Table("file", "processor", "oldest system", "size", "")
    for row in rows:
        libraries = row.checked.libraries if row.checked is not None else []
        oldest = ".".join(map(str, max((each.minimum for each in libraries), default=())))
        verdict = Text("refused", "bold red") if row.problems else Text("as it should be", "green")
        if row.notes:
            verdict.append(printable("; " + "; ".join(row.notes)), "yellow")
        processors = ", ".join(each.processor for each in libraries)
        table.add_row(
            Text(f"  {printable(row.name)}" if row.archive else printable(row.name)),
            processors,
            oldest,
            f"{row.size / 1000:.0f} kB",
            verdict,
        )
    Console(width=160 if not sys.stdout.isatty() else None).print(table)
    for row in rows:
        for problem in row.problems:
            print(printable(f"refused: {f'{row.archive}: ' if row.archive else ''}{row.name} {problem}"))


def printable(text: str) -> str:
    """Return a text in which characters that a terminal obeys are escaped: a file's name can have them."""
    return text if text.isprintable() else ascii(text)[1:-1]
