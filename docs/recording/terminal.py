# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws what the commands print, as they print it: terminal.py FOLDER."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import tempfile
from pathlib import Path

from rich.console import Console

import orthanc_python.cli.doctor as command
from orthanc_python.doctor import configuration_steps

BROKEN = {"Plugins": ["OrthancPython.dll"], "Python": {"Path": "/srv/dmo.py", "VirtualEnvironment": "/srv/env"}}


def recorder(width: int) -> Console:
    """Return a terminal that is not shown, but kept for a picture."""
    return Console(record=True, width=width, file=io.StringIO(), highlight=False, force_terminal=True)


def save(console: Console, file: Path, title: str) -> None:
    """Write what a terminal shows as a picture."""
    picture = console.export_svg(title=title, unique_id=file.stem)
    # The pages load nothing from other hosts, and so no font.
    picture = re.sub(r"\s*@font-face \{.*?\}", "", picture, flags=re.DOTALL).replace("Fira Code", "ui-monospace")
    file.write_text(picture, encoding="utf-8")


def draw_doctor(file: Path) -> None:
    """Return the doctor's output for a configuration with a plugin, a script and a setting that do not exist."""
    console = recorder(110)
    command.results = console
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("orthanc.json").write_text(json.dumps(BROKEN), encoding="utf-8")
        console.print("[bold]$ orthanc-python doctor orthanc.json")
        command.show(command.look(configuration_steps(Path("orthanc.json"), "")))
        os.chdir("/")
    save(console, file, "orthanc-python doctor")


if __name__ == "__main__":
    draw_doctor(Path(sys.argv[1]).resolve() / "doctor.svg")
