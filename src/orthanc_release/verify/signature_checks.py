# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the signatures of a release are right, by those whom users trust, and by the code that asks for users."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from orthanc_python.trust import sigstore_bundle
from orthanc_python.trust.minisign import MinisignError, parse_public_key, parse_signature, verify
from orthanc_python.trust.signers import LARGEST_SIGNATURE
from orthanc_release.artifacts import sha256
from orthanc_release.describe.release_folder import MINISIGN
from orthanc_release.libraries.model import short
from orthanc_release.signing.former_signers import former_signers_of
from orthanc_release.signing.minisign import text_of
from orthanc_release.signing.sign import TRUST, pinned

SIGNATURE = ".sigstore.json"
Problem = tuple[str, str]  # the name of a file, and what is wrong with it


def signatures_of(folder: Path) -> set[str]:
    """Return the names of the signatures, about each of which problems_of_signatures says whether it belongs there."""
    names = {path.name for path in folder.iterdir()}
    return {name for name in names if name.endswith(SIGNATURE)} | (names & {MINISIGN})


def missing_signatures(folder: Path) -> list[str]:
    """Return the names of the signatures that a published release needs and a folder lacks."""
    names = {path.name for path in folder.iterdir()}
    needed = [f"{name}{SIGNATURE}" for name in sorted(names - signatures_of(folder))] if pinned().repository else []
    return [name for name in (MINISIGN, *needed) if name not in names]


def problems_of_signatures(folder: Path, version: str) -> Iterator[Problem]:
    """Yield signatures of no file, wrong ones, and files that are not signed although others are.

    Args:
        folder: A release.
        version: Its version. Former signers of it are trusted besides the present ones.
    """
    names, signatures = {path.name for path in folder.iterdir()}, signatures_of(folder)
    was_signed = MINISIGN in signatures
    try:
        repositories = [*filter(None, [pinned().repository]), *former_signers_of(version).repositories]
    except ValueError as error:
        yield "manifest.json", f"cannot be verified: {short(str(error))}"
        return
    if was_signed:
        yield from ((MINISIGN, problem) for problem in problems_of_minisign(folder, version))
    elif signatures:
        yield "manifest.json", f"has no {MINISIGN}, and other signatures are there"
    names.discard(MINISIGN)
    signatures.discard(MINISIGN)
    if signatures and not pinned().repository:
        yield "manifest.json", f"has a signature of a workflow, and users trust none: see {TRUST}/__init__.py"
    for name in sorted(signatures):
        signed = name.removesuffix(SIGNATURE)
        if signed not in names - signatures:
            yield name, "is the signature of no file of the release"
        else:
            yield from (
                (name, problem) for problem in _problems_of_bundle(folder / name, folder / signed, version, repositories)
            )
    if signatures or (was_signed and pinned().repository):
        for name in sorted(names - signatures - {name.removesuffix(SIGNATURE) for name in signatures}):
            yield (
                name,
                "has no signature by the workflow, and users trust it"
                if not signatures
                else "has no signature, and others have",
            )


def problems_of_minisign(folder: Path, version: str) -> Iterator[str]:
    """Yield what is wrong with the signature of manifest.json by the key, of a release of this version."""
    reasons = []
    try:
        keys = (pinned().key, *former_signers_of(version).keys)
    except ValueError as error:
        yield f"cannot be verified: {short(str(error))}"
        return
    for key in keys:
        try:
            if (size := (folder / MINISIGN).stat().st_size) > LARGEST_SIGNATURE:
                yield f"has {size} bytes, more than any signature"
                return
            text = (folder / MINISIGN).read_bytes().decode()
            signature = parse_signature(text)
            verify((folder / "manifest.json").read_bytes(), signature, parse_public_key(key))
            if text != text_of(signature):
                yield "is not as ci/sign writes it"
            return
        except (OSError, ValueError, MinisignError) as error:
            reasons.append(str(error))
    yield f"is not a signature of manifest.json by the key that users trust: {reasons[0]}"


def _problems_of_bundle(bundle: Path, signed: Path, version: str, repositories: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with a bundle of Sigstore. Of another file it is named by both checksums."""
    try:
        if (size := bundle.stat().st_size) > LARGEST_SIGNATURE:
            yield f"has {size} bytes, more than any signature"
        elif (digest := _signed_digest(bundle)) != sha256(signed):
            yield f"is a signature of the SHA-256 {digest}, not of {signed.name}"
        else:
            yield from _problems_of_identity(bundle.read_bytes(), signed.read_bytes(), version, repositories)
    except OSError as error:
        yield f"cannot be compared: {error}"


def _problems_of_identity(bundle: bytes, content: bytes, version: str, repositories: Sequence[str]) -> Iterator[str]:
    """Yield why no repository's workflow has signed a content: the first repository's reason."""
    reasons = []
    for repository in repositories:
        try:
            sigstore_bundle.verify(content, bundle, repository, version)
            return
        except sigstore_bundle.KeysError as error:
            reasons.append(f"cannot be verified: {error}")
        except sigstore_bundle.SigstoreError as error:
            reasons.append(f"is not a signature by the workflow of {repository} for the tag v{version}: {error}")
    yield from reasons[:1]


def _signed_digest(bundle: Path) -> str | None:
    """Return the SHA-256 that a bundle of Sigstore is about; None if it is not one."""
    try:
        message = json.loads(bundle.read_text(encoding="utf-8"))["messageSignature"]["messageDigest"]
        return base64.b64decode(message["digest"], validate=True).hex() if message["algorithm"] == "SHA2_256" else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
