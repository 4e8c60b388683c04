# SPDX-License-Identifier: GPL-3.0-or-later
"""ci/rehearse: its options, the jobs that it takes, and the machines that it needs for them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from orthanc_release.rehearse import __main__ as rehearse
from orthanc_release.rehearse import machines
from orthanc_release.rehearse.jobs import JobResult
from orthanc_release.rehearse.machines import NotRehearsedError, RootMachine, read_runners
from orthanc_release.rehearse.workflow_files import Workflow, read_workflow

UBUNTU = read_runners()["ubuntu-24.04"]


def test_wrong_options(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, text in (
        (["--artifact", "one=/absent/1", "--artifact", "two=/absent/2"], "--artifact one: the folder /absent/1 does not exist"),
        (["test.absent"], "there is no job test.absent; there are "),
    ):
        with pytest.raises(SystemExit):
            rehearse.main(arguments)
        assert text in capsys.readouterr().err


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert rehearse.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split()[0].startswith("test.") for line in lines) and len(lines) > 5


@pytest.mark.parametrize("chosen", [True, False])
def test_jobs_that_run(chosen: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the jobs that are named, or all of all workflows."""
    run: dict[str, set[str]] = {}

    class Rehearsal:
        def __init__(self, workflow: Workflow, *_: Any) -> None:
            self.workflow = workflow

        def run(self, wanted: set[str]) -> list[JobResult]:
            run[self.workflow.name] = wanted
            return []

    monkeypatch.setattr(rehearse, "Rehearsal", Rehearsal)
    workflows = {each.name: each for each in map(read_workflow, rehearse.WORKFLOWS.glob("*.yml"))}
    docs = workflows["docs"].jobs[0]
    rehearse.main([docs.full_name] if chosen else [])
    everything = {name: {job.name for job in each.jobs} for name, each in workflows.items()}
    assert run == ({"docs": {docs.name}} if chosen else everything)


SAMPLE = """
on: push
jobs:
  always:
    runs-on: another-system
    steps: [{run: ci/first}]
  never:
    runs-on: another-system
    if: github.event_name == 'schedule'
    steps: [{run: ci/first}]
  sometimes:
    runs-on: another-system
    if: github.event_name == 'push'
    steps: [{run: ci/first}]
"""


def test_conditions_and_unknown_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearse, "LOGS", tmp_path / "logs" / "rehearsal")
    (tmp_path / "sample.yml").write_text(SAMPLE)
    results = rehearse.Rehearsal(read_workflow(tmp_path / "sample.yml"), {}).run({"always", "never", "sometimes"})
    unknown = "runners.toml has no machine another-system"
    assert {result.job.name: result.reason for result in results} == {
        "always": unknown,
        "never": "its condition is not met: github.event_name == 'schedule'",
        "sometimes": unknown,
    }


def test_root_that_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("geteuid", lambda: 0), ("chown", lambda *_: None)):
        monkeypatch.setattr(os, name, value)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/sbin/{program}")
    monkeypatch.setattr(machines, "HERE", tmp_path)
    script = tmp_path / "make_root.sh"
    script.write_text('#!/bin/sh\n[ "$#" = 4 ] && echo "/roots/$1"\n')
    script.chmod(0o755)
    machine = RootMachine(UBUNTU, tmp_path / "rehearsal" / "job")
    assert machine.lower == Path("/roots/runner-ubuntu-24.04") and machine.home.is_dir()
    script.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(NotRehearsedError, match=r"ubuntu-24.04 could not be made: see above$") as error:
        RootMachine(UBUNTU, tmp_path / "another" / "job")
    assert error.value.missing


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounts need root on Linux")
def test_what_enters_a_mount_namespace_has_the_root_of_the_job(tmp_path: Path) -> None:
    """As `podman exec` does: after a chroot alone, it would run in the root of this machine."""
    inside, entered = ["stat", "--format=%d:%i", "/"], ["nsenter", "--mount=/proc/self/ns/mnt"]
    if subprocess.check_output(inside) != subprocess.run([*entered, *inside], capture_output=True).stdout:
        pytest.skip("this is a chroot itself: what enters its mount namespace has another root")
    for folder in ("dev", "etc", "proc", "sys"):
        (tmp_path / folder).mkdir()
    (tmp_path / "etc" / "passwd").write_text("runner:x:0:0::/:/bin/sh\n")
    (tmp_path / "etc" / "group").write_text("runner:x:0:\n")
    (tmp_path / "marker").write_text("of the job")
    for name in ("cat", "chroot", "env", "nsenter", "rmdir", "umount"):
        program = shutil.which(name)
        assert program is not None
        needed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
        for file in {program, f"/usr/bin/{name}", *re.findall(r"/\S+", needed)}:
            (tmp_path / file[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file if Path(file).exists() else program, tmp_path / file[1:])
    # In memory: the test's own folder may be on an overlay, and no overlay can lie on another.
    workspace = '"$2/home/orthanc-python/orthanc-python"'
    start = f'mount -t tmpfs tmpfs "$2" && mkdir -p {workspace} && touch "$2/mounts.txt" && exec "$0" "$@"'
    enter = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", start, str(machines.HERE / "enter_root.sh")]
    (tmp_path / "work").mkdir()
    folders = [str(tmp_path), str(tmp_path / "work")]
    done = subprocess.run([*enter, *folders, *entered, "cat", "/marker"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "of the job"), done.stderr


def test_a_free_threaded_python_stands_in_for_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    for path in ("3.98.0/bin/python3.98", "3.98.0t/bin/python3.98", "3.98.0t/bin/python3.98t"):
        (tmp_path / "versions" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "versions" / path).touch()
    machine = RootMachine.__new__(RootMachine)  # without a root file system
    machine.mounts = []
    found = [machine.interpreter(version, "").program for version in ("3.98", "3.98t")]
    assert found == [str(tmp_path / "versions" / path) for path in ("3.98.0/bin/python3.98", "3.98.0t/bin/python3.98t")]


@pytest.mark.parametrize(
    ("user", "system", "program"), [(1000, "linux", "/usr/sbin/debootstrap"), (0, "darwin", "/x"), (0, "linux", None)]
)
def test_root_that_this_machine_cannot_make(
    user: int, system: str, program: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(shutil, "which", lambda _: program)
    monkeypatch.setattr(machines, "HERE", tmp_path)  # so that nothing is made
    with pytest.raises(NotRehearsedError, match="needs root, and debootstrap") as error:
        RootMachine(UBUNTU, tmp_path)
    assert error.value.missing
