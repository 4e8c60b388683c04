# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that stand twice, because a sample package is copied alone: both places agree."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType]:
    """The modules of the plugin and of the sample."""
    monkeypatch.setitem(sys.modules, "orthanc", ModuleType("orthanc"))
    found = []
    for path in ("src/plugin/embedded/callbacks/jobs.py", "samples/packages/dask_cluster/src/orthanc_dask/results.py"):
        specification = spec_from_file_location(f"rules_{len(found)}", ROOT / path)
        assert specification and specification.loader
        found.append(module_from_spec(specification))
        specification.loader.exec_module(found[-1])
    return found[0], found[1]


def nested(levels: int, inner: object = 0) -> object:
    for level in range(levels):
        inner = [inner] if level % 2 else {"a": inner}
    return inner


VALUES = [
    *(None, True, 0, -1.5, "", "\u00e9", {"a": [1, {"b": None}]}, [], {}, ()),
    *(float("nan"), float("inf"), [-float("inf")]),
    *(2**1023, 10**308, 10**309, -(10**309), [{"a": 10**400}], {10**400: 1}, int(sys.float_info.max) + 1),
    *("\ud800", ["\udfff"], {"\ud800": 1}),
    *({1}, b"", [object()], {(1, 2): 3}),
    *(nested(levels) for levels in (1, 500, 895, 896, 897, 898, 899, 900, 901, 2000)),
    *(nested(levels, 10**400) for levels in (1, 895, 896)),
]


def accepts(function: Callable[..., Any], *arguments: object) -> bool:
    try:
        function(*arguments)
    except (ValueError, TypeError, RecursionError):
        return False
    return True


def test_both_accept_the_same_values(both: tuple[ModuleType, ModuleType]) -> None:
    """A result stands in three levels of what the job writes into Orthanc's database."""
    plugin, sample = both
    assert sample.DEEPEST + 3 == plugin.DEEPEST

    def compare() -> list[tuple[bool, bool]]:
        return [
            (
                accepts(plugin._as_json, {plugin.ENVELOPE: {"Series": "", "Results": {"id": value}}}, "strict"),
                accepts(sample.check, value),
            )
            for value in VALUES
        ]

    with ThreadPoolExecutor() as shallow:  # json has few levels left on the stack of pytest
        found = shallow.submit(compare).result()
    assert [f"{value!r:.60}" for value, (first, second) in zip(VALUES, found, strict=True) if first is not second] == []
    assert {first for first, _ in found} == {True, False}


def test_log_of_changes() -> None:
    packages = ROOT / "samples" / "packages"
    first, second = (
        (packages / folder / "change_log.py").read_text(encoding="utf-8")
        for folder in ("router/src/dicom_router", "work_queue/src/orthanc_work_queue")
    )
    assert first == second
