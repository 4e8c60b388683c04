# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress that the scripts of ci show while a command runs."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parents[3] / "ci" / "lib" / "common.sh"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("[0/80] Starting", "[                    ] 0/80 Starting"),
        ("[20/80] Building CXX object a.o", "[#####               ] 20/80 Building CXX object a.o"),
        ("[80/80] Linking libOrthancPython.so", "[####################] 80/80 Linking libOrthancPython.so"),
        ("Unpacking orthanc (1.10.1) ...", "Unpacking orthanc (1.10.1) ..."),
        (f"[1/2] {'x' * 100}", f"[##########          ] 1/2 {'x' * 43}"),
    ],
)
def test_counter_as_a_bar(line: str, shown: str) -> None:
    command = ["bash", "-c", 'source "$1"; COLUMNS=80; with_bar "$2"', "bash", str(LIBRARY), line]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.rstrip("\n") == shown


@pytest.mark.parametrize("waiting", ['sh -c ": >$2; exec sleep 1000"', "wait_long"], ids=["program", "function"])
def test_interrupt(tmp_path: Path, waiting: str) -> None:
    """Ctrl-C says one line, ends what runs, and leaves nothing in the temporary folder."""
    temporary, started = tmp_path / "temporary", tmp_path / "started"
    temporary.mkdir()
    # No program makes the file: bash goes on if one has just ended by itself, and not by the signal.
    script = f'source "$1"; file=$2; wait_long() {{ : >"$file"; sleep 1000; }}; run_step "Waiting" quiet {waiting}'
    # A shell that was started in the background ignores the signal, and so would all that it starts.
    command = [
        "python3",
        "-c",
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp('bash', sys.argv[1:])",
    ]
    process = subprocess.Popen(
        [*command, "bash", "-c", script, "bash", str(LIBRARY), str(started)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
        start_new_session=True,
    )
    while not started.exists():
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)  # which ends when all have closed their output
    assert (process.returncode, said) == (130, "\nInterrupted.\n")
    assert list(temporary.iterdir()) == []
