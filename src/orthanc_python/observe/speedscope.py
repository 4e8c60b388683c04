# SPDX-License-Identifier: GPL-3.0-or-later
"""A profile in the file format of speedscope (https://www.speedscope.app), a page that draws it."""

from __future__ import annotations

from typing import Any


def speedscope(profile: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the answer of /python/profile in that format: a profile for each thread."""
    frames: dict[tuple[str, int, str], int] = {}
    threads: dict[str, list[tuple[list[int], float]]] = {}
    for stack in profile["Stacks"]:
        indexes = [frames.setdefault((file, line, function), len(frames)) for file, line, function in stack["Frames"]]
        threads.setdefault(stack["Thread"], []).append((indexes, stack["Count"] * profile["Interval"]))
    return {
        "$schema": "https://www.speedscope.app/file-format-schema.json",
        "name": name,
        "exporter": "orthanc-python",
        "activeProfileIndex": 0,
        "shared": {"frames": [{"name": function, "file": file, "line": line} for file, line, function in frames]},
        "profiles": [
            {
                "type": "sampled",
                "name": thread,
                "unit": "seconds",
                "startValue": 0,
                "endValue": sum(weight for _, weight in samples),
                "samples": [indexes for indexes, _ in samples],
                "weights": [weight for _, weight in samples],
            }
            for thread, samples in threads.items()
        ],
    }
