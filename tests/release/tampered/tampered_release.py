# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes to what a release says of its files. Each function returns a function that takes the folder of a release."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conftest import ROOT, VERSION

from orthanc_python.trust.sigstore_bundle import identity
from orthanc_release.artifacts import sha256
from orthanc_release.describe.provenance import provenance
from orthanc_release.describe.release_folder import MINISIGN
from orthanc_release.describe.sums import read_manifest
from orthanc_release.signing.minisign import SecretKey, new_secret
from tests.fake_sigstore import FakeSigstore

Change = Callable[[Path], object]
MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
BILL, PROVENANCE = f"OrthancPython-{VERSION}.cdx.json", f"OrthancPython-{VERSION}.intoto.json"
PLUGIN = f"OrthancPython-{VERSION}-python3.11-linux-aarch64.so"
SCOPE = ["--without=linux-x86_64", "--without=windows-x86_64", "--without=macos-arm64"]


def edited(name: str, edit: Callable[[Any], object]) -> Change:
    """Return a change of a JSON file, after which SHA256SUMS has its checksum."""

    def change(folder: Path) -> None:
        content = json.loads((folder / name).read_text())
        edit(content)
        (folder / name).write_text(json.dumps(content, indent=1) + "\n")
        summed(folder)

    return change


def written(name: str, content: str) -> Change:
    """Return a change of all of a file, after which SHA256SUMS has its checksum."""

    def change(folder: Path) -> None:
        (folder / name).write_text(content)
        summed(folder)

    return change


def removed(name: str) -> Change:
    """Return a change that takes a file away, and out of SHA256SUMS."""

    def change(folder: Path) -> None:
        (folder / name).unlink()
        summed(folder)

    return change


def summed(folder: Path) -> None:
    """Write SHA256SUMS for what is there."""
    files = sorted(path for path in folder.iterdir() if path.name != SUMS and not path.name.endswith(".sigstore.json"))
    (folder / SUMS).write_text("".join(f"{sha256(path)}  {path.name}\n" for path in files))


def of_file(**values: object) -> Change:
    """Return a change of what manifest.json says of the plugin."""
    return edited(MANIFEST, lambda manifest: next(file for file in manifest["files"] if file["name"] == PLUGIN).update(values))


def of_manifest(**values: object) -> Change:
    """Return a change of what manifest.json says of the release."""
    return edited(MANIFEST, lambda manifest: manifest.update(values))


def in_text(name: str, edit: Callable[[str], str]) -> Change:
    """Return a change of a text; that of another file than SHA256SUMS is in this afterwards."""

    def change(folder: Path) -> None:
        (folder / name).write_text(edit((folder / name).read_text()))
        if name != SUMS:
            summed(folder)

    return change


def in_bytes(name: str, old: bytes, new: bytes) -> Change:
    """Return a change of bytes. Those of another file than SHA256SUMS are in this afterwards."""

    def change(folder: Path) -> None:
        content = (folder / name).read_bytes()
        assert old in content
        (folder / name).write_bytes(content.replace(old, new))
        if name != SUMS:
            summed(folder)

    return change


def signature(digest: str) -> str:
    """Return a bundle of Sigstore about a checksum, without what proves it."""
    message = {"algorithm": "SHA2_256", "digest": base64.b64encode(bytes.fromhex(digest)).decode()}
    return json.dumps({"messageSignature": {"messageDigest": message, "signature": ""}})


def signed(*names: str, of: str | None = None) -> Change:
    """Return a change that adds signatures of files, or under their names of another one."""

    def change(folder: Path) -> None:
        for name in names or [path.name for path in folder.iterdir()]:
            file = folder / (of or name)
            digest = sha256(file) if file.exists() else "0" * 64
            (folder / f"{name}.sigstore.json").write_text(signature(digest))

    return change


def signed_by_workflow(sigstore: FakeSigstore, repository: str, version: str = VERSION) -> Change:
    """Return a change that has the workflow of a repository sign all files but signatures, as ci/sign does."""

    def change(folder: Path) -> None:
        by = identity(repository, version)
        for file in list(folder.iterdir()):
            if not file.name.endswith((".sigstore.json", ".minisig")):
                (folder / f"{file.name}.sigstore.json").write_text(json.dumps(sigstore.sign(file.read_bytes(), by)))

    return change


def minisigned(folder: Path, key: SecretKey | None = None) -> SecretKey:
    """Add the signature of manifest.json by a key that nobody trusts."""
    key = key or SecretKey(new_secret())
    (folder / MINISIGN).write_text(key.sign((folder / MANIFEST).read_bytes(), "of a test"))
    return key


def made_by(**variables: str) -> Change:
    """Return a change of the provenance to one of another run of a workflow, of the same files."""

    def change(folder: Path) -> None:
        workflow = "{GITHUB_REPOSITORY}/.github/workflows/release.yml@{GITHUB_REF}".format(**{**RUN, **variables})
        environment = {**RUN, **variables, "GITHUB_WORKFLOW_REF": workflow}
        (folder / PROVENANCE).write_text(provenance(read_manifest(folder), environment, ROOT))
        summed(folder)

    return change


RUN = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "owner/project",
    "GITHUB_REF": f"refs/tags/v{VERSION}",
    "GITHUB_RUN_ID": "1",
}


def linked(release: Path, folder: Path) -> Path:
    """Return a copy of a release; what is not written to shares its content with it."""
    copy = folder / "release"
    copy.mkdir()
    for file in release.iterdir():
        if file.suffix in (".json", "") or file.name == SUMS:
            shutil.copy2(file, copy)
        else:
            os.link(file, copy / file.name)
    return copy
