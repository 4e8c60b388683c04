# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures of Sigstore, made by a workflow on GitHub. A certificate of a few minutes proves the workflow's identity.

The package sigstore is optional, the extra [sigstore]. It brings Sigstore's own keys, and renews them by TUF where there is a
network.
"""

from __future__ import annotations

import functools
import importlib.util
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sigstore.verify import Verifier

ISSUER = "https://token.actions.githubusercontent.com"
WORKFLOW = ".github/workflows/release.yml"
LONGEST_REASON = 300  # characters; names in a certificate can be as long as its maker likes


class SigstoreError(Exception):
    """A bundle is not valid, or is of another identity; the message says why."""


class KeysError(SigstoreError):
    """Sigstore's keys are missing or may be out of date, so that nothing is known of a bundle; the message says why."""


@dataclass(frozen=True)
class Keys:
    verifier: Verifier  # what verifies bundles with them
    not_renewed: str = ""  # why newer ones could not be fetched


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
        KeysError: that cannot be decided, for want of Sigstore's keys.
    """
    if not repository:
        raise SigstoreError("no repository is trusted")
    if not is_available():
        raise SigstoreError("the package sigstore is missing: pip install 'sigstore>=4,<5'")
    from sigstore.models import Bundle
    from sigstore.verify import policy

    wanted = policy.Identity(identity=identity(repository, version), issuer=ISSUER)
    try:
        read = Bundle.from_json(bundle)
    except Exception as error:  # of the package, and of those that read certificates and entries for it
        raise SigstoreError(_reason(error)) from None
    try:
        known = keys()
    except Exception as error:  # of the network, or of the folders that the package keeps them in
        raise KeysError(f"Sigstore's keys cannot be read: {_reason(error)}") from None
    try:
        known.verifier.verify_artifact(content, read, wanted)
    except Exception as error:
        if known.not_renewed:  # with newer keys, it may be right
            text = f"{_reason(error)}, by keys that may be out of date, as newer ones cannot be fetched: {known.not_renewed}"
            raise KeysError(text) from None
        raise SigstoreError(_reason(error)) from None


@functools.cache
def keys() -> Keys:
    """Return Sigstore's keys: renewed ones, or without a network those that the package has."""
    from sigstore.verify import Verifier

    logging.getLogger("sigstore").setLevel(logging.ERROR)  # it warns of what is meant: keys without an update
    try:
        return Keys(Verifier.production())
    except Exception as error:  # TUFError, or one of the network from between its steps
        return Keys(Verifier.production(offline=True), _reason(error.__cause__ or error))


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:LONGEST_REASON] or type(error).__name__
