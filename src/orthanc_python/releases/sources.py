# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a release comes from, a folder or a server; and a file of it, checked before anyone uses it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from orthanc_python.failure import Failure
from orthanc_python.releases.downloads import CHUNK, Report, WebFolder
from orthanc_python.releases.manifest import LARGEST_MANIFEST, MANIFEST, Release, ReleaseFile, parse_manifest


class Source(Protocol):
    """A folder with the files of a release."""

    def below(self, name: str) -> Source: ...

    def beside(self, name: str) -> Source: ...

    def place_of(self, name: str) -> str: ...

    def read(self, name: str, limit: int) -> bytes | None: ...

    def fetch(self, name: str, size: int, part: Path, report: Report) -> bool: ...


class LocalFolder:
    """The folder of a release on this machine, with the methods of WebFolder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def below(self, name: str) -> LocalFolder:
        return LocalFolder(self._folder / name)

    def beside(self, name: str) -> LocalFolder:
        return LocalFolder(self._folder.resolve().parent / name)

    def place_of(self, name: str) -> str:
        return str(self._folder / name)

    def read(self, name: str, limit: int) -> bytes | None:
        path = self._folder / name
        if not path.is_file():
            return None
        with _open(path) as file:
            return file.read(limit + 1)

    def fetch(self, name: str, size: int, part: Path, report: Report) -> bool:
        path = self._folder / name
        if not path.is_file():
            raise Failure(f"{path} is not there, although the manifest lists it")
        if (found := path.stat().st_size) != size:
            raise Failure(f"{path} has {found} bytes, and the manifest says {size}: the file has been cut or replaced")
        done = 0
        try:
            with _open(path) as original, part.open("wb") as copy:
                while chunk := original.read(CHUNK):
                    copy.write(chunk)
                    done += len(chunk)
                    if done > size:  # it has grown since
                        raise Failure(f"{path} is larger than the {size} bytes that the manifest says")
                    report(done)
        except BaseException:  # half a copy is of no use: the next one begins anew
            part.unlink(missing_ok=True)
            raise
        return False


def open_source(text: str, *, insecure: bool = False) -> Source:
    """A URL, or the path of a folder; of either also that of the manifest in it."""
    if "://" in text:
        return WebFolder(text, insecure=insecure)
    path = Path(text)
    folder = path.parent if path.name == MANIFEST else path
    if not folder.is_dir():
        raise Failure(f"{folder} is neither a folder nor a URL such as https://example.org/orthanc-python")
    return LocalFolder(folder)


@dataclass(frozen=True)
class Offer:
    """A release that a source has. Nobody has verified it yet."""

    source: Source
    release: Release
    manifest: bytes  # as it was read


def find_release(source: Source, version: str) -> Offer:
    """The release in a source or, if that is another than the one asked for, in a folder that is called so.

    It is below the source or beside it, where the project's site (0.1.0) and GitHub (v0.1.0) have it. Raises Failure.
    """
    offer = _release_in(source)
    if offer is not None and version in ("", offer.release.version):
        return offer
    if version:
        names = (version, f"v{version}")
        for folder in [*map(source.below, names), *map(source.beside, names)]:
            other = _release_in(folder)
            if other is not None and other.release.version == version:
                return other
    if offer is None:
        raise Failure(f"{source.place_of(MANIFEST)} is not there: name the folder that has the files of a release")
    raise Failure(f"there is no version {version} in {source.place_of('')}, where version {offer.release.version} is")


def fetch(source: Source, file: ReleaseFile, folder: Path, report: Report) -> Path:
    """A file of a release, in a folder that keeps what has arrived of it for another time. It is what the manifest says."""
    part = folder / f"{file.name}.{file.sha256[:16]}.part"
    continued = source.fetch(file.name, file.size, part, report)
    found = sha256(part)
    if found != file.sha256 and continued:  # the part may be what is wrong
        part.unlink()
        source.fetch(file.name, file.size, part, report)
        found = sha256(part)
    if found != file.sha256 or part.stat().st_size != file.size:
        part.unlink()
        sums = f"has the SHA-256 {found[:16]}..., and the manifest says {file.sha256[:16]}..."
        raise Failure(f"{source.place_of(file.name)} {sums}: do not use it")
    return part


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}") from None


def _release_in(source: Source) -> Offer | None:
    place = source.place_of(MANIFEST)
    data = source.read(MANIFEST, LARGEST_MANIFEST)
    if data is not None and len(data) > LARGEST_MANIFEST:
        raise Failure(f"{place} is not a manifest of a release: it has more than {LARGEST_MANIFEST >> 20} MB")
    return None if data is None else Offer(source, parse_manifest(data, place), data)
