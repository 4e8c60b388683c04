# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks into the bundles of a release."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from orthanc_release.bundles.collect import texts_of_bundle
from orthanc_release.inspection.model import Inspection, libraries_beside_loader, problems_of_libraries, problems_with_texts
from orthanc_release.sources import Source
from orthanc_release.targets import Target

# The files of a bundle besides libraries.
FILES = {"LICENSE", "README.txt", "orthanc.json", "hello.py"}


def look_into_bundle(found: Inspection, target: Target, work: Path, files: Iterable[Path], source: Source | None) -> None:
    """Add what is in a bundle. It has been unpacked in `work`."""
    names = {path.as_posix() for path in files}
    found.libraries, others = libraries_beside_loader(target, work, names, found.version)
    found.problems += problems_of_libraries(found, target)
    texts = {name: (work / name).read_bytes() for name in others}
    if source is None:
        expected = {name: texts.get(name, b"") for name in FILES}
    else:
        expected = texts_of_bundle(target, found.pythons, found.version or "", source.folder)
    found.problems += problems_with_texts(texts, expected, "its sources")
