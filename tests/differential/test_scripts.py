# SPDX-License-Identifier: GPL-3.0-or-later
"""Each script does the same with the established plugin and with ours."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from case import Case, all_cases
from compare import faults
from side import Side

from bench.established import Established
from tests.integration.web_server import WebServer


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_script(case: Case, sides: tuple[Side, Side], established: Established, web: WebServer, tmp_path: Path) -> None:
    if not case.runs_with(established.generation):
        pytest.skip(f"needs the established plugin {case.since}")
    with ThreadPoolExecutor() as threads:
        runs = [threads.submit(side.run, case, tmp_path / name, web) for side, name in zip(sides, ("then", "now"), strict=True)]
        results = [run.result() for run in runs]
    wrong = faults(case.name, established.generation, *results)
    assert not wrong, wrong
