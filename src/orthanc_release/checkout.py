# SPDX-License-Identifier: GPL-3.0-or-later
"""The commit and the date of this checkout."""

from __future__ import annotations

import os
import subprocess

from orthanc_release.targets import ROOT


def source_date() -> int:
    """The date of all that is made: SOURCE_DATE_EPOCH, or that of the commit, in seconds since 1970."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given or _git("log", "-1", "--format=%ct") or _fail("SOURCE_DATE_EPOCH is not set, and this is not a checkout"))


def commit() -> str:
    """Return the commit, with "-dirty" if the checkout differs from it; of sources without git, ORTHANC_PYTHON_COMMIT."""
    if given := os.environ.get("ORTHANC_PYTHON_COMMIT"):
        return given
    found = _git("rev-parse", "HEAD") or _fail("ORTHANC_PYTHON_COMMIT is not set, and this is not a checkout")
    return found + ("-dirty" if _git("status", "--porcelain") else "")


def _git(*arguments: str) -> str | None:
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def _fail(message: str) -> str:
    raise SystemExit(message)
