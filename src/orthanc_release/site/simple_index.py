# SPDX-License-Identifier: GPL-3.0-or-later
"""The index of wheels and source distributions that pip reads.

It is HTML by PEP 503 and JSON by PEP 691, with metadata by PEP 714 and withdrawn releases by PEP 592.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment
from packaging.metadata import Metadata
from packaging.utils import parse_sdist_filename, parse_wheel_filename

from orthanc_release.artifacts import Artifact
from orthanc_release.describe.release_folder import Release, ReleaseError
from orthanc_release.site.changes import is_withdrawn

PROJECT = "orthanc-python"


@dataclass(frozen=True)
class Distribution:
    """A file that pip installs."""

    file: Artifact
    version: str  # of its release
    requires_python: str | None
    metadata: bytes | None  # of a wheel in the site, so that pip need not download it to know what it depends on
    uploaded: str
    folder: str  # the address of the release's files; "" if they are in the site
    withdrawn: bool  # pip takes it only where its version is named

    @property
    def url(self) -> str:
        """The address, in the site relative to the project's page."""
        return (self.folder or f"../../{quote(self.version)}/") + quote(self.file.name)

    @property
    def metadata_sha256(self) -> str | None:
        """Digest of the metadata file beside the wheel."""
        return hashlib.sha256(self.metadata).hexdigest() if self.metadata is not None else None


def index_files(releases: Sequence[Release], templates: Environment, folder_of: Callable[[str], str]) -> dict[str, bytes]:
    """Return the files of the folder simple, and the metadata beside each wheel in the site, by their paths in the site.

    Args:
        releases: All releases of the site, the newest first.
        templates: Those of the pages.
        folder_of: Returns the address of a version's files; "" if they are in the site.

    Raises:
        ReleaseError: a wheel or source distribution cannot be read.
    """
    found = [each for release in releases for each in _distributions(release, folder_of(release.manifest.version))]
    files = {f"{each.version}/{each.file.name}.metadata": each.metadata for each in found if each.metadata is not None}
    versions = [release.manifest.version for release in releases]
    for folder, template, content in (
        (f"simple/{PROJECT}", "simple_project.html", _project(found, versions)),
        ("simple", "simple.html", {"meta": {"api-version": "1.1"}, "projects": [{"name": PROJECT}]}),
    ):
        page = templates.get_template(template).render(project=PROJECT, distributions=found)
        files[f"{folder}/index.html"] = page.encode()
        files[f"{folder}/index.json"] = (json.dumps(content, indent=1) + "\n").encode()
    return files


def _project(distributions: Sequence[Distribution], versions: Sequence[str]) -> dict[str, Any]:
    files = []
    for each in distributions:
        entry: dict[str, Any] = {
            "filename": each.file.name,
            "url": each.url,
            "hashes": {"sha256": each.file.sha256},
            "size": each.file.size,
            "upload-time": each.uploaded,
        }
        if each.requires_python is not None:
            entry["requires-python"] = each.requires_python
        if each.metadata is not None:
            # Not by its former name too: pip before 23.1, that of Debian 12, fails upon that in JSON (PEP 714).
            entry["core-metadata"] = {"sha256": each.metadata_sha256}
        if each.withdrawn:
            entry["yanked"] = True
        files.append(entry)
    return {"meta": {"api-version": "1.1"}, "name": PROJECT, "versions": list(versions), "files": files}


def _distributions(release: Release, folder: str) -> list[Distribution]:
    found = []
    withdrawn = is_withdrawn(release.manifest.version)
    for file in release.of_kind("wheel", "sdist"):
        path = release.folder / file.name
        try:
            parse = parse_wheel_filename if file.kind == "wheel" else parse_sdist_filename
            name, version = parse(file.name)[:2]
            content = metadata_of_wheel(path) if file.kind == "wheel" else _sdist_metadata(path)
            requires = Metadata.from_email(content, validate=False).requires_python
        except (zipfile.BadZipFile, tarfile.TarError, LookupError, OSError, ValueError) as error:
            raise ReleaseError(f"{path} is not a {file.kind}: {error}".splitlines()[0]) from error
        if (name, version) != (PROJECT, release.version):
            raise ReleaseError(f"{path} is {name} {version}, not {PROJECT} {release.version}")
        kept = content if file.kind == "wheel" and not folder else None
        uploaded = f"{release.manifest.date}T00:00:00Z"
        pythons = str(requires) if requires is not None else None
        found.append(Distribution(file, release.manifest.version, pythons, kept, uploaded, folder, withdrawn))
    return found


def metadata_of_wheel(file: Path) -> bytes:
    """Return the file METADATA of a wheel. Raises ValueError and zipfile.BadZipFile."""
    with zipfile.ZipFile(file) as archive:
        (name,) = (name for name in archive.namelist() if name.count("/") == 1 and name.endswith(".dist-info/METADATA"))
        return archive.read(name)


def _sdist_metadata(file: Path) -> bytes:
    with tarfile.open(file) as archive:
        (member,) = (each for each in archive if each.name.count("/") == 1 and each.name.endswith("/PKG-INFO"))
        stream = archive.extractfile(member)
        if stream is None:
            raise ValueError("PKG-INFO is not a file")
        return stream.read()
