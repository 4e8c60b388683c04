# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scripts of ci show while a command runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parents[2] / "ci" / "lib.sh"


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
