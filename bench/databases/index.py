# SPDX-License-Identifier: GPL-3.0-or-later
"""The index that an Orthanc uses, and SQLite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bench.model import SQLITE


@dataclass(frozen=True)
class Index:
    """How an Orthanc uses an index: further plugins, and sections of its configuration."""

    plugins: Sequence[Path] = ()
    configuration: Mapping[str, Any] = field(default_factory=dict)


class Database(Protocol):
    @property
    def name(self) -> str: ...

    def new_index(self) -> Index:
        """Return an empty index."""


@dataclass(frozen=True)
class SQLite:
    """Orthanc's own, in the folder of each server."""

    name: str = SQLITE

    def new_index(self) -> Index:
        return Index()
