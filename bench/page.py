# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of docs/speed.md: all of one run on record, so that none can be chosen or forgotten."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.history import Record
from bench.measurements import MEASUREMENTS
from bench.model import (
    ESTABLISHED,
    FREE_THREADED,
    FULL,
    NONE,
    OURS,
    PLAIN,
    Judgement,
    Measurement,
    Samples,
    Series,
    Verdict,
    judge,
)
from bench.report import number

BEGIN, END = "<!-- figures of the last run: begin -->\n", "<!-- figures of the last run: end -->\n"
HEADLINE = ("rest", "8 connections: rate")


class Row(NamedTuple):
    """A row of the table, of the series `key` of a measurement."""

    title: str
    measurement: str
    key: str


ROWS = (
    Row("callback of 3 bytes, 8 connections", *HEADLINE),
    Row("its latency, 99th percentile", "rest", "8 connections: p99"),
    Row("callback of 3 bytes, 1 connection", "rest", "1 connection: rate"),
    Row("the same with client and server on one core", "rest", "1 connection, one core: rate"),
    Row("callback of 3 bytes, 64 connections", "many-connections", "64: rate"),
    Row("the last of 2,000 routes, 4 connections", "many-routes", "2000: last"),
    Row("Orthanc's start with 2,000 routes", "many-routes", "2000: start"),
    Row("longest wait of others while a slow client receives 200 MB", "large-bodies", "wait: longest"),
    Row("wait of others while a callback computes, 99th percentile", "others-wait", "python: p99"),
    Row("change events that the plugin can take, without Orthanc", "changes", "at once: rate"),
    Row("C-STORE on 4 associations with a listener, instances of 40 kB", "c-store", "SQLite: rate"),
    Row("uploads over HTTP, each read by pydicom", "uploads", "SQLite: pydicom: rate"),
    Row("the same with the index in PostgreSQL", "uploads", "PostgreSQL: pydicom: rate"),
    Row("a route that sorts 10,000 instances", "many-instances", "SQLite: 10000: time"),
    Row("a route that sorts 100,000 instances", "many-instances", "SQLite: 100000: time"),
    Row("1,000 requests at once that wait for 1 s", "waiting", "time"),
    Row("a call of `GetTagName`", "sdk-calls", "GetTagName"),
    Row("a call of `RestApiGet`", "sdk-calls", "RestApiGet"),
    Row("an enumeration's member", "sdk-calls", "ChangeType"),
    Row("a call of `RestApiGet`, counted", "instructions", "RestApiGet"),
    Row("one that raises", "instructions", "RestApiGet that raises"),
    Row("a 200 MB body received", "large-bodies", "received: time"),
    Row("a 200 MB answer", "large-bodies", "answered: time"),
    Row("added to Orthanc's start", "start", "time above"),
    Row("the same with numpy and pydicom imported", "start", "packages: time above"),
    Row("added to Orthanc's memory", "start", "memory above"),
    Row("as many callbacks as cores that keep one busy, over one", "free-threading", "compute: scaling"),
    Row("size of the library", "build", "size"),
)


def newest(records: Sequence[Record]) -> Record:
    """Return the newest run of all measurements that any run on record has. Raises ValueError if there is none.

    A measurement that no run has yet is "not measured" on the page.
    """
    known = {name for record in records for name in record["results"]} | {row.measurement for row in ROWS}
    needed = known & {measurement.name for measurement in MEASUREMENTS}
    for record in reversed(records):
        if record["rounds"] >= FULL.rounds and needed <= record["results"].keys():
            return record
    raise ValueError("no run on record has all measurements: run ci/bench without names")


def figures(record: Record) -> str:
    """Return the table, how many goals are met, and those that are missed, as Markdown."""
    verdicts = list(_verdicts(record))
    counts: Counter[Judgement] = Counter(verdict.judgement for _, _, verdict in verdicts)
    return "\n".join(
        (
            *_origin(record),
            "| | orthanc-python | established plugin | plain C |",
            "| --- | --- | --- | --- |",
            *(_row(row, record) for row in ROWS),
            "",
            *(f"- {note}" for note in record.get("notes", ())),
            "",
            f"Of the {len(verdicts)} goals that the benchmark checks, {counts['met']} are met, {counts['missed']} are missed",
            f"and {counts['not measured']} were not measured. The missed ones, with what was reached:",
            "",
            "| figure | goal | reached |",
            "| --- | --- | --- |",
            *(_missed(*each) for each in verdicts if each[2].judgement == "missed"),
            "",
        )
    )


def headline(record: Record) -> float:
    """Return how many times the established plugin's rate ours is, on 8 connections."""
    rates = _samples(record, *HEADLINE)
    return median(rates[OURS]) / median(rates[ESTABLISHED])


def comparisons(records: Sequence[Record]) -> str:
    """Return the sentence on the headline of all runs on record, so that it is not that of the best one."""
    runs = [
        f"{headline(each):.1f} ({each['date'][:10]}, {each['processor']})"
        for each in records
        if {OURS, ESTABLISHED} <= _samples(each, *HEADLINE).keys()
    ]
    return f"Callbacks on 8 connections, as a multiple of the established plugin's, in all runs on record: {', '.join(runs)}.\n"


def update(page: Path, records: Sequence[Record]) -> None:
    """Write the figures of the newest full run between the two marks of a page."""
    text = page.read_text(encoding="utf-8")
    new = f"{BEGIN}{figures(newest(records))}\n{comparisons(records)}{END}"
    page.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: new, text, flags=re.DOTALL), encoding="utf-8")


def _origin(record: Record) -> tuple[str, ...]:
    versions = record["versions"]
    return (
        f"Medians of up to {record['rounds']} rounds on {record['date'][:10]}, at the commit {record['commit']},",
        f"on {record['cores']} cores of {record['processor']}, with Orthanc {versions['Orthanc']},",
        f"CPython {versions['CPython']} and the established plugin {versions.get(ESTABLISHED, '(none)')}:",
        "",
    )


def _samples(record: Record, measurement: str, key: str) -> Samples:
    samples: Samples = record["results"].get(measurement, {}).get(key, {}).get("samples", {})
    return samples


def _row(row: Row, record: Record) -> str:
    samples = _samples(record, row.measurement, row.key)
    if not samples:
        return f"| {row.title} | not measured | | |"
    unit = record["results"][row.measurement][row.key]["unit"]

    def cell(subject: str, suffix: str = "") -> str:
        return f"{number(median(samples[subject]))} {unit}{suffix}" if samples.get(subject) else ""

    last = cell(PLAIN) or cell(NONE, " without a plugin")
    if FREE_THREADED in samples:
        last = cell(FREE_THREADED, " free-threaded")
    return f"| {row.title} | {cell(OURS)} | {cell(ESTABLISHED)} | {last} |"


def _missed(measurement: Measurement, series: Series, verdict: Verdict) -> str:
    title = series.key if series.above else series.title  # a title of a derived series goes on from the one before
    return f"| {measurement.title}: {title} | {verdict.goal} | {number(verdict.figure)} |"


def _verdicts(record: Record) -> Iterator[tuple[Measurement, Series, Verdict]]:
    for measurement in MEASUREMENTS:
        for series in measurement.series:
            for goal in series.goals:
                yield measurement, series, judge(goal, _samples(record, measurement.name, series.key))
