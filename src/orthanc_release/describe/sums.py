# SPDX-License-Identifier: GPL-3.0-or-later
"""SHA256SUMS, as sha256sum writes and checks it; and whether a release's folder is what SHA256SUMS and manifest.json say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from orthanc_release.artifacts import Artifact, Manifest, sha256
from orthanc_release.scope import Scope

SUMS = "SHA256SUMS"
NOT_REGULAR = "is not a regular file"


def is_regular(file: Path) -> bool:
    """Return whether a file can be read: no folder, no pipe, and no link to another place."""
    return file.is_file() and not file.is_symlink()


def write_sums(folder: Path, files: Iterable[Path]) -> None:
    """Write SHA256SUMS for files of a folder."""
    (folder / SUMS).write_text(sums_of(files), encoding="utf-8", newline="\n")


def sums_of(files: Iterable[Path]) -> str:
    """Return the text of SHA256SUMS for files."""
    return "".join(f"{sha256(file)}  {file.name}\n" for file in sorted(files))


def read_sums(folder: Path) -> dict[str, str]:
    """The checksums by file name. Raises OSError, and ValueError for a line that sha256sum would not write."""
    sums = {}
    for line in (folder / SUMS).read_text(encoding="utf-8").splitlines():
        match = re.fullmatch(r"([0-9a-f]{64}) [ *]([^/\\]+)", line)
        if match is None:
            raise ValueError(f"{SUMS} has a line that sha256sum does not write: {line!r}")
        sums[match[2]] = match[1]
    return sums


def read_manifest(folder: Path) -> Manifest:
    """Read manifest.json. Raise OSError, and ValueError for one that is none."""
    try:
        return Manifest.read(folder)
    except (TypeError, KeyError, AttributeError, RecursionError, json.JSONDecodeError) as error:
        raise ValueError(f"manifest.json is not of a release: {error}") from error


def problems_with_sums(file: Path, sums: dict[str, str], where: str = SUMS) -> Iterator[str]:
    """Whether a file is the one with the checksum that was written down."""
    if file.name not in sums:
        yield f"is not in {where}"
    elif (found := sha256(file)) != sums[file.name]:
        yield f"has the SHA-256 {found}, {where} says {sums[file.name]}"


def problems_with_manifest(file: Path, artifact: Artifact) -> Iterator[str]:
    """Whether a file is the one that the manifest describes."""
    if (size := file.stat().st_size) != artifact.size:
        yield f"has {size} bytes, manifest.json says {artifact.size}"
    yield from problems_with_sums(file, {artifact.name: artifact.sha256}, "manifest.json")


def problems_with_scope(manifest: Manifest, scope: Scope) -> Iterator[tuple[str, str]]:
    """Yield each file of a release that is missing, too much, or serves other CPython versions than targets.toml says."""
    expected = scope.files(manifest.version)
    present = {artifact.name: artifact for artifact in manifest.files}
    for name in sorted(expected.keys() - present.keys()):
        yield name, "is missing; by targets.toml the release has it (--without names what may be missing)"
    for name in sorted(present.keys() - expected.keys()):
        if not scope.may_have(name, manifest.version):
            yield name, "is in no release by targets.toml"
    for name in sorted(expected.keys() & present.keys()):
        found, wanted = set(present[name].pythons), set(expected[name])
        if lacking := wanted - found:
            yield name, f"lacks CPython {', '.join(sorted(lacking))}, which targets.toml has"
        if extra := {python for python in found - wanted if not any(python in each for each in scope.without)}:
            yield name, f"is also for CPython {', '.join(sorted(extra))}, which targets.toml does not have"


def growth(artifact: Artifact, former: Manifest) -> str | None:
    """Yield a note on a file that is more than a quarter larger than in the last release."""
    for other in former.files:
        same = (other.kind, other.target, other.pythons) == (artifact.kind, artifact.target, artifact.pythons)
        if same and artifact.size > other.size * 1.25:
            percent = 100 * (artifact.size / other.size - 1)
            return f"grew by {percent:.0f} % since {former.version}: from {other.size:,} to {artifact.size:,} bytes"
    return None
