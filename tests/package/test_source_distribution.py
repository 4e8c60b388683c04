# SPDX-License-Identifier: GPL-3.0-or-later
"""The source distribution has what git tracks, and nothing that lies beside it."""

from __future__ import annotations

import sys
import tarfile
from pathlib import Path

from conftest import run

from tests.checkout import copy_checkout, tracked

NOT_NEEDED = ("bench/", "ci/", "src/orthanc_release/", "tests/", "noxfile.py", ".")


def test_only_what_git_tracks(tmp_path: Path) -> None:
    source = copy_checkout(tmp_path / "source")
    for name in ("env/lib/python3.13/site-packages/numpy/__init__.py", "thesis.txt", ".secret", "venv/pyvenv.cfg"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).touch()
    run([sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", tmp_path / "made", source])
    (made,) = (tmp_path / "made").iterdir()
    with tarfile.open(made) as archive:
        found = {member.name.split("/", 1)[1] for member in archive if member.isfile()}
    assert found == {name for name in tracked() if not name.startswith(NOT_NEEDED)} | {"PKG-INFO"}
