# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a release: their names, and the manifest that describes them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from orthanc_release.targets import ROOT, SUFFIXES, Target

KINDS = ("bundle", "plugin", "wheel", "sdist", "stub")  # of an Artifact, in the order in which people look for them
FORMAT = 1  # of the manifest; raised when a reader of the former format would misread it
NAME = re.compile(
    r"OrthancPython-(?P<version>\d[\w.]*?)(?:-python(?P<python>3\.\d+t?))?-(?P<target>(?:linux|macos|windows)-\w+)\.(?P<ext>\w+)"
)
WHEEL = re.compile(
    r"orthanc_python-(?P<version>[^-]+)-cp3(?P<minor>\d+)-cp3(?P<abi>\d+)(?P<threads>t?)-(?P<platform>[\w.]+)\.whl"
)
OPTIONAL = ("target", "system", "processor", "minimum", "sdk", "compiler")  # of an Artifact
SDIST = re.compile(r"orthanc_python-(?P<version>[^-]+)\.tar\.gz")


@dataclass(frozen=True)
class Artifact:
    """One file of a release."""

    name: str
    kind: str  # plugin (stands alone), bundle (zip of the loader and all plugins of a target), wheel, sdist or stub
    size: int  # bytes
    sha256: str
    pythons: tuple[str, ...] = ()  # CPython versions it serves, such as 3.13 or 3.14t; none if it has no library
    target: str | None = None  # name in src/orthanc_release/targets.toml
    system: str | None = None
    processor: str | None = None
    minimum: str | None = None  # the oldest glibc, macOS or Windows
    sdk: str | None = None  # version of Orthanc's SDK
    compiler: str | None = None
    run: tuple[
        str, ...
    ] = ()  # where each of its CPythons has run a script with it, such as "3.13: under Wine" and "3.14: not run"


@dataclass(frozen=True)
class Manifest:
    """The content of a release's manifest.json."""

    version: str
    date: str  # of the commit, YYYY-MM-DD
    commit: str
    files: tuple[Artifact, ...]
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Write manifest.json."""
        (folder / "manifest.json").write_text(self.text(), encoding="utf-8", newline="\n")

    def text(self) -> str:
        """Return the text of manifest.json."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @staticmethod
    def read(folder: Path) -> Manifest:
        """Read manifest.json. Raise OSError, ValueError for one of another format, and TypeError for unknown keys."""
        values = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if type(values.get("format")) is not int or values["format"] != FORMAT:  # for Python, true is 1
            raise ValueError(f"manifest.json has the format {values.get('format')}; this reads {FORMAT}")
        files = values.pop("files")
        if not all(type(file["size"]) is int for file in files):
            raise ValueError("manifest.json has a size that is not a whole number")
        _refuse_others_than_texts({key: values.get(key, "") for key in ("version", "date", "commit")})
        for file in files:
            lists = {"pythons": file["pythons"], "run": file.get("run", [])}
            _refuse_others_than_texts({key: value for key, value in file.items() if key not in {"size", *lists}}, OPTIONAL)
            for key, value in lists.items():
                if type(value) is not list:
                    raise ValueError(f"manifest.json has {value!r:.100} where a list of texts belongs: {key}")
                _refuse_others_than_texts({f"{key}[{index}]": each for index, each in enumerate(value)})
                file[key] = tuple(value)
        return Manifest(files=tuple(Artifact(**file) for file in files), **values)


def _refuse_others_than_texts(values: Mapping[str, Any], optional: Collection[str] = ()) -> None:
    """Raise ValueError for a value that is not a text, or None where it is optional."""
    for key, value in values.items():
        if type(value) is not str and not (value is None and key in optional):
            raise ValueError(f"manifest.json has {value!r:.100} where a text belongs: {key}")


def plugin_name(version: str, python: str, target: Target) -> str:
    """Name of the plugin that stands alone, for one CPython."""
    return f"OrthancPython-{version}-python{python}-{target.name}{SUFFIXES[target.system]}"


def bundle_name(version: str, target: Target) -> str:
    """Name of the archive of a target's loader and plugins."""
    return f"OrthancPython-{version}-{target.name}.zip"


def symbols_name(version: str, target: Target) -> str:
    """Name of the archive of what debuggers need of a target's libraries."""
    return f"OrthancPython-{version}-{target.name}-symbols.zip"


def project_version() -> str:
    """Return the version in pyproject.toml, the only place where it stands."""
    match = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert match is not None
    return match[1]


def sha256(file: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
