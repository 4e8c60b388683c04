# SPDX-License-Identifier: GPL-3.0-or-later
"""Signs the files of a release with Sigstore, by the identity that CI gives to a workflow; without one, only says so."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

# What GitHub gives to a job that has the permission `id-token: write`.
IDENTITY = ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")


def sign(folder: Path, environment: Mapping[str, str] = os.environ) -> str:
    """Writes FILE.sigstore.json for each file of the folder; what there is to say of it. Raises RuntimeError if it fails."""
    if not all(environment.get(name) for name in IDENTITY):
        return "unsigned: no identity (CI has one, in a job with the permission id-token: write)"
    program = shutil.which("sigstore")
    if program is None:
        raise RuntimeError("there is an identity to sign with, and no sigstore: pip install -r ci/sign-requirements.txt")
    files = sorted(path for path in folder.iterdir() if not path.name.endswith(".sigstore.json"))
    done = subprocess.run([program, "sign", "--overwrite", *map(str, files)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"sigstore failed: {done.stderr.strip()}")
    return f"signed {len(files)} files"
