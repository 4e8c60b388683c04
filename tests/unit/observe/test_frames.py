# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Pythons can read the stacks of running threads."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

MODULE = Path(__file__).parents[3] / "src" / "plugin" / "embedded" / "observe" / "frames.py"


@pytest.mark.parametrize(
    ("version", "with_gil", "readable"),
    [
        ((3, 12, 9), None, True),
        ((3, 13, 0), True, True),  # also 3.13t, once a package has turned the GIL on
        ((3, 13, 9), False, False),
        ((3, 14, 0), False, True),
    ],
)
def test_obstacle(
    version: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch, *, with_gil: bool | None, readable: bool
) -> None:
    spec = importlib.util.spec_from_file_location("frames", MODULE)
    assert spec and spec.loader
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(sys, "version_info", version)
    if with_gil is None:
        monkeypatch.delattr(sys, "_is_gil_enabled", raising=False)
    else:
        monkeypatch.setattr(sys, "_is_gil_enabled", lambda: with_gil, raising=False)
    assert module.obstacle() == ("" if readable else module.UNREADABLE)
