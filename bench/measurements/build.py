# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a clean build takes, and how large the library is."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from bench.model import ESTABLISHED, OURS, Effort, Goal, Measurement, Results, Series
from bench.processes import MEGABYTE, run_to_the_end
from bench.subjects import ROOT, Subject

BUILD_TIME = 15.0  # seconds


class Build(Measurement):
    name = "build"
    title = "Build and library"
    subjects = (OURS, ESTABLISHED)
    most_rounds = 1
    series = (
        Series("time", "clean build, configured before", "s", (Goal("at most", BUILD_TIME),)),
        Series("size", "size of the library", "MB", (Goal("at most", 1, ESTABLISHED),)),
    )

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        if subject.library is not None:
            results.add("size", subject.name, subject.library.stat().st_size / MEGABYTE)
        if subject.name == OURS:
            results.note(
                "The library stands alone, with the C++ runtime in it; the established one needs Boost and JsonCpp besides."
            )
            if effort.quick:
                results.note("A quick run does not build.")
            else:
                results.add("time", subject.name, self._build(subject))

    def _build(self, subject: Subject) -> float:
        if subject.build is None:
            raise ValueError(f"{subject.name} was not built here")
        environment = {**os.environ, "PATH": "/usr/bin:/bin"}
        with tempfile.TemporaryDirectory() as folder:
            tools = subject.build.resolve() / "build-tools"
            if tools.exists():  # those of the first build, so that they need not be downloaded
                Path(folder, "build-tools").symlink_to(tools)
            configure: list[str | Path] = [
                "cmake",
                "-S",
                ROOT,
                "-B",
                folder,
                "-G",
                "Ninja",
                "-DSTATIC_BUILD=ON",
                "-DCMAKE_BUILD_TYPE=Release",
            ]
            run_to_the_end(configure, environment)
            start = time.perf_counter()
            run_to_the_end(["cmake", "--build", folder], environment)
            return time.perf_counter() - start
