# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark's arithmetic: percentiles, differences, goals and tables."""

from __future__ import annotations

import io
from collections import Counter
from datetime import datetime

import pytest
from rich.console import Console

from bench.load import parse, percentile
from bench.measurements import MEASUREMENTS
from bench.measurements.start import started_at
from bench.model import (
    ESTABLISHED,
    OURS,
    PLAIN,
    Effort,
    Goal,
    Measurement,
    Results,
    Samples,
    Series,
    difference,
    in_turn,
    judge,
)
from bench.report import make_table, number, since_last, summary
from bench.run import run
from bench.subjects import Subject


class Example(Measurement):
    name = "example"
    title = "Calls"
    series = (
        Series("time", "a call", "ns"),
        Series(
            "overhead", "  above C", "ns", (Goal("at most", 0.5, ESTABLISHED), Goal("at most", 100)), source="time", above=PLAIN
        ),
    )


@pytest.fixture
def results() -> Results:
    found = Results()
    for subject, values in {OURS: [300, 320, 290], ESTABLISHED: [500, 700, 600], PLAIN: [200, 250, 190]}.items():
        for value in values:
            found.add("time", subject, value)
    return found


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (40, 1), (50, 2), (90, 3), (99, 3), (99.1, 1000), (100, 1000)])
def test_percentile(percent: float, expected: int) -> None:
    assert percentile(Counter({3: 490, 1000: 10, 1: 400, 2: 100}), percent) == expected
    assert percentile(Counter({7: 1}), percent) == 7


def test_percentile_of_nothing() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile(Counter(), 50)


def test_wrk_output() -> None:
    output = "Running 1s test\nsummary 30 500000 2\nlatency 40 10\nlatency 55 20\n"
    load, errors = parse(output)
    assert (load.rate, load.latencies, errors) == (60, Counter({40: 10, 55: 20}), 2)
    with pytest.raises(ValueError, match="no summary"):
        parse("unable to connect\n")


def test_difference_is_taken_round_by_round(results: Results) -> None:
    (_, overhead) = Example.series
    assert results.of(overhead) == {OURS: [100, 70, 100], ESTABLISHED: [300, 450, 410]}
    assert difference({OURS: [1.0]}, PLAIN) == {}


@pytest.mark.parametrize(
    ("goal", "figure", "judgement"),
    [
        (Goal("at least", 2, ESTABLISHED), 2, "met"),
        (Goal("at least", 2.1, ESTABLISHED), 2, "missed"),
        (Goal("at most", 200), 200, "met"),
        (Goal("at most", 199), 200, "missed"),
        (Goal("at most", 150, subject=ESTABLISHED), 100, "met"),
        (Goal("at most", 1, PLAIN), None, "not measured"),
        (Goal("at most", 1, subject=PLAIN), None, "not measured"),
    ],
)
def test_judge(goal: Goal, figure: float | None, judgement: str) -> None:
    verdict = judge(goal, {OURS: [100, 900, 200], ESTABLISHED: [100]})
    assert (verdict.figure, verdict.judgement) == (figure, judgement)


def test_a_reference_that_is_not_positive_gives_no_verdict() -> None:
    assert judge(Goal("at most", 0.5, ESTABLISHED), {OURS: [10], ESTABLISHED: [-3]}).judgement == "not measured"


def test_table_has_a_row_for_each_goal(results: Results) -> None:
    measurement = Example()
    output = io.StringIO()
    Console(file=output, width=160).print(
        make_table(measurement, results, lambda series: {OURS: [200], PLAIN: [200]} if series.key == "time" else {})
    )
    lines = [[cell.strip() for cell in line.strip("│\n").split("│")] for line in output.getvalue().splitlines() if "│" in line]
    assert lines == [
        ["a call", "300", "600", "200", "ns", "+50%", "", "", ""],
        ["above C", "100", "410", "", "ns", "", "at most 0.5 times established plugin", "0.244", "met"],
        ["", "", "", "", "", "", "at most 100", "100", "met"],
    ]
    assert summary({measurement: results}) == "2 met, 0 missed, 0 not measured"
    assert summary({measurement: Results()}) == "0 met, 0 missed, 2 not measured"


def test_numbers() -> None:
    assert [number(value) for value in (None, 0.0004, 0.0512, 3.14159, 99.5, 61374.2)] == [
        "",
        "0",
        "0.0512",
        "3.14",
        "99.5",
        "61,374",
    ]


def test_since_last_is_a_multiple_of_a_reference() -> None:
    """Another machine of the same name makes both slower."""
    last: Samples = {OURS: [100.0], PLAIN: [150.0], ESTABLISHED: [50.0]}
    assert since_last({OURS: [95.0], PLAIN: [150.0]}, last) == "-5%"
    assert since_last({OURS: [50.0], PLAIN: [75.0]}, last) == "+0%"
    assert since_last({OURS: [100.0], ESTABLISHED: [40.0]}, last) == "+25%"
    assert since_last({}, last) == since_last(last, {}) == since_last({OURS: [95.0]}, last) == ""


def test_time_of_a_start() -> None:
    log = (
        "W0101 00:00:00.000001 main.cpp:900] Orthanc version: 1.10.1\nW1231 23:59:59.250000 main.cpp:956] Orthanc has started\n"
    )
    expected = datetime(2025, 12, 31, 23, 59, 59, 250_000).timestamp()
    assert started_at(log, datetime(2026, 1, 1)) == started_at(log, datetime(2025, 12, 31, 23, 59, 59, 300_000)) == expected


def test_order_of_a_round() -> None:
    subjects = [Subject("a"), Subject("b"), Subject("c")]
    assert ["".join(subject.name for subject in in_turn(subjects, number)) for number in range(4)] == [
        "abc",
        "bca",
        "cab",
        "abc",
    ]


def test_a_failure_leaves_the_other_figures() -> None:
    class Failing(Measurement):
        name = "failing"
        title = "Fails with one subject"
        series = (Series("one", "one", "ns"),)
        subjects = (OURS, ESTABLISHED, PLAIN)

        def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
            if subject.name == ESTABLISHED:
                raise RuntimeError("it has crashed")
            results.add("one", subject.name, 1)

    measurement = Failing()
    found = run([measurement], {OURS: Subject(OURS), ESTABLISHED: Subject(ESTABLISHED)}, Effort(rounds=2, seconds=1, scale=1))
    assert found[measurement].failed
    assert found[measurement].samples == {"one": {OURS: [1, 1]}}
    assert found[measurement].notes == [
        f"There is no plugin here for: {PLAIN}.",
        f"FAILED, round 1 of {ESTABLISHED}: it has crashed",
        f"FAILED, round 2 of {ESTABLISHED}: it has crashed",
    ]


def test_measurements_are_consistent() -> None:
    assert len({measurement.name for measurement in MEASUREMENTS}) == len(MEASUREMENTS)
    for measurement in MEASUREMENTS:
        keys = {series.key for series in measurement.series}
        assert len(keys) == len(measurement.series)
        assert all(series.source in keys for series in measurement.series if series.above)
        assert any(series.goals for series in measurement.series)
