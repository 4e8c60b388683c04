# SPDX-License-Identifier: GPL-3.0-or-later
"""Loads finished libraries and has each run a script, where this machine can."""

from __future__ import annotations

import contextlib
import re
import tempfile
from pathlib import Path

from orthanc_release.artifacts import sha256
from orthanc_release.libraries.checks import Checked
from orthanc_release.trial.host_program import HostProgram, private_wine, why_not
from orthanc_release.trial.records import read_notes

SCRIPT = """
import orthanc, sysconfig

def answer(output, uri, **request):
    version = sysconfig.get_python_version() + "t" * bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    output.AnswerBuffer(version, "text/plain")

orthanc.RegisterRestCallback("/version", answer)
"""
PLACES = {"native": "natively", "wine": "under Wine", "qemu": "under QEMU"}
COMMANDS = "start\nget /version\nstop\n"


class Trials:
    """Runs libraries. Ends its Wine at its exit."""

    def __init__(self, programs: Path) -> None:
        """`programs`: the folder of ci/build, whose targets have the program of tests/host."""
        self.programs = programs
        self.stack = contextlib.ExitStack()
        self.wine: dict[str, str] | None = None

    def __enter__(self) -> Trials:
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def run(self, plugin: Checked, loader: Path | None) -> tuple[bool | None, str]:
        """Run a plugin, with its loader if it has one: whether it ran well, None if it cannot run here; where, or why not.

        One that cannot run here, but has run on the machine that built it, ran well.
        """
        target, python = plugin.promise.target, plugin.promise.python
        assert python is not None
        folder = self.programs / target.name
        if (reason := why_not(target, python, folder)) is not None:
            noted = read_notes(folder).get(sha256(plugin.file))
            return (None, f"not run: {reason}") if noted is None else (True, noted)
        with tempfile.TemporaryDirectory() as work:
            host = HostProgram(target, python, folder, Path(work), self._environment(target.runner))
            library, commands, section = plugin.file, COMMANDS, {}
            if loader is None or host.system is not None:
                host.find_libpython_by_the_system()
            if host.system is not None:
                commands = host.open_libpython() + commands
            elif loader is not None:
                library = loader
                section = {"Executable": host.executable or ""}
            status, output = host.run(library.resolve(), SCRIPT, commands, section)
        if status == 0 and f"200 {python}" in output.splitlines():
            return True, PLACES[str(target.runner)]
        return False, f"does not run a script with CPython {python} (exit status {status}): {cause_in(output)}"

    def _environment(self, runner: str | None) -> dict[str, str]:
        if runner != "wine":
            return {}
        if self.wine is None:
            self.wine = self.stack.enter_context(private_wine())
        return dict(self.wine)


def cause_in(output: str) -> str:
    """Return the lines that say why a program failed: from the first error on, or the last ones, in one line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    # CPython names the error first, and then the threads and what else it knows.
    first = next((number for number, line in enumerate(lines) if re.search(r"error|cannot|failed", line, re.IGNORECASE)), -3)
    return " / ".join(lines[first:][:8])
