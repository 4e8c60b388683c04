# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the page of the commands, from what they say themselves: commands.py FILE."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from orthanc_python.cli import COMMANDS, app

HEAD = """# Commands

`pip install` brings the command `orthanc-python`. Each of its commands has `--help`, and exits with 0 if it succeeds.
`orthanc-python completion --install` makes the Tab key complete them.
"""


def page() -> str:
    parts = [HEAD]
    parent = click.Context(app, info_name="orthanc-python")
    for command in COMMANDS:
        context = click.Context(command, info_name=command.name, parent=parent, max_content_width=100, terminal_width=100)
        parts.append(f"## orthanc-python {command.name}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
