# SPDX-License-Identifier: GPL-3.0-or-later
"""The changes of the site's releases, and those that were withdrawn, by CHANGELOG.md."""

from __future__ import annotations

from packaging.version import Version

from orthanc_release.changelog import changes_in, changes_of, yanked_versions
from orthanc_release.sources import text_of_tag


def changes_of_release(version: str) -> str:
    """Return the part about a version in this checkout's CHANGELOG.md, or in that of its tag; "" if neither has it.

    A release of an older line may stand in the file of its own branch alone.
    """
    return changes_of(version) or changes_in(text_of_tag(version, "CHANGELOG.md"), version)


def is_withdrawn(version: str) -> bool:
    """Return whether CHANGELOG.md has [YANKED] behind the heading of a version."""
    return Version(version) in map(Version, yanked_versions())


def rank(version: str) -> tuple[bool, bool, Version]:
    """Return a key: of several versions, the one with the largest key is shown first.

    Final releases come before pre-releases, even if all final ones were withdrawn. Among each, withdrawn ones come last.
    """
    parsed = Version(version)
    return not parsed.is_prerelease, not is_withdrawn(version), parsed
