# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides whether a manifest was signed by someone who is trusted, and says by whom."""

from __future__ import annotations

import os
import re
import textwrap
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from orthanc_python.failure import Failure
from orthanc_python.releases.manifest import MANIFEST, Release
from orthanc_python.trust import PUBLIC_KEY, REPOSITORY, sigstore_bundle

MINISIGN = f"{MANIFEST}.minisig"
SIGSTORE = f"{MANIFEST}.sigstore.json"
LARGEST_SIGNATURE = 1 << 20  # bytes; a bundle of Sigstore has 10 kB
NETWORK = "try again where the network reaches Sigstore (a proxy: HTTPS_PROXY, its certificates: SSL_CERT_FILE)"
OWN = "for a folder of your own, --allow-unsigned"


class Folder(Protocol):
    """The part of sources.Source that gives signatures."""

    def place_of(self, name: str) -> str: ...

    def read(self, name: str, limit: int) -> bytes | None: ...


@dataclass(frozen=True)
class Signers:
    """The trusted signers: a public key of minisign, the release workflow of a repository on GitHub, or both."""

    key: str = ""
    repository: str = ""


PINNED = Signers(PUBLIC_KEY, REPOSITORY)


def parse_signer(text: str) -> Signers:
    """Return the signer that a user names: a public key, a repository on GitHub, or a file with a key.

    A file cannot take the place of the others: the present folder may be a download, in which an attacker has put it.

    Raises:
        Failure: it is none of them, or may be a file and a repository.
    """
    from orthanc_python.trust.minisign import MinisignError, parse_public_key

    path = Path(text)
    with suppress(ValueError, MinisignError):
        parse_public_key(text)
        return Signers(key=text)
    if re.fullmatch(r"[\w-][\w.-]*/[\w-][\w.-]*", text, re.ASCII):
        if os.path.lexists(path):
            raise Failure(f"invalid signer: {text} may be a repository and is a file here: for the file, write ./{text}")
        return Signers(repository=text)
    try:
        given = path.read_text(encoding="utf-8") if path.is_file() else text
        parse_public_key(given)
    except (OSError, ValueError, MinisignError) as error:
        raise Failure(f"invalid signer: {text}: {error}; give a public key of minisign, its file, or OWNER/NAME") from None
    return Signers(key=given)


def signer_of(content: bytes, release: Release, folder: Folder, signers: Signers, *, allow_unsigned: bool = False) -> str:
    """Return who has signed a manifest, as a text for users; "" for an unsigned one that is allowed.

    Raises:
        Failure: it is not signed, a signature is wrong, or nobody trusted has signed it.
    """
    found = {name: folder.read(name, LARGEST_SIGNATURE) for name in (MINISIGN, SIGSTORE)}
    if too_large := [name for name, data in found.items() if data is not None and len(data) > LARGEST_SIGNATURE]:
        raise Failure(f"{folder.place_of(too_large[0])} is not a signature: it has more than {LARGEST_SIGNATURE >> 20} MB")
    place = folder.place_of(MANIFEST)
    minisig, bundle = found[MINISIGN], found[SIGSTORE]
    if minisig is None and bundle is None:
        if allow_unsigned:
            return ""
        raise Failure(f"{place} is not signed: there is neither {MINISIGN} nor {SIGSTORE} beside it; {OWN}")
    reasons = []
    names = []
    if minisig is not None and signers.key:
        names.append(_by_key(content, minisig, signers.key, folder.place_of(MINISIGN)))
    elif minisig is not None:
        reasons.append(f"{MINISIGN} is of a key, and no key is trusted (if it is yours: --signer KEY)")
    if bundle is not None and signers.repository and sigstore_bundle.is_available():
        names.append(_by_workflow(content, bundle, signers.repository, release, folder.place_of(SIGSTORE)))
    elif bundle is not None and signers.repository:
        reasons.append(f"{SIGSTORE} needs a package to be checked: pip install 'sigstore>=4,<5'")
    elif bundle is not None:
        reasons.append(f"{SIGSTORE} is of a workflow, and no repository is trusted (if it is yours: --signer OWNER/NAME)")
    if not names:
        raise Failure(f"{place} cannot be verified: {'; '.join(reasons)}")
    return " and ".join(names)


def _by_key(content: bytes, data: bytes, trusted: str, place: str) -> str:
    from orthanc_python.trust.minisign import MinisignError, parse_public_key, parse_signature, verify

    key = parse_public_key(trusted)
    try:
        verify(content, parse_signature(data.decode("utf-8")), key)
    except UnicodeDecodeError:
        raise Failure(_wrong(place, f"the key {key.name}", "it is not text")) from None
    except MinisignError as error:
        raise Failure(_wrong(place, f"the key {key.name}", str(error))) from None
    return f"the key {key.name}"


def _by_workflow(content: bytes, data: bytes, repository: str, release: Release, place: str) -> str:
    try:
        sigstore_bundle.verify(content, data, repository, release.version)
    except sigstore_bundle.KeysError as error:
        other = f"trust a key and its {MINISIGN}, which need no network: --signer KEY"
        raise Failure(f"{place} cannot be verified: {error}; {NETWORK}, or {other}") from None
    except sigstore_bundle.SigstoreError as error:
        reason = textwrap.shorten(str(error), 45, placeholder=" ...")  # the package's own can have several lines
        raise Failure(_wrong(place, f"the workflow of {repository}", reason)) from None
    return f"the release workflow of {repository} (Sigstore)"


def _wrong(place: str, signer: str, reason: str) -> str:
    return f"{place} is not a signature of this manifest by {signer}: {reason}; do not use the files"
