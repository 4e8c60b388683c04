# SPDX-License-Identifier: GPL-3.0-or-later
"""ci/rehearse reads the workflow files, and knows a stand-in or a reason for all that is in them."""

from __future__ import annotations

import contextlib
import io
import shutil
from pathlib import Path
from typing import Any

import pytest
from contexts import CONTEXTS

from orthanc_release.matrix import NAMES, matrix
from orthanc_release.rehearse.__main__ import summarize
from orthanc_release.rehearse.expressions import evaluate, interpolate
from orthanc_release.rehearse.jobs import SHELLS, JobResult, JobRun, StepResult
from orthanc_release.rehearse.machines import Interpreter, NotRehearsedError, read_runners
from orthanc_release.rehearse.stand_ins import (
    NOT_HERE,
    STAND_INS,
    State,
    StepFailedError,
    download_artifact,
    setup_python,
    upload_artifact,
)
from orthanc_release.rehearse.workflow_files import read_workflow
from orthanc_release.targets import read_targets
from orthanc_release.trial.host_program import program_name

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = [read_workflow(file) for file in sorted((ROOT / ".github" / "workflows").glob("*.yml"))]
JOBS = [job for workflow in WORKFLOWS for job in workflow.jobs]


class Folder:
    """A machine whose steps run in this system."""

    def __init__(self, home: Path, status: int = 0) -> None:
        self.home, self.workspace, self.status = home, home / "work", status
        self.workspace.mkdir(parents=True)
        self.reason: str | None = None
        self.scripts: list[tuple[str, dict[str, str]]] = []

    def path(self, path: Path) -> str:
        return str(path)

    def interpreter(self, version: str, processor: str) -> Interpreter:
        if version == "3.15":
            raise NotRehearsedError("no CPython 3.15 here")
        return Interpreter(version, f"/tools/{version}/bin/python", f"/tools/{version}/bin", f"/tools/{version}/lib")

    def run(self, command: list[str], environment: dict[str, str], log: Path) -> int:
        self.scripts.append((Path(command[-1]).read_text(), environment))
        Path(environment["GITHUB_OUTPUT"]).write_text("answer=42\n")
        return self.status

    def excuse(self, log: Path) -> str | None:
        return self.reason

    def close(self) -> None:
        pass


@pytest.fixture
def state(tmp_path: Path) -> State:
    (tmp_path / "artifacts").mkdir()
    return State(Folder(tmp_path / "home"), tmp_path / "artifacts")


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.full_name)
def test_everything_in_the_workflows_is_known(job: Any) -> None:
    labels = {job.runs_on} if "$" not in job.runs_on else {entry["machine"] for name in NAMES for entry in matrix(name)}
    assert labels <= read_runners().keys()
    for step in job.steps:
        assert step.uses is None or step.uses in STAND_INS or step.uses in NOT_HERE
        assert step.uses is not None or step.shell in SHELLS
        for condition in filter(None, (job.condition, step.condition)):
            evaluate(condition, {**CONTEXTS, "secrets": {}, "steps": {}, "env": {}})


def test_no_event_that_is_rehearsed_publishes() -> None:
    assert {workflow.name: workflow.event for workflow in WORKFLOWS}.keys() == {"docs", "release", "test", "wheels"}
    assert {workflow.event for workflow in WORKFLOWS} == {"pull_request"}


@pytest.mark.parametrize(
    ("event", "ref", "dry_run", "published"),
    [
        ("push", "refs/tags/v0.1.0", None, True),
        ("pull_request", "refs/pull/7/merge", None, False),
        ("workflow_dispatch", "refs/heads/main", True, False),
        ("workflow_dispatch", "refs/heads/main", False, False),
        ("workflow_dispatch", "refs/tags/v0.1.0", True, False),
        ("workflow_dispatch", "refs/tags/v0.1.0", False, True),
    ],
)
def test_when_a_release_is_published(event: str, ref: str, dry_run: bool | None, published: bool) -> None:
    conditions = {job.condition for job in JOBS if job.workflow == "release" and job.condition}
    (condition,) = conditions
    contexts = {"github": {"event_name": event, "ref": ref}, "inputs": {} if dry_run is None else {"dry-run": dry_run}}
    assert evaluate(condition, contexts) is published


@pytest.mark.parametrize(
    ("event", "ref", "dry_run", "checked"),
    [
        ("push", "refs/tags/v0.1.0", None, True),
        ("pull_request", "refs/pull/7/merge", None, False),
        ("workflow_dispatch", "refs/heads/main", True, False),
        ("workflow_dispatch", "refs/heads/main", False, True),  # refused: nothing is published of a branch
        ("workflow_dispatch", "refs/tags/v0.1.0", True, False),
        ("workflow_dispatch", "refs/tags/v0.1.0", False, True),
    ],
)
def test_whoever_asks_for_a_publication_is_told_why_not(event: str, ref: str, dry_run: bool | None, checked: bool) -> None:
    (condition,) = (step.condition for job in JOBS for step in job.steps if step.run == "ci/sign --check")
    contexts = {"github": {"event_name": event, "ref": ref}, "inputs": {} if dry_run is None else {"dry-run": dry_run}}
    assert evaluate(condition or "", contexts) is checked


