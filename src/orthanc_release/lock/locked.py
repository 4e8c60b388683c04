# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages that a release is built with, by requirements.lock: versions, and each file's SHA-256. ci/lock writes it."""

from __future__ import annotations

import importlib.metadata
import re
from dataclasses import dataclass
from pathlib import Path

from orthanc_release.targets import ROOT

LOCK = "src/orthanc_release/lock/requirements.lock"
ENTRY = re.compile(
    r"^(?P<name>[\w.-]+)(?:\[[\w,-]+\])?==(?P<version>[^\s;\\]+)(?: ; (?P<marker>[^\\\n]+?))?"
    r"(?: \\\n    --hash=sha256:[0-9a-f]{64})+$",
    re.MULTILINE,
)


class LockError(Exception):
    """An environment that has other packages than the lock; the message says which."""


@dataclass(frozen=True)
class Locked:
    """A package."""

    name: str
    version: str
    marker: str | None
    text: str  # in the lock


def read_lock(sources: Path = ROOT) -> list[Locked]:
    """Return the packages of a checkout's lock. Raises OSError."""
    text = (sources / LOCK).read_text(encoding="utf-8")
    return [Locked(match["name"], match["version"], match["marker"], match[0]) for match in ENTRY.finditer(text)]


def text_of(names: set[str]) -> str:
    """Return a requirements file of some of the packages, for pip. Raises LockError if one is not in the lock."""
    found = [each for each in read_lock() if each.name in names]
    if lacking := names - {each.name for each in found}:
        raise LockError(f"{LOCK} lacks {', '.join(sorted(lacking))}")
    return "".join(f"{each.text}\n" for each in found)


def check_environment() -> None:
    """Raise LockError if this environment has other versions than the lock."""
    from packaging.markers import Marker  # which is not on the machines that only build

    others = []
    for each in read_lock():
        if each.marker is None or Marker(each.marker).evaluate():
            try:
                version = importlib.metadata.version(each.name)
            except importlib.metadata.PackageNotFoundError:
                version = "missing"
            if version != each.version:
                others.append(f"{each.name} is {version}, not {each.version}")
    if others:
        raise LockError(f"this environment is not that of {LOCK}: {'; '.join(others)}. Start ci/release, which makes one")
