# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of several versions in one folder: those of the newest at its top, and of each former one in a folder of its name.

Each folder has a versions.json, from which the pages' script fills its list of versions. It lacks other withdrawn ones.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from packaging.version import InvalidVersion, Version

from orthanc_release.site.changes import is_withdrawn, rank

LIST = "versions.json"


def version_of(pages: Path) -> str:
    """Return the version of pages that ci/docs has built; "" if they do not say it. Raise ValueError for a wrong one."""
    try:
        version = json.loads((pages / LIST).read_text(encoding="utf-8"))["current"]
    except FileNotFoundError:
        return ""
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{pages / LIST} is not a list of versions") from error
    try:
        return str(Version(version))
    except (InvalidVersion, TypeError) as error:
        raise ValueError(f"invalid version in {pages / LIST}: {version!a}") from error


def folder_of_version(pages: Path, version: str) -> str:
    """Return the folder of a version in the documentation of a site, with a slash; "" for the newest and for an unknown one."""
    return f"{version}/" if (pages / version / LIST).is_file() else ""


def write_documentation(target: Path, folders: Sequence[Path]) -> None:
    """Copy the pages into `target`: those of the release that is shown first to its top, others into folders of their names.

    Raise ValueError if two folders have the same version, or if one of several has none.
    """
    versions = {version_of(folder): folder for folder in folders}
    if len(versions) < len(folders) or (len(folders) > 1 and "" in versions):
        raise ValueError("each folder of documentation must be of another version")
    if "" in versions:
        shutil.copytree(versions[""], target)
        return
    current = max(versions, key=rank)
    places = {each: "" if each == current else f"{each}/" for each in sorted(versions, key=Version, reverse=True)}
    shutil.copytree(versions[current], target)
    for version, place in places.items():
        if place:
            shutil.copytree(versions[version], target / place)
        # The pages' script needs their own version and the current one.
        listed = [each for each in places if each in (version, current) or not is_withdrawn(each)]
        others = [{"version": each, "folder": _way(place, places[each])} for each in listed]
        text = json.dumps({"current": current, "versions": others}, indent=1)
        (target / place / LIST).write_text(text + "\n", encoding="utf-8")


def _way(here: str, there: str) -> str:
    """Return the relative way from one folder to another; "" if it is the same."""
    if here == there:
        return ""
    return f"../{there}" if here else there
