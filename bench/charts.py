# SPDX-License-Identifier: GPL-3.0-or-later
"""Charts for the documentation, as SVG: the same figures give the same bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.load import percentile
from bench.measurements.many.connections import CONNECTIONS, ManyConnections
from bench.measurements.many.instances import INSTANCES, LARGEST, ManyInstances
from bench.measurements.many.routes import ROUTES, ManyRoutes
from bench.measurements.rest_callback import CONDITIONS, PERCENTILES, RestCallback
from bench.measurements.sdk_calls import SdkCalls
from bench.model import ESTABLISHED, OURS, PLAIN, SQLITE, Measurement, Results, Samples

COLOURS = {OURS: "#2a6f97", ESTABLISHED: "#c8553d", PLAIN: "#8d99ae"}
BINS_PER_DECADE = 40
# Ids by this salt, not at random; text stays text, so that files are small and can be searched.
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "orthanc-python",
    "svg.fonttype": "none",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def bars(axes: Axes, groups: Mapping[str, Samples], unit: str) -> None:
    """Horizontal bars, a group each; the line on a bar is the range of the rounds."""
    subjects = [name for name in COLOURS if any(samples.get(name) for samples in groups.values())]
    height = 0.8 / max(1, len(subjects))
    for place, subject in enumerate(subjects):
        rows = [(row, samples[subject]) for row, samples in enumerate(groups.values()) if samples.get(subject)]
        middles = [median(values) for _, values in rows]
        ranges = [
            [m - min(v) for m, (_, v) in zip(middles, rows, strict=True)],
            [max(v) - m for m, (_, v) in zip(middles, rows, strict=True)],
        ]
        positions = [row + (place - (len(subjects) - 1) / 2) * height for row, _ in rows]
        axes.barh(positions, middles, height * 0.9, xerr=ranges, color=COLOURS[subject], ecolor="#333333", label=subject)
        for position, (_, values) in zip(positions, rows, strict=True):
            axes.annotate(f" {median(values):,.0f}", (max(values), position), va="center", fontsize=8)
    axes.set_yticks(range(len(groups)), list(groups))
    axes.invert_yaxis()
    axes.set_xlabel(unit)
    axes.margins(x=0.12)


def histogram(axes: Axes, counts: Mapping[str, Counter[int]], title: str) -> None:
    """The share of the requests in each class of latency, and marks at the percentiles."""
    values = [value for counter in counts.values() for value in counter]
    low, high = max(1, min(values)), max(max(values), 2)
    classes = np.geomspace(low, high + 1, max(2, int(np.log10((high + 1) / low) * BINS_PER_DECADE)) + 1)
    edges = np.unique(classes.round()) - 0.5  # a class has whole µs, of which there are few at the low end
    for subject, colour in COLOURS.items():
        if subject in counts:
            seen = counts[subject]
            shares, _ = np.histogram(list(seen), edges, weights=list(seen.values()))
            # As if all classes were equally wide on the axis, or those of few µs would stand out.
            widths = np.diff(np.log10(edges)) * BINS_PER_DECADE
            axes.stairs(shares / widths / seen.total() * 100, edges, color=colour, label=subject)
    axes.set(xscale="log", title=title, ylabel="% of the requests")


def tail(axes: Axes, counts: Mapping[str, Counter[int]]) -> None:
    """The latency that is exceeded by ever fewer requests."""
    places = np.arange(len(PERCENTILES))
    for subject, colour in COLOURS.items():
        if subject in counts:
            axes.plot([percentile(counts[subject], each) for each in PERCENTILES], places, "o-", color=colour, label=subject)
    axes.set_yticks(places, [f"p{each:g}" for each in PERCENTILES])
    axes.set(xscale="log", xlabel="latency in µs")
    axes.margins(y=0.15)


def growth(axes: Axes, curves: Mapping[int, Samples], what: str, unit: str) -> None:
    """A curve of each subject: the medians, and the range of the rounds as a line at each."""
    for subject, colour in COLOURS.items():
        points = {count: samples[subject] for count, samples in curves.items() if samples.get(subject)}
        if points:
            middles = [median(values) for values in points.values()]
            below = [m - min(values) for m, values in zip(middles, points.values(), strict=True)]
            above = [max(values) - m for m, values in zip(middles, points.values(), strict=True)]
            axes.errorbar(list(points), middles, yerr=[below, above], fmt="o-", color=colour, label=subject)
    axes.set(xscale="log", xlabel=what, ylabel=unit)
    axes.set_xticks(list(curves), [f"{count:,}" for count in curves])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)


def add_legend(figure: Figure) -> None:
    """One for all axes, above them."""
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False)


def throughput_chart(results: Results) -> Figure:
    figure = Figure(figsize=(8, 4), layout="constrained")
    groups = {condition.title: results.samples[f"{condition.title}: rate"] for condition in CONDITIONS}
    bars(figure.subplots(), groups, "requests/s, more is better")
    add_legend(figure)
    return figure


def latency_chart(results: Results) -> Figure:
    figure = Figure(figsize=(11, 6), layout="constrained")
    rows = figure.subplots(2, len(CONDITIONS), squeeze=False, sharex="col", height_ratios=(2, 1))
    for column, condition in enumerate(CONDITIONS):
        counts = results.histograms[condition.title]
        histogram(rows[0, column], counts, condition.title)
        tail(rows[1, column], counts)
    add_legend(figure)
    return figure


def sdk_calls_chart(results: Results) -> Figure:
    figure = Figure(figsize=(8, 5), layout="constrained")
    overheads = {series.source: results.of(series) for series in SdkCalls.series if series.above}
    bars(figure.subplots(), overheads, "ns a call more than in C, less is better")
    add_legend(figure)
    return figure


def connections_chart(results: Results) -> Figure:
    figure = Figure(figsize=(8, 4), layout="constrained")
    curves = {count: results.samples.get(f"{count}: rate", {}) for count in CONNECTIONS}
    growth(figure.subplots(), curves, "connections", "requests/s, more is better")
    add_legend(figure)
    return figure


def instances_chart(results: Results) -> Figure:
    """The milliseconds for each instance: a level curve is one that grows no faster than their number."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    curves = {
        count: {
            subject: [seconds / count * 1000 for seconds in values]
            for subject, values in results.samples.get(f"{SQLITE}: {count}: time", {}).items()
        }
        for count in (*INSTANCES, LARGEST)
    }
    growth(figure.subplots(), curves, "instances", "ms an instance, less is better")
    add_legend(figure)
    return figure


def routes_chart(results: Results) -> Figure:
    figure = Figure(figsize=(8, 6), layout="constrained")
    start, last = figure.subplots(2, 1)
    for axes, key, unit in ((start, "start", "ms of Orthanc's start"), (last, "last", "requests/s to the last")):
        growth(axes, {count: results.samples.get(f"{count}: {key}", {}) for count in ROUTES}, "routes", unit)
    add_legend(figure)
    return figure


CHARTS: dict[type[Measurement], dict[str, Callable[[Results], Figure]]] = {
    RestCallback: {"throughput": throughput_chart, "latency": latency_chart},
    SdkCalls: {"sdk-calls": sdk_calls_chart},
    ManyConnections: {"connections": connections_chart},
    ManyInstances: {"instances": instances_chart},
    ManyRoutes: {"routes": routes_chart},
}


def draw(found: Mapping[Measurement, Results], folder: Path) -> list[Path]:
    """Draw the charts that have figures. Return the files."""
    written = []
    with mpl.rc_context(STYLE):
        for measurement, results in found.items():
            for name, chart in CHARTS.get(type(measurement), {}).items():
                figure = chart(results)
                folder.mkdir(parents=True, exist_ok=True)
                figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
                written.append(folder / f"{name}.svg")
    return written
