# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws what the commands print, as they print it: make_pictures.py FOLDER."""

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


def draw_doctor(file: Path) -> None:
    """What the doctor says of a configuration with a plugin, a script and a setting that do not exist."""
    console = Console(record=True, width=110, file=io.StringIO(), highlight=False, force_terminal=True)
    command.results = console
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("orthanc.json").write_text(json.dumps(BROKEN), encoding="utf-8")
        console.print("[bold]$ orthanc-python doctor orthanc.json")
        command.show(command.look(configuration_steps(Path("orthanc.json"), "")))
        os.chdir("/")
    picture = console.export_svg(title="orthanc-python doctor", unique_id="doctor")
    # The pages load nothing from other hosts, and so no font.
    picture = re.sub(r"\s*@font-face \{.*?\}", "", picture, flags=re.DOTALL).replace("Fira Code", "ui-monospace")
    file.write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    draw_doctor(Path(sys.argv[1]).resolve() / "doctor.svg")
