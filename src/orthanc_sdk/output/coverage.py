# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists the SDK functions that scripts can reach, and how: for people (coverage.md) and for programs (coverage.json)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from orthanc_sdk.binding.rules import Kind, Library
from orthanc_sdk.names import member_name, short_name


@dataclass(frozen=True)
class Row:
    """An SDK function. An addition to the SDK has an empty `sdk`."""

    sdk: str
    since: str
    python: str
    kind: str
    reason: str


@dataclass(frozen=True)
class Coverage:
    """`totals` counts SDK functions by kind, without the additions."""

    version: str
    totals: dict[str, int]
    rows: tuple[Row, ...]


def coverage(library: Library) -> Coverage:
    """One row for each SDK function, in the header's order, then the additions."""
    rows = tuple(
        Row(
            binding.function.name if binding.function else "",
            binding.function.since if binding.function else "",
            f"orthanc.{binding.python}" if binding.bound else "",
            binding.kind.value,
            binding.reason,
        )
        for binding in library.bindings
    )
    totals = {kind.value: sum(row.kind == kind.value and row.sdk != "" for row in rows) for kind in Kind}
    return Coverage(library.header.version, totals, rows)


def coverage_json(library: Library) -> str:
    """The rows, and the names that dir() of the module, of its classes and of its enumerations must have."""
    report = coverage(library)
    header = library.header
    classes = {short_name(handle.name): [b.name for b in library.members(short_name(handle.name))] for handle in header.handles}
    enumerations = {
        short_name(enumeration.name): {
            member_name(enumeration.name, member.name): member.value for member in enumeration.members
        }
        for enumeration in header.enumerations
    }
    functions = [binding.name for binding in library.members("")]
    document = {
        "sdk": report.version,
        "totals": report.totals,
        "functions": [asdict(row) for row in report.rows],
        "names": {
            "module": sorted([*functions, *classes, *enumerations, "OrthancException"]),
            "classes": {name: sorted(methods) for name, methods in classes.items()},
            "enumerations": enumerations,
        },
    }
    return json.dumps(document, indent=2) + "\n"
