# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables: a figure a row, with its goal, and whether it is met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from statistics import median

from rich.table import Table
from rich.text import Text

from bench.model import ESTABLISHED, NONE, OURS, PLAIN, Judgement, Measurement, Results, Samples, Series, Verdict

STYLES: dict[Judgement, str] = {"met": "green", "missed": "bold red", "not measured": "yellow"}
REFERENCES = (PLAIN, NONE, ESTABLISHED)  # none of them changes from run to run
LastSamples = Callable[[Series], Samples]  # of the run before


def number(value: float | None) -> str:
    """Three digits that count, and all before the point."""
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) < 0.005:
        return "0"
    return f"{value:.3g}"


def since_last(samples: Samples, last: Samples) -> str:
    """How our median, as a multiple of a reference's, differs from that of the last run.

    The reference tells how fast the machine is: two of the same name are not equally fast, nor is one always.
    """
    for reference in REFERENCES:
        figures = [median(run.get(name) or [0]) for run in (samples, last) for name in (OURS, reference)]
        if all(figure > 0 for figure in figures):
            ours, base, last_ours, last_base = figures
            return f"{ours / base / (last_ours / last_base) - 1:+.0%}"
    return ""


def _verdict_cells(verdict: Verdict | None, measured: bool) -> list[Text | str]:
    if verdict is None:
        return ["", "", "" if measured else Text("not measured", STYLES["not measured"])]
    return [str(verdict.goal), number(verdict.figure), Text(verdict.judgement, STYLES[verdict.judgement])]


def make_table(measurement: Measurement, results: Results, last: LastSamples) -> Table:
    """The medians of all rounds. A figure with several goals has a row for each."""
    table = Table(title=measurement.title, title_justify="left", title_style="bold")
    table.add_column("figure", overflow="fold")
    for subject in measurement.subjects:
        table.add_column(subject, justify="right")
    table.add_column("unit")
    table.add_column("since last", justify="right")
    table.add_column("goal", overflow="fold")
    table.add_column("reached", justify="right")
    table.add_column("verdict")
    verdicts = measurement.verdicts(results)
    for series in measurement.series:
        samples = results.of(series)
        medians = [number(median(samples[subject])) if samples.get(subject) else "" for subject in measurement.subjects]
        own: list[Verdict | None] = [verdict for each, verdict in verdicts if each is series]
        for index, verdict in enumerate(own or [None]):
            first = [series.title, *medians, series.unit, since_last(samples, last(series))]
            table.add_row(*(first if index == 0 else [""] * len(first)), *_verdict_cells(verdict, bool(samples)))
    return table


def summary(found: Mapping[Measurement, Results]) -> str:
    """How many goals were met, missed and not measured."""
    counts = Counter(
        verdict.judgement for measurement, results in found.items() for _, verdict in measurement.verdicts(results)
    )
    return ", ".join(f"{counts[judgement]} {judgement}" for judgement in STYLES)
