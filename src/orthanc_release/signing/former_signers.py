# SPDX-License-Identifier: GPL-3.0-or-later
"""The signers of releases before the present ones: keys, and names of the repository.

The download site keeps the releases that they have signed. Users' command trusts them no longer.
"""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import Version


@dataclass(frozen=True)
class Former:
    """A public key or a repository, and the last version that it has signed: others may have its secret or its name since."""

    signer: str
    last_version: str


@dataclass(frozen=True)
class FormerSigners:
    """The former public keys, and the former names of the repository, that may have signed a version."""

    keys: tuple[str, ...]
    repositories: tuple[str, ...]


FORMER_KEYS: tuple[Former, ...] = ()
FORMER_REPOSITORIES: tuple[Former, ...] = ()


def former_signers_of(version: str) -> FormerSigners:
    """Return the former signers that may have signed a version. Raises ValueError for an invalid one."""
    parsed = Version(version)
    return FormerSigners(_until(parsed, FORMER_KEYS), _until(parsed, FORMER_REPOSITORIES))


def _until(version: Version, formers: tuple[Former, ...]) -> tuple[str, ...]:
    return tuple(each.signer for each in formers if version <= Version(each.last_version))
