# SPDX-License-Identifier: GPL-3.0-or-later
"""The charts and figures of the benchmark that the pages show."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import history, page
from bench.charts import CHARTS, draw
from bench.measurements.many.connections import CONNECTIONS, ManyConnections
from bench.measurements.many.instances import INSTANCES, ManyInstances
from bench.model import ESTABLISHED, OURS, PLAIN, SQLITE, Results
from tests.checkout import ROOT
from tests.unit.house.bench_results import made_up_results


def test_charts_are_the_same_bytes_again(tmp_path: Path) -> None:
    found = made_up_results()
    first = {path.name: path.read_text() for path in draw(found, tmp_path / "a")}
    assert first.keys() == {"throughput.svg", "latency.svg"}
    assert {path.name: path.read_text() for path in draw(found, tmp_path / "b")} == first
    assert "<dc:date>" not in first["latency.svg"]
    assert all(name in first[chart] for name in (OURS, ESTABLISHED, PLAIN) for chart in first)


def test_growth_is_a_curve_of_each_plugin(tmp_path: Path) -> None:
    results = Results()
    for count in CONNECTIONS:
        for subject in (OURS, ESTABLISHED, PLAIN):
            results.add(f"{count}: rate", subject, 1000 * count)
    (chart,) = draw({ManyConnections(): results}, tmp_path)
    text = chart.read_text()
    assert all(f">{label}<" in text for label in (*map(str, CONNECTIONS), OURS, ESTABLISHED, PLAIN))


def test_growth_with_instances_is_for_each_of_them(tmp_path: Path) -> None:
    results = Results()
    for count in INSTANCES:  # not the largest number, for which there was no room
        results.add(f"{SQLITE}: {count}: time", OURS, count * 0.002)
    (chart,) = draw({ManyInstances(): results}, tmp_path)
    text = chart.read_text()
    assert ">10,000<" in text and ">100,000<" in text and f">{OURS}<" in text and f">{ESTABLISHED}<" not in text


@pytest.mark.parametrize("name", [name for charts in CHARTS.values() for name in charts])
def test_each_chart_is_in_the_repository(name: str) -> None:
    assert "<svg" in (ROOT / "bench" / "charts" / f"{name}.svg").read_text()


def test_figures_are_all_of_the_newest_full_run() -> None:
    records = history.read(ROOT / "bench" / "history.jsonl")
    text = (ROOT / "docs" / "speed.md").read_text(encoding="utf-8")
    assert page.figures(page.newest(records)) in text
    assert page.comparisons(records) in text
    times = f"{page.headline(page.newest(records)):.1f}"
    assert f"{times} times the callbacks per second" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_run_of_some_measurements_changes_no_page() -> None:
    records = history.read(ROOT / "bench" / "history.jsonl")
    full = page.newest(records)
    part = {**full, "results": {"rest": full["results"]["rest"]}}
    assert page.newest([*records, part]) is full
    with pytest.raises(ValueError, match="run ci/bench without names"):
        page.newest([part])
