# SPDX-License-Identifier: GPL-3.0-or-later
"""Small releases without libraries, signed by a key and a Sigstore of the tests."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from orthanc_python.trust.sigstore_bundle import identity
from orthanc_release.artifacts import Artifact, Manifest, sha256
from orthanc_release.describe.sums import write_sums
from orthanc_release.publish import former_releases
from orthanc_release.signing.minisign import SecretKey, new_secret
from orthanc_release.signing.sign import Pinned
from orthanc_release.verify import signature_checks
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


def make_forge(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make two releases, the draft of a third, and one of something else, for the program gh of this folder."""
    for tag, draft in (("v0.0.8", False), ("v0.0.9", False), ("v0.1.0", True), ("nightly", False)):
        make_release(folder / tag, tag.removeprefix("v") if tag != "nightly" else "1.0")
        (folder / tag / "release.json").write_text(json.dumps({"isDraft": draft}))
    monkeypatch.setattr(signature_checks, "pinned", lambda: Pinned(KEY.public, ""))
    monkeypatch.setattr(former_releases, "commit_of_tag", lambda version: COMMIT)
    monkeypatch.setenv("GH_STATE", str(folder))
    monkeypatch.setenv("PATH", f"{Path(__file__).parent}:{os.environ['PATH']}")
    return folder
