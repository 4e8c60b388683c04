# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of /python/threads about the wait of a thread, from the plugin's list of its calls."""

from __future__ import annotations

import importlib.util
import sys
import types
from pathlib import Path
from typing import Any

import pytest

MODULE = Path(__file__).parents[3] / "src" / "plugin" / "embedded" / "observe" / "stacks.py"


def call(seconds: float, kind: str = "orthanc", gil: bool = False) -> dict[str, Any]:
    return {"Seconds": seconds, "Kind": kind, "Function": f"after{seconds:g}", "WaitsForGil": gil}


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([], ""),
        ([call(3, "rest")], ""),
        ([call(3, "rest"), call(2)], "Orthanc, in after2"),
        ([call(3, "rest"), call(2, gil=True)], "the GIL"),
        ([call(3, "rest"), call(2), call(1, "rest")], ""),  # Orthanc has called back on the same thread
        ([call(2, "handle")], "another thread, which uses the after2 of the callback that has returned"),
        ([call(4, "rest"), call(1), call(2, "rest"), call(3, gil=True)], "Orthanc, in after1"),
    ],
)
def test_innermost_call(calls: list[dict[str, Any]], expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_orthanc_errors", "_orthanc_frames", "_orthanc_importer", "_orthanc_threads"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    spec = importlib.util.spec_from_file_location("stacks", MODULE)
    assert spec and spec.loader
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module._waits_for(calls) == expected
