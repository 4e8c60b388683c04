# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the host program of tests/host with a plugin, both built with sanitizers: see ci/sanitize.

ORTHANC_PYTHON_SANITIZED is the folder of the build.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass
class Run:
    """The result of a run of the host."""

    status: int
    lines: list[str]  # what the host printed, see tests/host/main.cpp
    report: str  # the standard error, with the reports of the sanitizers

    def check(self) -> list[str]:
        """Return the lines of the run. Fail if the host or a sanitizer reported an error."""
        assert self.status == 0 and self.lines[-1:] == ["end"], f"exit status {self.status}:\n{self.lines}\n{self.report}"
        words = ("Sanitizer", "runtime error:", "nanobind: leaked")
        assert not any(word in self.report for word in words), self.report
        return self.lines


@pytest.fixture
def host(tmp_path: Path) -> Callable[[str, str], Run]:
    """Run commands of the host with a script."""
    folder = Path(os.environ["ORTHANC_PYTHON_SANITIZED"]).resolve()
    environment = {
        **os.environ,
        # Python's own allocator would hide single objects. The unwinder that needs no frame pointers, because CPython has none.
        "PYTHONMALLOC": "malloc",
        "ASAN_OPTIONS": "detect_leaks=1:fast_unwind_on_malloc=0:malloc_context_size=40",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    }

    def run(script: str, commands: str) -> Run:
        files = {"script.py": script, "commands.txt": commands}
        files["orthanc.json"] = json.dumps({"PythonScript": str(tmp_path / "script.py")})
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        program = [folder / "host", folder / "libOrthancPython.so", tmp_path / "orthanc.json", tmp_path / "commands.txt"]
        done = subprocess.run(program, capture_output=True, env=environment, stdin=subprocess.DEVNULL, timeout=170)
        return Run(done.returncode, done.stdout.decode(errors="replace").splitlines(), done.stderr.decode(errors="replace"))

    return run
