# SPDX-License-Identifier: GPL-3.0-or-later
"""Each function, called with right and with wrong arguments, does the same with the established plugin and with ours."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from call_generator import NAMES, Call, groups
from call_runs import outcomes
from compare import Difference, table
from side import Side

from bench.established import Established
from tests.integration.web_server import WebServer

CASE = "calls"


@pytest.mark.parametrize("group", NAMES)
def test_calls(group: str, sides: tuple[Side, Side], established: Established, web: WebServer, tmp_path: Path) -> None:
    calls = groups(stub(sides), established.generation)[group]
    assert calls
    with ThreadPoolExecutor() as threads:
        runs = [
            threads.submit(outcomes, side.plugin, group, calls, tmp_path / name, web)
            for side, name in zip(sides, ("then", "now"), strict=True)
        ]
        then, now = [run.result() for run in runs]
    found = [Difference(call, outcome, now[call]) for call, outcome in then.items() if outcome != now[call]]
    entries = [entry for entry in table() if entry.is_for(CASE, established.generation)]
    unknown = [each for each in found if not any(entry.covers(each) for entry in entries)]
    assert not unknown, "not in differences.toml:\n" + "\n".join(map(str, unknown))
    assert [call for call, outcome in now.items() if outcome in ("ends Orthanc", "does not return")] == []


def test_calls_of_each_kind(sides: tuple[Side, Side], established: Established) -> None:
    calls = [call for group in groups(stub(sides), established.generation).values() for call in group]
    assert len(calls) == len(set(calls)) > 2000
    assert {call.kind for call in calls} >= {"right", "keywords", "no arguments", "one too few", "one too many", "no object"}


def stub(sides: tuple[Side, Side]) -> Path:
    return sides[1].plugin.with_name("orthanc.pyi")


def test_calls_are_python(sides: tuple[Side, Side], established: Established) -> None:
    for calls in groups(stub(sides), established.generation).values():
        for call in calls:
            assert isinstance(call, Call)
            compile(call.code, "call", "eval")
