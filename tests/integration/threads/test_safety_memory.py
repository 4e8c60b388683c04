# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's memory under load: a short version of `nox -s soak`, and whatever a callback leaves behind."""

from __future__ import annotations

import pytest
from conftest import Servers
from every_callback import KINDS, EveryCallback
from helpers import eventually
from rich.progress import Progress

from bench.soak import memory

SHARE = 0.02  # of the usual numbers of requests
LIMIT = 8.0  # percent: so few requests leave more of what is only taken once to the time after the warm-up


@pytest.mark.release_build
def test_resident_size(orthanc: Servers) -> None:
    server = orthanc(memory.SCRIPT, environment=memory.SETTLED, configuration=memory.UNCACHED)
    with Progress(disable=True) as progress:
        outcomes, _ = memory.soak(server, SHARE, progress)
    assert len(outcomes) >= 3
    assert {outcome.load.name: outcome.sizes for outcome in outcomes if outcome.growth > LIMIT} == {}


# Whatever keeps the exception, its traceback, the frame of the callback or its result keeps one of these too.
MARK = """
if "Marker" not in kept:
    kept["Marker"] = type("Marker", (), {})
mark = kept["Marker"]()
"""
COUNT = """
import gc
gc.collect()
outcome = sum(type(each) is kept["Marker"] for each in gc.get_objects())
"""


@pytest.fixture(scope="module")
def callbacks(module_orthanc: Servers) -> EveryCallback:
    return EveryCallback(module_orthanc)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_kept(callbacks: EveryCallback, kind: str) -> None:
    for code in ("", "raise LookupError(mark)", "raise SystemExit(mark)", "result = mark"):
        for _ in range(3):
            callbacks.run(kind, MARK + code)
        assert eventually(lambda: callbacks.run("rest", COUNT) == 0), code or "success"
