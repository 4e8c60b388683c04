# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of `orthanc-python top`: rates and means since the last look."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from orthanc_python.observe.top import view


def callback(function: str, calls: int, seconds: float, **more: Any) -> dict[str, Any]:
    own = {"Kind": "rest", "Function": function, "Place": "script.py:1", "Calls": calls, "Seconds": seconds}
    return {**own, "Errors": 0, "InFlight": 0, "LongestSeconds": 0.5, **more}


def status(uptime: float, *callbacks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "Version": "0.1.0",
        "Python": "3.11",
        "UptimeSeconds": uptime,
        "ResidentBytes": 123_000_000,
        "ChangeQueueLength": 0,
        "ChangeQueueOldestSeconds": 0,
        "GilWaitingThreads": 0,
        "Responsive": True,
        "PythonThreads": 2,
        "Workers": 0,
        "AllocatedBlocks": 5,
        "Callbacks": list(callbacks),
        "CallsInFlight": [],
        **more,
    }


def lines_of(now: dict[str, Any], before: dict[str, Any], width: int = 200) -> list[list[str]]:
    output = io.StringIO()
    Console(file=output, width=width).print(view(now, before))
    return [line.split() for line in output.getvalue().splitlines()]


def test_rates_since_the_last_look() -> None:
    before = status(100, callback("one", 50, 2.0), callback("two", 7, 1.0))
    now = status(
        110, callback("one", 70, 4.0, Errors=3, LongestSeconds=1.25), callback("two", 7, 1.0), callback("new", 10, 9.0)
    )
    rows = [line for line in lines_of(now, before) if line[:1] == ["rest"]]
    assert rows == [
        ["rest", "new", "1.0", "900.00", "10", "0", "0", "0.500", "script.py:1"],
        ["rest", "one", "2.0", "100.00", "70", "3", "0", "1.250", "script.py:1"],
        ["rest", "two", "0.0", "0.00", "7", "0", "0", "0.500", "script.py:1"],
    ]


def test_a_callback_in_flight_comes_first() -> None:
    before = status(100, callback("busy", 0, 0.0), callback("hangs", 0, 0.0))
    call = {"Seconds": 61.25, "Kind": "rest", "Function": "hangs", "WaitsForGil": True, "Subject": "GET /x"}
    now = status(101, callback("busy", 10, 0.9), callback("hangs", 0, 0.0, InFlight=2), CallsInFlight=[call])
    lines = lines_of(now, before)
    assert [line[1] for line in lines if line[:1] == ["rest"]] == ["hangs", "busy"]
    assert ["61.2", "rest", "hangs", "(waits", "for", "the", "GIL)", "GET", "/x"] in lines


def test_titles_of_the_columns() -> None:
    lines = [" ".join(line) for line in lines_of(status(1), status(0))]
    assert "kind function calls/s mean ms calls errors in flight longest s place" in lines
    assert "seconds in flight called for" in lines


def test_more_in_flight_come_before_fewer() -> None:
    now = status(2, callback("some", 9, 9.0, InFlight=1), callback("many", 1, 0.1, InFlight=12))
    assert [line[1] for line in lines_of(now, status(1)) if line[:1] == ["rest"]] == ["many", "some"]


def test_two_looks_at_the_same_second() -> None:
    same = status(7, callback("one", 5, 1.0))
    (row,) = [line for line in lines_of(same, same) if line[:1] == ["rest"]]
    assert row[2:5] == ["0.0", "200.00", "5"]


def test_after_a_new_start_nothing_is_compared() -> None:
    rows = [
        line for line in lines_of(status(1, callback("one", 5, 1.0)), status(500, callback("one", 900, 90.0))) if "one" in line
    ]
    assert rows[0][2:5] == ["0.0", "200.00", "5"]


def test_names_are_no_markup() -> None:
    before = status(0)
    assert ["rest", "[red]x[/red]"] in [line[:2] for line in lines_of(status(1, callback("[red]x[/red]", 1, 0.1)), before)]


def test_no_answer_of_python_and_a_queue() -> None:
    now = status(90_061, Responsive=False, ChangeQueueLength=3, ChangeQueueOldestSeconds=2.5)
    text = " ".join(word for line in lines_of(now, status(0)) for word in line)
    assert "up 1 d 01:01:01" in text and "changes waiting 3 (oldest 2.5 s)" in text and "C code holds the GIL" in text


def test_the_ten_oldest_calls_whose_subjects_are_no_markup() -> None:
    call = {"Seconds": 1.0, "Kind": "rest", "Function": "hello", "WaitsForGil": False, "Subject": "[red]/x[/red]"}
    lines = lines_of(status(1, CallsInFlight=[call] * 12), status(0))
    assert [line for line in lines if line[:1] == ["1.0"]] == [["1.0", "rest", "hello", "[red]/x[/red]"]] * 10


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (40, ["new", "1.0", "900.00", "0"]),
        (60, ["rest", "new", "1.0", "900.00", "10", "0"]),
        (80, ["rest", "new", "1.0", "900.00", "10", "0", "0", "0.500"]),
        (100, ["rest", "new", "1.0", "900.00", "10", "0", "0", "0.500", "script.py:1"]),
    ],
)
def test_narrow_terminal(width: int, row: list[str]) -> None:
    """A callback is one line, and no title is cut: columns are left out."""
    before, now = status(100, callback("one", 50, 2.0)), status(110, callback("new", 10, 9.0))
    lines = lines_of(now, before, width)
    assert row in lines
    titles = next(line for line in lines if "function" in line)
    assert not any("\u2026" in word for word in titles)
