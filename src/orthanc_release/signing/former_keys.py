# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of releases before the present one.

The download site keeps the releases that they have signed. Users' command trusts them no longer.
"""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import Version


@dataclass(frozen=True)
class FormerKey:
    """A public key, and the last version that it has signed: its secret may be known to others since."""

    key: str
    last_version: str


FORMER_KEYS: tuple[FormerKey, ...] = ()


def former_keys_of(version: str) -> list[str]:
    """Return the former keys that may have signed a version."""
    return [each.key for each in FORMER_KEYS if Version(version) <= Version(each.last_version)]
