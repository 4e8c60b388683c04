# SPDX-License-Identifier: GPL-3.0-or-later
"""The tag for which a release is signed and published."""

from __future__ import annotations

from collections.abc import Mapping

from orthanc_release.changelog import changes_of, forbidden_characters


def why_not_for_tag(version: str, environment: Mapping[str, str]) -> str | None:
    """Return why a job of CI cannot publish this version: it runs for another tag, or CHANGELOG.md is not fit for it."""
    tag = environment.get("GITHUB_REF")
    if tag != f"refs/tags/v{version}":
        return f"this runs for {tag}, and the release is that of refs/tags/v{version}, by pyproject.toml"
    if not changes_of(version):
        return f"CHANGELOG.md has no heading [{version}]"
    if found := forbidden_characters():
        return f"CHANGELOG.md has {found}, and XML allows no such character: the site's feed could not be read"
    return None
