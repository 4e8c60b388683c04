# SPDX-License-Identifier: GPL-3.0-or-later
"""Measurements of the plugin, with a stop of Orthanc at their very beginning."""

from __future__ import annotations

import importlib.util
import sys
import threading
import types
from pathlib import Path
from typing import Any

import pytest

MODULE = Path(__file__).parents[3] / "src" / "plugin" / "embedded" / "observe" / "measurement.py"


def loaded(monkeypatch: pytest.MonkeyPatch, *, stopping: bool) -> tuple[Any, Any]:
    """Return the module, and what stands for the plugin's module of threads."""
    threads: Any = types.ModuleType("_orthanc_threads")
    threads.allocate_lock = threading.Lock
    threads.is_stopping = lambda: stopping
    monkeypatch.setitem(sys.modules, "_orthanc_threads", threads)
    spec = importlib.util.spec_from_file_location("measurement", MODULE)
    assert spec and spec.loader
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, threads


def test_a_stop_at_the_beginning_of_a_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would release a lock that is not held yet, and Orthanc's stop would end there."""
    module, threads = loaded(monkeypatch, stopping=False)

    class Stopping:
        """A lock that is asked for just when Orthanc stops."""

        def __init__(self) -> None:
            self._lock = threading.Lock()

        def acquire(self, *arguments: Any, **options: Any) -> bool:
            module.stop()
            return self._lock.acquire(*arguments, **options)

        def release(self) -> None:
            self._lock.release()

    measurement = module.Measurement(lambda seconds: "measured")
    threads.allocate_lock = Stopping
    assert measurement.run(1.0) == b"measured"
    assert measurement.run(1.0) == b"measured"


def test_a_measurement_that_begins_after_the_stop() -> None:
    """It ends at once: the stop has passed already, and nobody else would end it."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        module, _ = loaded(monkeypatch, stopping=True)
        measurement = module.Measurement(lambda seconds: str(measurement.pause(0.01)))
        assert measurement.run(1.0) == b"True"
