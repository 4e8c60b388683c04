# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares a single file, such as one that was downloaded, with the descriptions beside it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeGuard

from orthanc_python.releases.manifest import MANIFEST
from orthanc_release.artifacts import NAME, SDIST, WHEEL, Manifest, project_version
from orthanc_release.describe.release_folder import MINISIGN
from orthanc_release.describe.sums import (
    NOT_REGULAR,
    SUMS,
    problems_with_manifest,
    problems_with_sums,
    read_manifest,
    read_sums,
)
from orthanc_release.inspection.for_users import problems_of_manifest
from orthanc_release.sources import Source, source_of_commit, source_of_version
from orthanc_release.verify.release_checks import compare_with_tag
from orthanc_release.verify.signature_checks import problems_of_minisign

Findings = tuple[list[str], list[str]]  # problems, and notes


def compare_beside(file: Path) -> tuple[Manifest | None, list[str], list[str]]:
    """Compare a file with SHA256SUMS, manifest.json and its signature beside it.

    Returns:
        The manifest if present and readable; the problems; notes of what is not beside it.
    """
    beside = (file.parent / name for name in (SUMS, MANIFEST, MINISIGN))
    if others := [path.name for path in beside if os.path.lexists(path) and not path.is_file()]:
        return None, [f"cannot be compared: {name} beside it {NOT_REGULAR}" for name in others], []
    found, manifest = [_compare_sums(file)], None
    try:
        manifest = _manifest_beside(file)
    except (OSError, ValueError) as error:
        found.append(([f"cannot be compared with manifest.json beside it: {error}"], []))
    else:
        if manifest is not None:
            found.append(([f"manifest.json beside it {each}" for each in problems_of_manifest(file.parent)], []))
        found += [_compare_signature(file, manifest), _compare_commit(file, manifest)]
    problems, notes = ([text for texts in each for text in texts] for each in zip(*found, strict=True))
    return manifest, problems, notes


def source_of_file(file: Path, manifest: Manifest | None) -> Source:
    """Return the sources of a single file: of the commit that manifest.json beside it has, or of its version."""
    if _lists(manifest, file):
        return source_of_commit(manifest.commit)
    return source_of_version(_version_of(file) or project_version())


def _compare_sums(file: Path) -> Findings:
    """Compare a single file with the SHA256SUMS beside it. Return problems, or a note if it was not compared."""
    try:
        sums = read_sums(file.parent)
    except FileNotFoundError:
        sums = {}
    except (OSError, ValueError) as error:
        return [str(error)], []
    if file.name not in sums:
        return [], [f"its checksum was not compared: no {SUMS} beside it has one"]
    return list(problems_with_sums(file, sums)), []


def _compare_signature(file: Path, manifest: Manifest | None) -> Findings:
    """Compare a single file with the signed manifest.json beside it. Return problems, or a note if it was not compared."""
    problems, is_signed = [], (file.parent / MINISIGN).exists()
    if manifest is not None:
        listed = [artifact for artifact in manifest.files if artifact.name == file.name]
        problems = [problem for artifact in listed for problem in problems_with_manifest(file, artifact)]
        if is_signed:
            problems += [f"{MINISIGN} {each}" for each in problems_of_minisign(file.parent, manifest.version)]
    if not _lists(manifest, file):
        return problems, ["no signature was verified: no manifest.json beside it lists it"]
    return problems, [] if is_signed else [f"no signature was verified: there is no {MINISIGN} beside it"]


def _compare_commit(file: Path, manifest: Manifest | None) -> Findings:
    """Compare manifest.json beside a single file with its version and the tag of that. Return problems and a note."""
    if not _lists(manifest, file):
        return [], []
    problems, notes = compare_with_tag(manifest)
    if _version_of(file) not in (None, manifest.version):
        problems.append(f"says version {manifest.version}, the name of {file.name} {_version_of(file)}")
    return [f"manifest.json {problem}" for problem in problems], notes


def _manifest_beside(file: Path) -> Manifest | None:
    """Return the manifest.json beside a single file, if present. Raises OSError and ValueError for an unreadable one."""
    try:
        return read_manifest(file.parent)
    except FileNotFoundError:
        return None


def _lists(manifest: Manifest | None, file: Path) -> TypeGuard[Manifest]:
    return manifest is not None and any(artifact.name == file.name for artifact in manifest.files)


def _version_of(file: Path) -> str | None:
    """Return the version in the name of a file."""
    match = NAME.fullmatch(file.name) or WHEEL.fullmatch(file.name) or SDIST.fullmatch(file.name)
    return match["version"] if match else None
