# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures of Sigstore, made by a workflow on GitHub. A certificate of a few minutes proves the workflow's identity.

The package sigstore is optional, the extra [sigstore]. It brings Sigstore's own keys, and renews them by TUF where there is a
network.
"""

from __future__ import annotations

import importlib.util
import logging

from orthanc_python.releases.manifest import Release

ISSUER = "https://token.actions.githubusercontent.com"
WORKFLOW = ".github/workflows/release.yml"


class SigstoreError(Exception):
    """A bundle is not valid, or is of another identity; the message says why."""


def is_available() -> bool:
    """Return whether the package sigstore is installed."""
    return importlib.util.find_spec("sigstore") is not None


def identity(repository: str, version: str) -> str:
    """Return the identity of the workflow that makes a version: it runs for that version's tag."""
    return f"https://github.com/{repository}/{WORKFLOW}@refs/tags/v{version}"


def verify(content: bytes, bundle: bytes, repository: str, release: Release) -> None:
    """Check that the workflow of a repository has signed these bytes for the tag of their release.

    Raises:
        SigstoreError: it has not, or no repository is named.
    """
    if not repository:
        raise SigstoreError("no repository is trusted")
    from sigstore.errors import Error, TUFError
    from sigstore.models import Bundle
    from sigstore.verify import Verifier, policy

    logging.getLogger("sigstore").setLevel(logging.ERROR)  # it warns of what is meant: keys without an update
    wanted = policy.Identity(identity=identity(repository, release.version), issuer=ISSUER)
    try:
        parsed = Bundle.from_json(bundle)
        try:
            verifier = Verifier.production()
        except TUFError:  # without a network, the keys that the package has or has fetched before
            verifier = Verifier.production(offline=True)
        verifier.verify_artifact(content, parsed, wanted)
    except (Error, ValueError) as error:
        raise SigstoreError(" ".join(str(error).split()) or type(error).__name__) from None
