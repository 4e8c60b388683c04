# SPDX-License-Identifier: GPL-3.0-or-later
"""ci/build, where it does not end as it should."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import FOLDER, ROOT


def processes_about(folder: Path) -> list[str]:
    """The command lines of this machine's processes that name a folder, or run in it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(folder) in f"{line}{(process / 'cwd').readlink()}":
                found.append(line)
        except OSError:  # it has just ended
            continue
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_nothing_running(tmp_path: Path, number: signal.Signals) -> None:
    """One that reaches the script only, as the end of a job does; Ctrl-C reaches what it has started too."""
    # Where the tests are a background job of a script, SIGINT is ignored.
    command = ["env", "--default-signal=INT", sys.executable, str(ROOT / "ci" / "module.py"), "builds.cross", "--tested"]
    command += ["--output", str(tmp_path), "linux-x86_64", "windows-x86"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        while len([line for line in processes_about(tmp_path) if line.startswith("ninja ")]) < 2:
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.1)
        process.send_signal(number)
        output, _ = process.communicate(timeout=60)
    finally:
        process.terminate()
        process.wait(timeout=60)
    assert process.returncode == 130
    assert "everything that was started has ended" in output
    assert processes_about(tmp_path) == []
    assert len([folder for folder in tmp_path.iterdir() if folder.name in ("linux-x86_64", "windows-x86")]) == 2, output


def test_the_compilers_find_nothing() -> None:
    logs = list(FOLDER.glob("*/python*.log"))
    assert logs
    assert [line for log in logs for line in log.read_text().splitlines() if "warning:" in line] == []


def test_sources_without_python_are_compiled_once() -> None:
    """For all CPythons of a target. A build that finds all up to date compiles none."""
    logs = [log.read_text() for log in FOLDER.glob("linux-x86_64/python*.log")]
    assert len(logs) > 1, "ci/build --tested makes two"
    for folder in ("src/common/CMakeFiles", "src/plugin/CMakeFiles/OrthancPythonBase.dir"):
        assert len([log for log in logs if f"Building CXX object {folder}" in log]) <= 1
