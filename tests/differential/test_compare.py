# SPDX-License-Identifier: GPL-3.0-or-later
"""A fault of our plugin is found where both plugins do the same, and where any difference is known."""

from __future__ import annotations

from typing import Any

from compare import faults

ALIVE: dict[str, Any] = {"steps": {"1 RESET": "seen", "2 GET /alive": {"status": 200}}, "end": 0}
CRASHED: dict[str, Any] = {"steps": {"1 RESET": "ConnectionError"}, "end": -11}


def test_what_never_comes_on_both_sides() -> None:
    result = {"steps": {"1 PRINTED done": "never"}}
    assert faults("some_case", "4.0", result, result) == "never came here: 1 PRINTED done"
    assert faults("some_case", "4.0", {"steps": {"1 GET /": "never"}}, {"steps": {"1 GET /": "seen"}}) != ""


def test_what_is_required() -> None:
    assert faults("reset_events", "4.0", CRASHED, ALIVE) == ""
    assert faults("reset_events", "4.0", CRASHED, {**ALIVE, "end": -6}) == "required here: end is 0, and not -6"
    for steps in (CRASHED["steps"], {**ALIVE["steps"], "2 GET /alive": {"status": 404}}):
        said = faults("reset_events", "4.0", CRASHED, {"steps": steps, "end": 0})
        assert "required here: steps/2 GET /alive/status is 200" in said
