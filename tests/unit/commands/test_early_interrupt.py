# SPDX-License-Identifier: GPL-3.0-or-later
"""Ctrl-C while the command imports its modules."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from orthanc_python import cli

# A process that a shell starts in the background ignores SIGINT.
START = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("orthanc_python", run_name="__main__")
"""


def test_interrupt_during_imports(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("import signal\nsignal.raise_signal(signal.SIGINT)\n")
    path = os.pathsep.join([str(tmp_path), str(Path(cli.__path__[0]).parents[1])])
    done = subprocess.run(
        [sys.executable, "-c", START, "--version"], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path}
    )
    assert (done.returncode, done.stdout, done.stderr.splitlines()) == (1, "", ["", "Aborted!"])
