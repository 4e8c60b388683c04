# SPDX-License-Identifier: GPL-3.0-or-later
"""The charts of the benchmark that the pages show."""

from __future__ import annotations

from pathlib import Path

from bench.charts import draw
from bench.model import ESTABLISHED, OURS, PLAIN
from tests.unit.house.bench_results import made_up_results


def test_charts_are_the_same_bytes_again(tmp_path: Path) -> None:
    found = made_up_results()
    first = {path.name: path.read_text() for path in draw(found, tmp_path / "a")}
    assert first.keys() == {"throughput.svg", "latency.svg"}
    assert {path.name: path.read_text() for path in draw(found, tmp_path / "b")} == first
    assert "<dc:date>" not in first["latency.svg"]
    assert all(name in first[chart] for name in (OURS, ESTABLISHED, PLAIN) for chart in first)