def test_jobs_come_after_those_they_need() -> None:
    for workflow in WORKFLOWS:
        names = [job.name for job in workflow.jobs]
        assert all(names.index(need) < names.index(job.name) for job in workflow.jobs for need in job.needs)


def test_artifacts(state: State) -> None:
    made = state.machine.workspace / "build" / "targets"
    for name in ("a/library.so", "a/build-python3.13/object.o", "b/library.so"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(name)
    upload_artifact({"name": "libraries-a", "path": "build/targets\n!build/targets/*/build-*\n"}, state)
    assert sorted(path.relative_to(state.artifacts).as_posix() for path in state.artifacts.rglob("*") if path.is_file()) == [
        "libraries-a/a/library.so",
        "libraries-a/b/library.so",
    ]
    download_artifact({"pattern": "libraries-*", "path": "got", "merge-multiple": True}, state)
    assert (state.machine.workspace / "got" / "b" / "library.so").read_text() == "b/library.so"
    with pytest.raises(StepFailedError, match="no files were found"):
        upload_artifact({"path": "nothing", "if-no-files-found": "error"}, state)
    with pytest.raises(NotRehearsedError, match="--artifact release=DIR"):
        download_artifact({"name": "release"}, state)


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("one", ["deep/file"]),  # below the folder, however deep
        ("one/deep/file", ["file"]),
        ("one\ntwo", ["one/deep/file", "two/file"]),  # below what they have in common
        ("one/deep\n!two", ["file"]),
        ("one\n!*/file", ["deep/file"]),  # a * does not cross a /
        ("one/d*", ["deep/file"]),  # from the first wildcard on
    ],
)
def test_folders_of_an_artifact(state: State, path: str, kept: list[str]) -> None:
    for name in ("one/deep/file", "two/file"):
        file = state.machine.workspace / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    upload_artifact({"name": "made", "path": path}, state)
    made = state.artifacts / "made"
    assert sorted(file.relative_to(made).as_posix() for file in made.rglob("*") if file.is_file()) == kept


def test_no_file_of_two_windows_jobs_has_the_same_path(state: State) -> None:
    """The job that downloads them merges them: which of two came last would be chance."""
    (job,) = (each for each in JOBS if each.full_name == "release.windows")
    (inputs,) = (step.inputs for step in job.steps if step.uses == "actions/upload-artifact")
    folder = state.machine.workspace / "build" / "targets" / "windows-x86_64"
    kept: list[Path] = []
    for entry in (each for each in matrix("windows") if each["target"] == folder.name):
        target, python = read_targets()[entry["target"]], entry["python"]
        shutil.rmtree(folder, ignore_errors=True)
        made = [program_name(target), target.plugin(python), target.stand_alone(python), f"build-python{python}/CMakeCache.txt"]
        for name in [*made, target.loader, f"symbols/{target.loader}.pdb", f"wheel-python{python}/setup.py"]:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).touch()
        given = interpolate(inputs, {"matrix": entry})
        upload_artifact(given, state)
        artifact = state.artifacts / given["name"]
        kept += [path.relative_to(artifact) for path in artifact.rglob("*") if path.is_file()]
    assert len(kept) == len(set(kept)) and Path(folder.name, "host.exe") in kept


def test_a_python_that_is_not_here_is_named(state: State) -> None:
    outputs = setup_python({"python-version": "3.15\n3.10\n3.13\n"}, state)
    assert outputs == {"python-path": "/tools/3.13/bin/python", "python-version": "3.13"}
    assert state.path == ["/tools/3.13/bin", "/tools/3.10/bin"] and [str(note) for note in state.notes] == [
        "no CPython 3.15 here"
    ]
    with pytest.raises(NotRehearsedError):
        setup_python({"python-version": "3.15"}, state)


def run(workflow: str, folder: Path, status: int = 0, reason: str | None = None) -> tuple[JobResult, Folder]:
    """Run the only job of a workflow text."""
    file = folder / "sample.yml"
    file.write_text(workflow)
    (job,) = read_workflow(file).jobs
    machine = Folder(folder / "home", status)
    machine.reason = reason
    (folder / "artifacts").mkdir()
    result = JobResult(job, {"python": "3.13"})
    contexts = {**CONTEXTS, "needs": {}, "secrets": {}, "env": {"ALL": "1"}}
    JobRun(result, machine, State(machine, folder / "artifacts"), contexts, folder / "log").run(lambda step: None)
    return result, machine


