# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures of Sigstore, made by a workflow on GitHub. A certificate of a few minutes proves the workflow's identity.

The package sigstore is optional, the extra [sigstore]. It brings Sigstore's own keys, and renews them by TUF where there is a
network.
"""

from __future__ import annotations

import functools
import importlib.util
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sigstore.verify import Verifier

ISSUER = "https://token.actions.githubusercontent.com"
WORKFLOW = ".github/workflows/release.yml"
LONGEST_REASON = 300  # characters; names in a certificate can be as long as its maker likes


class SigstoreError(Exception):
    """A bundle is not valid, or is of another identity; the message says why."""


def is_available() -> bool:
    """Return whether the package sigstore is installed."""
    return importlib.util.find_spec("sigstore") is not None


def identity(repository: str, version: str) -> str:
    """Return the identity of the workflow that makes a version: it runs for that version's tag."""
    return f"https://github.com/{repository}/{WORKFLOW}@refs/tags/v{version}"


def verify(content: bytes, bundle: bytes, repository: str, version: str) -> None:
    """Check that the workflow of a repository has signed these bytes for the tag of a version.

    The package sigstore verifies the certificate's chain and identity, the entry in the log of signatures, and the signature.
    `install --from` and ci/verify both ask here.

    Raises:
        SigstoreError: it has not, or no repository is named.
    """
    if not repository:
        raise SigstoreError("no repository is trusted")
    if not is_available():
        raise SigstoreError("the package sigstore is missing: pip install 'sigstore>=4,<5'")
    from sigstore.models import Bundle
    from sigstore.verify import policy

    wanted = policy.Identity(identity=identity(repository, version), issuer=ISSUER)
    try:
        verifier().verify_artifact(content, Bundle.from_json(bundle), wanted)
    except Exception as error:  # of the package, and of those that read certificates and entries for it
        raise SigstoreError(" ".join(str(error).split())[:LONGEST_REASON] or type(error).__name__) from None


@functools.cache
def verifier() -> Verifier:
    """Return what verifies bundles, with Sigstore's keys: renewed ones, or without a network those that the package has."""
    from sigstore.errors import TUFError
    from sigstore.verify import Verifier

    logging.getLogger("sigstore").setLevel(logging.ERROR)  # it warns of what is meant: keys without an update
    try:
        return Verifier.production()
    except TUFError:
        return Verifier.production(offline=True)
