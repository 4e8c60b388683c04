# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes the files of a release, in its folder: manifest.json, bill of materials, provenance, and SHA256SUMS of all.

The same files of the same commit give the same descriptions, wherever and whenever they are made.
"""

from __future__ import annotations

import datetime
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from artifacts import Artifact, Manifest, sha256
from inspection_model import Inspection
from provenance import provenance
from sbom import bill_of_materials
from sums import write_sums
from targets import ROOT, oldest_system

KINDS = ("bundle", "plugin", "wheel", "sdist", "stub")  # in the order in which people look for them


def describe(folder: Path, version: str, files: Iterable[Inspection]) -> Manifest:
    """Writes the descriptions of files, which have been looked at, beside them."""
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
    """What the manifest says of a file."""
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
    )


def source_date() -> int:
    """The date of all that is made: SOURCE_DATE_EPOCH, or that of the commit, in seconds since 1970."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given or _git("log", "-1", "--format=%ct") or _fail("SOURCE_DATE_EPOCH is not set, and this is no git checkout"))


def commit() -> str:
    """The commit, with "-dirty" if the checkout differs from it; of sources that are no checkout, ORTHANC_PYTHON_COMMIT."""
    if given := os.environ.get("ORTHANC_PYTHON_COMMIT"):
        return given
    found = _git("rev-parse", "HEAD") or _fail("ORTHANC_PYTHON_COMMIT is not set, and this is no git checkout")
    return found + ("-dirty" if _git("status", "--porcelain") else "")


def _git(*arguments: str) -> str | None:
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def _fail(message: str) -> str:
    raise SystemExit(message)
