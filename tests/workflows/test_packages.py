# SPDX-License-Identifier: GPL-3.0-or-later
"""ci/test asks a machine for no package that its archive lacks, and takes the browser that is there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orthanc_release.rehearse.machines import Runner, read_runners
from orthanc_release.rehearse.workflow_files import read_workflow

ROOT = Path(__file__).resolve().parents[2]
USUAL = ["bash", "cat", "cksum", "cut", "dirname", "env", "grep", "head", "id", "mkdir", "mktemp", "rm", "sed", "tail", "tr"]
BROWSER = {"chromium", "chromium-driver"}
CALLS = [
    (job.full_name, read_runners()[job.runs_on], step.run)
    for file in sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    for job in read_workflow(file).jobs
    for step in job.steps
    if step.run and re.search(r"\bci/test\b", step.run)
]


def write_program(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def requested(folder: Path, arguments: list[str], candidate: str, programs: list[str], driver: str = "") -> set[str]:
    """Return the packages that ci/test asks apt-get for, where no package is installed and apt-get fails then."""
    bin_folder, log = folder / "bin", folder / "packages"
    bin_folder.mkdir()
    for name in USUAL:  # of this system, without its browser, and without Python, so that no step can run
        (bin_folder / name).symlink_to(str(shutil.which(name)))
    write_program(bin_folder / "dpkg-query", "exit 1")
    write_program(bin_folder / "sudo", '"$@"')
    write_program(bin_folder / "apt-get", f'[ "$1" != install ] || {{ echo "$@" >"{log}"; exit 100; }}')
    answer = f"chromium:\\n  Installed: (none)\\n  Candidate: {candidate}\\n" if candidate else ""
    write_program(bin_folder / "apt-cache", f"[ \"$*\" = 'policy chromium' ] && printf '{answer}'")
    for name in programs:
        write_program(bin_folder / name, "exit 1")
    if driver:
        write_program(folder / driver / "chromedriver", "exit 1")
    environment = {"PATH": str(bin_folder), "HOME": str(folder), "LANG": "C.UTF-8"}
    environment |= {"CHROMEWEBDRIVER": str(folder / driver)} if driver else {}
    command = [bin_folder / "bash", ROOT / "ci" / "test", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "FAILED: Installing packages" in done.stderr, done.stderr
    return {word for word in log.read_text(encoding="utf-8").split() if word != "install" and word[0] != "-"}


@pytest.mark.parametrize(("job", "runner", "command"), CALLS, ids=[call[0] for call in CALLS])
def test_no_package_is_one_that_the_runner_lacks(job: str, runner: Runner, command: str, tmp_path: Path) -> None:
    """apt-get installs nothing at all where one of its packages is unknown. GitHub's machines have Chrome and its driver."""
    _, _, arguments = command.partition("ci/test")
    found = requested(tmp_path, shlex.split(arguments), "", ["google-chrome"], "driver")
    assert {"cmake", "shellcheck"} <= found and not found & set(runner.lacks)
    assert "chromium" in runner.lacks


@pytest.mark.parametrize(
    ("candidate", "programs", "asked"),
    [
        ("148.0.1-1", [], True),  # Debian
        ("148.0.1-1", ["google-chrome", "chromedriver"], True),
        ("", [], True),  # Debian before its first apt-get update
        ("", ["google-chrome"], True),  # without a driver
        ("", ["google-chrome", "chromedriver"], False),
        ("(none)", ["google-chrome", "chromedriver"], False),
    ],
)
def test_which_machine_gets_chromium(candidate: str, programs: list[str], asked: bool, tmp_path: Path) -> None:
    assert requested(tmp_path, [], candidate, programs) & BROWSER == (BROWSER if asked else set())


def test_quick_tests_need_no_browser(tmp_path: Path) -> None:
    assert not requested(tmp_path, ["--quick"], "148.0.1-1", []) & BROWSER


def test_the_driver_of_the_runner(tmp_path: Path) -> None:
    """sudo gives no other variable on."""
    (command,) = (command for job, _, command in CALLS if job == "test.all")
    assert "--preserve-env=CI,CHROMEWEBDRIVER " in command
    write_program(tmp_path / "driver" / "chromedriver", "exit 1")
    write_program(tmp_path / "bin" / "chromedriver", "exit 1")
    program = [sys.executable, "-c", "import browsers; print(browsers.DRIVER)"]
    environment = {**os.environ, "PATH": str(tmp_path / "bin"), "PYTHONPATH": str(ROOT / "tests" / "site")}
    for folder in ("driver", "bin"):
        known = {"CHROMEWEBDRIVER": str(tmp_path / "driver")} if folder == "driver" else {}
        done = subprocess.run(program, env={**environment, **known}, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == str(tmp_path / folder / "chromedriver")
