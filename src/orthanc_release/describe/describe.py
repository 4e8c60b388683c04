# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes the files of a release, in its folder: manifest.json, bill of materials, provenance, and SHA256SUMS of all.

The same files of the same commit give the same descriptions, wherever and whenever they are made.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path

from orthanc_release.artifacts import KINDS, Artifact, Manifest, sha256
from orthanc_release.checkout import commit, source_date
from orthanc_release.describe.provenance import provenance
from orthanc_release.describe.sbom import bill_of_materials
from orthanc_release.describe.sums import write_sums
from orthanc_release.inspection.model import Inspection
from orthanc_release.targets import oldest_system

NOT_RUN = "not run"


def describe(folder: Path, version: str, files: Iterable[Inspection]) -> Manifest:
    """Write the descriptions of inspected files beside them."""
    artifacts = sorted(map(artifact_of, files), key=lambda artifact: (KINDS.index(artifact.kind), artifact.name))
    date = datetime.datetime.fromtimestamp(source_date(), datetime.timezone.utc).date().isoformat()
    manifest = Manifest(version, date, commit(), tuple(artifacts))
    manifest.write(folder)
    (folder / name_of_bill(version)).write_text(bill_of_materials(manifest), encoding="utf-8")
    (folder / name_of_provenance(version)).write_text(provenance(manifest), encoding="utf-8")
    write_sums(folder, (path for path in folder.iterdir() if path.name != "SHA256SUMS"))
    return manifest


def name_of_bill(version: str) -> str:
    """Return the name of a release's bill of materials."""
    return f"OrthancPython-{version}.cdx.json"


def name_of_provenance(version: str) -> str:
    """Return the name of a release's provenance."""
    return f"OrthancPython-{version}.intoto.json"


def artifact_of(found: Inspection) -> Artifact:
    """Return the manifest's entry for a file."""
    target = found.target
    about = next((each.about for each in found.libraries if each.about is not None), None)
    return Artifact(
        name=found.file.name,
        kind=found.kind,
        size=found.file.stat().st_size,
        sha256=sha256(found.file),
        pythons=found.pythons,
        target=target.name if target else None,
        system=target.system if target else None,
        processor=target.processor if target else None,
        minimum=oldest_system(target, found.pythons, found.minimum) if target and found.minimum else None,
        sdk=about.sdk if about else None,
        compiler=about.compiler if about else None,
        run=tuple(f"{python}: {found.runs.get(python, NOT_RUN)}" for python in found.pythons),
    )
