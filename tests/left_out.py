# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests that this machine cannot run: the log of their step says why, and the summary of ci/test names the step."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

# Taken away: scripts under test leave out nothing of the step that runs the tests.
FILE = os.environ.pop("ORTHANC_PYTHON_LEFT_OUT", None)


def left_out(reason: str) -> NoReturn:
    """Skip a test."""
    if FILE is not None:
        Path(FILE).touch()
    pytest.skip(reason)


def no_interpreter(python: str) -> NoReturn:
    """Skip a test for want of an interpreter."""
    left_out(f"this machine has no CPython {python} with a shared libpython")