SAMPLE = """
on: {pull_request: , push: {tags: ["v*"]}}
jobs:
  one:
    runs-on: ubuntu-24.04
    env: {VERSION: "${{ matrix.python }}"}
    outputs: {answer: "${{ steps.ask.outputs.answer }}"}
    steps:
      - id: ask
        run: ci/ask
        env: {SECRET: "${{ secrets.KEY }}"}
      - if: ${{ github.event_name == 'schedule' }}
        run: ci/never
      - uses: pypa/gh-action-pypi-publish@0123 # v1
      - run: ci/tell ${{ steps.ask.outputs.answer }}
"""


def test_a_job(tmp_path: Path) -> None:
    result, machine = run(SAMPLE, tmp_path)
    assert [step.state for step in result.steps] == ["passed", "skipped", "not rehearsed", "passed"]
    assert result.steps[2].detail == "pypa/gh-action-pypi-publish: it publishes" and result.outputs == {"answer": "42"}
    (first, environment), (last, _) = machine.scripts
    assert (first, last) == ("ci/ask", "ci/tell 42") and result.state == "passed in part"
    assert list(result.left()) == [("pypa/gh-action-pypi-publish", "pypa/gh-action-pypi-publish: it publishes")]
    assert {name: environment[name] for name in ("ALL", "VERSION", "SECRET", "CI")} == {
        "ALL": "1",
        "VERSION": "3.13",
        "SECRET": "",
        "CI": "true",
    }


def test_a_job_ends_at_the_step_that_fails(tmp_path: Path) -> None:
    result, machine = run(SAMPLE, tmp_path, status=3)
    assert [step.state for step in result.steps] == ["failed"] and result.state == "failed" and len(machine.scripts) == 1
    assert result.steps[0].detail.startswith("exit status 3")


def test_a_step_that_lacks_a_compiler_is_not_rehearsed(tmp_path: Path) -> None:
    result, machine = run(SAMPLE, tmp_path, status=3, reason="no compiler here")
    assert [(step.state, step.detail) for step in result.steps] == [("not rehearsed", "no compiler here")]
    assert result.state == "not rehearsed" and len(machine.scripts) == 1


def test_what_a_stand_in_cannot_do_is_data(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("FileNotFoundError: [Errno 2] No such file or directory: 'docker'\n")
    ubuntu, windows = (read_runners()[label] for label in ("ubuntu-24.04", "windows-2022"))
    assert str(ubuntu.excuse(log)).startswith("it ran until cibuildwheel looked for Docker") and windows.excuse(log) is None
    log.write_text("CMake Error: CMAKE_CXX_COMPILER not set, after EnableLanguage\n")
    assert "--toolset DIR" in str(windows.excuse(log)) and ubuntu.excuse(log) is None


WHOLE = """
on: push
jobs:
  one:
    runs-on: ubuntu-24.04
    steps:
      - run: ci/first
      - run: ci/second
"""


def summary_of(*results: JobResult) -> tuple[int, list[str]]:
    """Return the exit status of the command for these jobs, and the lines below its table."""
    with contextlib.redirect_stdout(io.StringIO()) as output:
        status = summarize(list(results))
    return status, [line for line in output.getvalue().splitlines() if not line.startswith(("┏", "┃", "┡", "│", "└"))]


def test_only_a_whole_job_has_passed(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    whole, _ = run(WHOLE, tmp_path / "whole")
    part, _ = run(SAMPLE, tmp_path)
    assert (whole.state, part.state) == ("passed", "passed in part")
    status, lines = summary_of(whole, part)
    assert status == 0
    assert lines[0] == (
        "not rehearsed: sample.one (3.13): pypa/gh-action-pypi-publish: pypa/gh-action-pypi-publish: it publishes"
    )
    assert lines[-1] == "1 passed; 1 passed in part"


def test_steps_after_one_that_is_not_rehearsed_are_named(tmp_path: Path) -> None:
    result, _ = run(WHOLE, tmp_path, status=3, reason="no compiler here")
    result.steps[0].state = "passed"
    status, lines = summary_of(result)
    assert status == 0 and result.state == "passed in part"
    assert lines[0].startswith("not rehearsed: sample.one (3.13): ci/second: a step before it")


def test_what_the_machine_lacks_is_no_success(tmp_path: Path) -> None:
    file = tmp_path / "sample.yml"
    file.write_text(WHOLE)
    (job,) = read_workflow(file).jobs
    usual, lacking = JobResult(job, {}, reason="no machine here is macOS"), JobResult(job, {}, reason="no Wine", missing=True)
    assert summary_of(usual) == (0, ["not rehearsed: sample.one: no machine here is macOS", "1 not rehearsed"])
    status, lines = summary_of(usual, lacking)
    assert status == 2 and lines[-2:] == ["missing on this machine: no Wine", "2 not rehearsed"]
    lacking.steps.append(StepResult("ci/first", "failed", "exit status 1"))
    status, lines = summary_of(usual, lacking)
    assert status == 1 and "failed: sample.one: ci/first: exit status 1" in lines and lines[-1] == "1 failed; 1 not rehearsed"
