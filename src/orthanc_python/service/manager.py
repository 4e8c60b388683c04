# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the commands of a manager of services."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

ENCODING = "oem" if sys.platform == "win32" else None  # of PowerShell's output, unless it goes to a console


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command, and return its status and its output."""
    return subprocess.run(command, capture_output=True, text=True, encoding=ENCODING, errors="replace", check=False)
