# SPDX-License-Identifier: GPL-3.0-or-later
"""Measurements: series of figures for each plugin, and the goals they are judged by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar

if TYPE_CHECKING:
    from bench.subjects import Subject

OURS = "orthanc-python"
ESTABLISHED = "established plugin"
PLAIN = "plain C"
NONE = "no plugin"
FREE_THREADED = "free-threaded"

SQLITE = "SQLite"
POSTGRESQL = "PostgreSQL"
DATABASES = (SQLITE, POSTGRESQL)

T = TypeVar("T")
Judgement = Literal["met", "missed", "not measured"]


@dataclass(frozen=True)
class Goal:
    """A bound of a subject's median: in the series' unit, or as a multiple of another subject's median."""

    bound: Literal["at least", "at most"]
    value: float
    of: str | None = None
    subject: str = OURS

    def __str__(self) -> str:
        whose = "" if self.subject == OURS else f"{self.subject}: "
        return f"{whose}{self.bound} {self.value:g}" + (f" times {self.of}" if self.of else "")


@dataclass(frozen=True)
class Verdict:
    """A goal, the figure it is compared with (None when there is none), and what comes of it."""

    goal: Goal
    figure: float | None
    judgement: Judgement


@dataclass(frozen=True)
class Series:
    """A figure of each subject. With `above`, it is not measured but derived, round by round: how much the series `source` of a
    subject is above that of the subject `above`."""

    key: str
    title: str
    unit: str
    goals: tuple[Goal, ...] = ()
    source: str = ""
    above: str = ""


Samples = dict[str, list[float]]  # by subject, a figure a round


def each_database(*series: Series) -> tuple[Series, ...]:
    """Return the series once for each database of Orthanc's index; its name begins the key and the title."""
    return tuple(
        replace(each, key=f"{database}: {each.key}", title=f"{database}: {each.title}")
        for database in DATABASES
        for each in series
    )


def judge(goal: Goal, samples: Samples) -> Verdict:
    """Return whether the goal is met; "not measured" also where the reference is not positive, so that no ratio can be told."""
    if not samples.get(goal.subject):
        return Verdict(goal, None, "not measured")
    figure = median(samples[goal.subject])
    if goal.of is not None:
        reference = median(samples[goal.of]) if samples.get(goal.of) else 0.0
        if reference <= 0:
            return Verdict(goal, None, "not measured")
        figure /= reference
    met = figure >= goal.value if goal.bound == "at least" else figure <= goal.value
    return Verdict(goal, figure, "met" if met else "missed")


def difference(samples: Samples, baseline: str) -> Samples:
    """Return each subject's excess over the baseline in the same round; nothing where the baseline was not measured."""
    base = samples.get(baseline, [])
    return {
        subject: [value - below for value, below in zip(values, base, strict=False)]
        for subject, values in samples.items()
        if subject != baseline and base
    }


@dataclass
class Results:
    """The results of a measurement so far."""

    samples: dict[str, Samples] = field(default_factory=dict)
    histograms: dict[str, dict[str, Counter[int]]] = field(default_factory=dict)  # by title and subject; values and how often
    notes: list[str] = field(default_factory=list)
    failed: bool = False

    def add(self, key: str, subject: str, value: float) -> None:
        self.samples.setdefault(key, {}).setdefault(subject, []).append(value)

    def add_histogram(self, title: str, subject: str, counts: Counter[int]) -> None:
        self.histograms.setdefault(title, {}).setdefault(subject, Counter()).update(counts)

    def note(self, text: str) -> None:
        """Something the reader of the table must know; said once."""
        if text not in self.notes:
            self.notes.append(text)

    def of(self, series: Series) -> Samples:
        """The samples of a series, measured or derived."""
        if series.above:
            return difference(self.samples.get(series.source, {}), series.above)
        return self.samples.get(series.key, {})


@dataclass(frozen=True)
class Effort:
    """How much time the figures are worth."""

    rounds: int
    seconds: int  # of load in each condition
    scale: float  # of the sizes and numbers that are not times
    quick: bool = False


FULL = Effort(rounds=5, seconds=3, scale=1.0)
QUICK = Effort(rounds=1, seconds=1, scale=0.1, quick=True)


class Measurement:
    """One concern. Subclasses say what they measure, and measure one round of one subject; the rounds are interleaved, so that
    whatever else the machine does falls on all subjects alike."""

    name: ClassVar[str]
    title: ClassVar[str]
    series: ClassVar[tuple[Series, ...]]
    subjects: ClassVar[tuple[str, ...]] = (OURS, ESTABLISHED, PLAIN)
    databases: ClassVar[tuple[str, ...]] = (SQLITE,)  # for Orthanc's index, all in each round
    most_rounds: ClassVar[int] = 100

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        """Remove what all rounds share, after the last one."""

    def verdicts(self, results: Results) -> list[tuple[Series, Verdict]]:
        return [(series, judge(goal, results.of(series))) for series in self.series for goal in series.goals]


def in_turn(items: Sequence[T], number: int) -> list[T]:
    """The order of a round: each time another one comes first."""
    first = number % len(items) if items else 0
    return [*items[first:], *items[:first]]
