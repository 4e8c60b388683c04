# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of ci/test, as ci/lib/steps.toml has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomllib

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Step:
    """One step of ci/lib/steps.toml."""

    name: str
    title: str
    kind: str
    command: str
    needs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    servers: bool = False


def read_steps(path: Path = ROOT / "ci" / "lib" / "steps.toml") -> dict[str, Step]:
    """Return the steps by name, with their groups of inputs replaced by paths."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    groups = data.pop("inputs")
    return {name: _step(name, values, groups) for name, values in data.items()}


def _step(name: str, values: dict[str, Any], groups: dict[str, list[str]]) -> Step:
    paths = _paths(values.get("inputs", ()), groups)
    if paths:
        paths = _paths(["always", *paths], groups)
    return Step(
        name,
        values["title"],
        values["kind"],
        values["command"],
        tuple(values.get("needs", ())),
        tuple(paths),
        values.get("servers", False),
    )


def _paths(inputs: Iterable[str], groups: dict[str, list[str]]) -> list[str]:
    return [path for each in inputs for path in (_paths(groups[each], groups) if each in groups else [each])]
