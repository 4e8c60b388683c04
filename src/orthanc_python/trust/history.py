# SPDX-License-Identifier: GPL-3.0-or-later
"""Remembers the newest release that a plugin folder was offered, so that an older one is noticed.

A signature proves who made a release. It does not prove that the release is the newest: a server can go on offering an old
one, with faults that were mended since (the rollback and freeze attacks of The Update Framework).
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path

from packaging.version import Version

from orthanc_python.failure import Failure
from orthanc_python.releases.manifest import Release, is_version

NEWEST = "newest.json"
OLD = datetime.timedelta(days=365)


def newest_seen(state: Path) -> str:
    """Return the highest version that was verified for a folder; "" if there is none."""
    return _remembered(state, "version")


def accepted(state: Path) -> str:
    """Return the older version that was asked for by --downgrade or --rollback, and not replaced since; "" if there is none."""
    return _remembered(state, "accepted")


def _remembered(state: Path, key: str) -> str:
    try:
        found = json.loads((state / NEWEST).read_text(encoding="utf-8"))[key]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return found if isinstance(found, str) and is_version(found) else ""


def refuse_downgrade(release: Release, seen: str, installed: str) -> None:
    """Raise a failure for a release that is older than one that was seen or is installed.

    Raises:
        Failure: it is older.
    """
    known = [version for version in (seen, installed) if is_version(version)]  # an earlier command took others, too
    highest = max(known, key=Version, default="")
    if highest and Version(release.version) < Version(highest):
        what = "is installed" if highest == installed else "was offered before"
        raise Failure(
            f"version {release.version} is older than {highest}, which {what}, and faults may have been mended since; "
            "to install it anyway, add --downgrade"
        )


def newest_of(release: Release, seen: str) -> str:
    """Return the newest version after a release was verified."""
    return max(filter(None, (seen, release.version)), key=Version)


def memory(newest: str, older: str, installed: str = "") -> str:
    """Return what to remember, as JSON.

    Args:
        newest: The newest version that was seen, or "".
        older: The version that was accepted, or "". Forgotten unless it is older than another one.
        installed: The version that is installed, or "".
    """
    others = [Version(version) for version in (newest, installed) if is_version(version)]
    keep = is_version(older) and any(Version(older) < other for other in others)
    return json.dumps({"version": newest, **({"accepted": older} if keep else {})}) + "\n"


def warning_of_age(release: Release, own_version: str, today: datetime.date) -> str:
    """Return a warning about a release that may have been withheld newer ones; "" if there is nothing to say."""
    if own_version and Version(release.version) < Version(own_version):
        return f"version {release.version} is older than this command, {own_version}: look for a newer one"
    try:
        date = datetime.date.fromisoformat(release.date)
    except ValueError:
        return ""
    if today - date > OLD:
        return f"version {release.version} is of {release.date}: look for a newer one"
    return ""
