# SPDX-License-Identifier: GPL-3.0-or-later
"""Small releases without libraries, signed by a key and a Sigstore of the tests."""

from __future__ import annotations

import json
from pathlib import Path

from orthanc_python.trust.sigstore_bundle import identity
from orthanc_release.artifacts import Artifact, Manifest, sha256
from orthanc_release.describe.sums import write_sums
from orthanc_release.signing.minisign import SecretKey, new_secret
from tests.fake_sigstore import FakeSigstore

KEY = SecretKey(new_secret())
SIGSTORE = FakeSigstore()
REPOSITORY = "owner/orthanc-python"
COMMIT = "0" * 40
SIGNED = ("manifest.json", "SHA256SUMS", "orthanc.pyi")
FILES = {"manifest.json", "SHA256SUMS", "manifest.json.minisig", "orthanc.pyi"}


def make_release(folder: Path, version: str, key: SecretKey = KEY, text: str = "import os\n", commit: str = COMMIT) -> None:
    """Write a small release, signed by a key."""
    folder.mkdir(parents=True, exist_ok=True)
    stub = folder / "orthanc.pyi"
    stub.write_text(text)
    Manifest(version, "2026-10-01", commit, (Artifact(stub.name, "stub", len(text), sha256(stub)),)).write(folder)
    write_sums(folder, [folder / "manifest.json", stub])
    (folder / "manifest.json.minisig").write_text(key.sign((folder / "manifest.json").read_bytes(), "of a test"))


def sign_by_workflow(folder: Path, version: str, repository: str = REPOSITORY, sigstore: FakeSigstore = SIGSTORE) -> None:
    """Write a bundle for each file, as ci/sign does."""
    for name in SIGNED:
        bundle = sigstore.sign((folder / name).read_bytes(), identity(repository, version))
        (folder / f"{name}.sigstore.json").write_text(json.dumps(bundle))
