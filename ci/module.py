# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module of src/orthanc_release: python ci/module.py NAME [ARGUMENT...], for instance verify.verify.

PYTHONPATH would do so too, but programs that the module starts would inherit it: a test of a wheel would test the checkout.
"""

from __future__ import annotations

import runpy
import site
import sys
from pathlib import Path


def run(name: str) -> None:
    """Run the module as a program, with the arguments of this one."""
    site.addsitedir(str(Path(__file__).resolve().parents[1] / "src"))
    runpy.run_module(f"orthanc_release.{name}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit("usage: python ci/module.py NAME [ARGUMENT...]")
    run(sys.argv.pop(1))
