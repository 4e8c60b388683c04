# SPDX-License-Identifier: GPL-3.0-or-later
"""A release in a folder: its manifest, and whether the files are those that it describes."""

from __future__ import annotations

import datetime
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from orthanc_release.artifacts import KINDS, Artifact, Manifest, sha256
from orthanc_release.describe.sums import SUMS, read_sums

DESCRIPTIONS = ("manifest.json", SUMS)
MINISIGN = "manifest.json.minisig"


class ReleaseError(Exception):
    """A folder that cannot be published; the text says why in one line."""


@dataclass(frozen=True)
class Release:
    """A release whose files have been checked."""

    folder: Path
    manifest: Manifest
    documents: tuple[str, ...]  # files that SHA256SUMS has beside those of the manifest, such as a bill of materials

    @property
    def names(self) -> list[str]:
        """Of all files, but for signatures."""
        return [*(file.name for file in self.manifest.files), *self.documents, *DESCRIPTIONS]

    @property
    def version(self) -> Version:
        """The version, to compare with others."""
        return Version(self.manifest.version)

    def of_kind(self, *kinds: str) -> list[Artifact]:
        """The files of these kinds."""
        return [file for file in self.manifest.files if file.kind in kinds]

    def signature(self, name: str) -> str | None:
        """Return the name of a file's signature, or None. It is made last, and is therefore in no list."""
        path = self.folder / f"{name}.sigstore.json"
        return path.name if path.is_file() and not path.is_symlink() else None

    def copy_to(self, folder: Path) -> None:
        """Put the files into a folder, as hard links where the file system can."""
        folder.mkdir()
        signed = [MINISIGN] if (self.folder / MINISIGN).is_file() else []
        for name in [*self.names, *filter(None, map(self.signature, self.names)), *signed]:
            try:
                os.link(self.folder / name, folder / name)
            except OSError:
                shutil.copyfile(self.folder / name, folder / name)


def read_release(folder: Path) -> Release:
    """Read a release's folder. Raise ReleaseError for a manifest that is none, and for files that are others."""
    try:
        manifest = Manifest.read(folder)
        _check_manifest(manifest)
        sums = read_sums(folder)
        for name in sums:
            _check_name(name)
    except OSError as error:
        raise ReleaseError(f"{error.filename}: {error.strerror}") from error
    except KeyError as error:
        raise ReleaseError(f"{folder / 'manifest.json'} has no {error}") from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ReleaseError(f"{folder}: {error}".splitlines()[0]) from error
    for file in manifest.files:
        if sums.get(file.name) != file.sha256:
            raise ReleaseError(
                f"{folder / SUMS} has {sums.get(file.name, 'no line')} for {file.name}, the manifest {file.sha256}"
            )
        if (path := folder / file.name).is_file() and path.stat().st_size != file.size:
            raise ReleaseError(f"{path} has {path.stat().st_size} bytes; the manifest says {file.size}")
    for name, digest in sums.items():
        if not (path := folder / name).is_file() or path.is_symlink():
            raise ReleaseError(f"{path} is missing, or is not a regular file")
        if (found := sha256(path)) != digest:
            raise ReleaseError(f"{path} has the SHA-256 {found}; it should be {digest}")
    return Release(folder, manifest, tuple(sorted(set(sums) - {file.name for file in manifest.files} - set(DESCRIPTIONS))))


def _check_manifest(manifest: Manifest) -> None:
    """Raise ValueError for what no release has: the rest can rely on names, digests, versions and dates."""
    if not manifest.files:
        raise ValueError("the manifest has no files")
    if odd := next((text for text in _texts(manifest) if not text.isprintable()), None):
        raise ValueError(f"the manifest has a text that cannot be printed: {odd!a}")
    try:
        if str(Version(manifest.version)) != manifest.version:
            raise InvalidVersion
    except InvalidVersion:
        raise ValueError(f"the manifest's version {manifest.version} is not written as PEP 440 says") from None
    if str(datetime.date.fromisoformat(manifest.date)) != manifest.date:
        raise ValueError(f"the manifest's date {manifest.date} is not written as YYYY-MM-DD")
    names = set()
    for file in manifest.files:
        _check_name(file.name)
        if file.name in names or file.name in DESCRIPTIONS:
            raise ValueError(f"the manifest must have {file.name} once, as neither {' nor '.join(DESCRIPTIONS)}")
        names.add(file.name)
        if file.kind not in KINDS:
            raise ValueError(f"{file.name} has an invalid kind: {file.kind} is not one of {', '.join(KINDS)}")
        if not re.fullmatch(r"[0-9a-f]{64}", file.sha256):
            raise ValueError(f"{file.name} has an invalid SHA-256: {file.sha256}")
        if type(file.size) is not int:
            raise ValueError(f"{file.name} has an invalid size: {file.size}")
        for python in file.pythons:
            if not re.fullmatch(r"3\.\d+t?", python):
                raise ValueError(f"{file.name} has an invalid version of Python: {python} is not like 3.13 or 3.14t")


def _check_name(name: str) -> None:
    # No spaces: the name is also an anchor of the page.
    if not re.fullmatch(r"[^\s/\\.][^\s/\\]*", name):
        raise ValueError(f"{name!a} is not the name of a file in the release's folder")
    if name == "index.html" or name.endswith(".whl.metadata"):
        raise ValueError(f"{name} is the name of a file that the site makes")


def _texts(manifest: Manifest) -> Iterator[str]:
    def walk(value: Any) -> Iterator[str]:
        if isinstance(value, tuple):
            for each in value:
                yield from walk(each)
        elif isinstance(value, Artifact):
            yield from walk(tuple(vars(value).values()))
        elif isinstance(value, str):
            yield value
        elif value is not None and type(value) is not int:
            raise ValueError(f"the manifest has {value!r} where a text belongs")

    yield from walk(tuple(vars(manifest).values()))
