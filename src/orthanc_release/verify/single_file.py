# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares a single file, such as one that was downloaded, with the descriptions beside it."""

from __future__ import annotations

from pathlib import Path

from orthanc_release.artifacts import NAME, SDIST, WHEEL, Manifest, project_version
from orthanc_release.describe.release_folder import MINISIGN
from orthanc_release.describe.sums import SUMS, problems_with_manifest, problems_with_sums, read_manifest, read_sums
from orthanc_release.sources import Source, source_of_commit, source_of_version
from orthanc_release.verify.release_checks import compare_with_tag
from orthanc_release.verify.signature_checks import problems_of_minisign

Findings = tuple[list[str], list[str]]  # problems, and notes


def compare_beside(file: Path) -> Findings:
    """Compare a file with SHA256SUMS, manifest.json and its signature beside it. Notes say what of these is not there."""
    found = [_compare_sums(file), _compare_signature(file), _compare_commit(file)]
    return [problem for problems, _ in found for problem in problems], [note for _, notes in found for note in notes]


def source_beside(file: Path) -> Source:
    """Return the sources of a single file: of the commit that manifest.json beside it has, or of its version."""
    if (manifest := _manifest_beside(file)) is not None:
        return source_of_commit(manifest.commit)
    return source_of_version(_version_of(file) or project_version())


def _compare_sums(file: Path) -> Findings:
    """Compare a single file with the SHA256SUMS beside it: what is wrong, and what is to be said if there is none."""
    try:
        sums = read_sums(file.parent)
    except FileNotFoundError:
        sums = {}
    except (OSError, ValueError) as error:
        return [str(error)], []
    if file.name not in sums:
        return [], [f"its checksum was not compared: no {SUMS} beside it has one"]
    return list(problems_with_sums(file, sums)), []


def _compare_signature(file: Path) -> Findings:
    """Compare a single file with the signed manifest.json beside it: what is wrong, and what is to be said if there is none."""
    manifest = _manifest_beside(file)
    if manifest is None:
        return [], ["no signature was verified: no manifest.json beside it lists it"]
    listed = [artifact for artifact in manifest.files if artifact.name == file.name]
    problems = [problem for artifact in listed for problem in problems_with_manifest(file, artifact)]
    if not (file.parent / MINISIGN).exists():
        return problems, [f"no signature was verified: there is no {MINISIGN} beside it"]
    return problems + [f"{MINISIGN} {each}" for each in problems_of_minisign(file.parent, manifest.version)], []


def _compare_commit(file: Path) -> Findings:
    """Compare manifest.json beside a single file with its version and the tag of that: what is wrong, and a note."""
    manifest = _manifest_beside(file)
    if manifest is None:
        return [], []
    problems, notes = compare_with_tag(manifest)
    if _version_of(file) not in (None, manifest.version):
        problems.append(f"says version {manifest.version}, the name of {file.name} {_version_of(file)}")
    return [f"manifest.json {problem}" for problem in problems], notes


def _manifest_beside(file: Path) -> Manifest | None:
    """Return the manifest.json beside a single file, if there is one that lists it."""
    try:
        manifest = read_manifest(file.parent)
    except (OSError, ValueError):
        return None
    return manifest if any(artifact.name == file.name for artifact in manifest.files) else None


def _version_of(file: Path) -> str | None:
    """Return the version in the name of a file."""
    match = NAME.fullmatch(file.name) or WHEEL.fullmatch(file.name) or SDIST.fullmatch(file.name)
    return match["version"] if match else None
