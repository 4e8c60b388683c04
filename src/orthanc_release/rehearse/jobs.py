# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a job of a workflow: its steps one after the other, as far as they can run here."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .expressions import ExpressionError, as_text, evaluate, interpolate, truth
from .machines import Machine, NotRehearsedError
from .stand_ins import NOT_HERE, STAND_INS, State, StepFailedError
from .workflow_files import Job, Step

SHELLS = {  # as GitHub starts them
    None: ["bash", "-e"],
    "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
}


@dataclass
class StepResult:
    """How a step ended."""

    name: str
    state: str  # passed, failed, skipped by its condition, or not rehearsed
    detail: str = ""
    seconds: float = 0.0
    optional: bool = False  # later steps do not need it
    missing: bool = False  # not rehearsed because this machine lacks something that others have


@dataclass
class JobResult:
    """How a job ended, for one entry of its matrix."""

    job: Job
    matrix: dict[str, Any]
    steps: list[StepResult] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    reason: str = ""  # why nothing of it was run
    missing: bool = False  # that reason is something that this machine lacks

    @property
    def title(self) -> str:
        """The job with the values of its matrix that name it."""
        values = ", ".join(str(self.matrix[key]) for key in ("target", "python") if key in self.matrix)
        return f"{self.job.full_name} ({values})" if values else self.job.full_name

    @property
    def state(self) -> str:
        """failed, passed (all of it), passed in part, or not rehearsed (no command of it, and no action)."""
        states = {step.state for step in self.steps}
        if "failed" in states:
            return "failed"
        if "passed" not in states:
            return "not rehearsed"
        return "passed in part" if any(self.left()) else "passed"

    @property
    def lacks(self) -> list[str]:
        """Return what this machine lacks for it, and others have."""
        own = [self.reason] if self.missing else []
        return own + [step.detail for step in self.steps if step.missing]

    def left(self) -> Iterator[tuple[str, str]]:
        """Yield the name of each step that was not rehearsed, with the reason."""
        done = set()
        for step in self.steps:
            done.add(step.name)
            if step.state == "not rehearsed":
                yield step.name, step.detail
        for each in self.job.steps:
            if each.name not in done:
                yield each.name, self.reason or "a step before it was not rehearsed, or has failed"


class JobRun:
    """One job on its machine."""

    def __init__(self, result: JobResult, machine: Machine, state: State, contexts: Mapping[str, Any], log: Path) -> None:
        self.result, self.machine, self.state, self.log = result, machine, state, log
        self.contexts: dict[str, Any] = {**contexts, "matrix": result.matrix, "steps": {}}
        self.contexts["env"] = {**contexts["env"], **self._evaluated(result.job.environment)}

    def _evaluated(self, values: dict[str, Any]) -> dict[str, str]:
        return {name: as_text(value) for name, value in interpolate(values, self.contexts).items()}

    def run(self, tell: Callable[[StepResult], None]) -> None:
        """Run the steps until one fails or cannot be rehearsed, if later ones would need it."""
        for step in self.result.job.steps:
            start = time.monotonic()
            try:
                done = self._run_step(step)
            except NotRehearsedError as error:
                optional = step.uses in NOT_HERE
                done = StepResult(step.name, "not rehearsed", str(error), optional=optional, missing=error.missing)
            except (StepFailedError, ExpressionError) as error:
                done = StepResult(step.name, "failed", str(error))
            done.seconds = time.monotonic() - start
            self.result.steps.append(done)
            tell(done)
            for note in self.state.notes:
                self.result.steps.append(StepResult(step.name, "not rehearsed", str(note), missing=note.missing))
                tell(self.result.steps[-1])
            self.state.notes.clear()
            if done.state == "failed" or (done.state == "not rehearsed" and not done.optional):
                return
        self.result.outputs = {name: interpolate(text, self.contexts) for name, text in self.result.job.outputs.items()}

    def _run_step(self, step: Step) -> StepResult:
        if step.condition is not None and not truth(evaluate(step.condition, self.contexts)):
            return StepResult(step.name, "skipped", f"its condition is not met: {step.condition.strip()}")
        if step.uses is not None:
            return self._run_action(step)
        assert step.run is not None
        if step.shell not in SHELLS:
            raise NotRehearsedError(f"the shell {step.shell}")
        files = self._files_of_step(str(interpolate(step.run, self.contexts)))
        environment = {**self._environment(files), **self._evaluated(step.environment)}
        command = [*SHELLS[step.shell], self.machine.path(files["script"])]
        status = self.machine.run(command, environment, self.log)
        self._read_commands(step, files)
        if status != 0 and (excuse := self.machine.excuse(self.log)) is not None:
            raise NotRehearsedError(excuse)
        if status != 0:
            return StepResult(step.name, "failed", f"exit status {status}; see {self.log}")
        return StepResult(step.name, "passed")

    def _run_action(self, step: Step) -> StepResult:
        assert step.uses is not None
        if step.uses in NOT_HERE:
            raise NotRehearsedError(f"{step.uses}: {NOT_HERE[step.uses]}")
        if step.uses not in STAND_INS:
            raise NotRehearsedError(f"{step.uses} has no stand-in in the rehearsal")
        inputs = {name: interpolate(value, self.contexts) for name, value in step.inputs.items()}
        outputs = STAND_INS[step.uses](inputs, self.state)
        if step.id:
            self.contexts["steps"][step.id] = {"outputs": outputs}
        return StepResult(step.name, "passed", f"by a stand-in for {step.uses}")

    def _files_of_step(self, script: str) -> dict[str, Path]:
        folder = self.machine.home / "_temp"
        folder.mkdir(exist_ok=True)
        files = {name: folder / name for name in ("script", "output", "env", "path", "summary")}
        for name, file in files.items():
            file.write_text(script if name == "script" else "", encoding="utf-8")
        return files

    def _environment(self, files: dict[str, Path]) -> dict[str, str]:
        github = self.contexts["github"]
        own = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ENV": self.machine.path(files["env"]),
            "GITHUB_EVENT_NAME": github["event_name"],
            "GITHUB_JOB": self.result.job.name,
            "GITHUB_OUTPUT": self.machine.path(files["output"]),
            "GITHUB_PATH": self.machine.path(files["path"]),
            "GITHUB_REF": github["ref"],
            "GITHUB_REPOSITORY": github["repository"],
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_RUN_ID": "1",
            "GITHUB_SERVER_URL": github["server_url"],
            "GITHUB_SHA": github["sha"],
            "GITHUB_STEP_SUMMARY": self.machine.path(files["summary"]),
            "GITHUB_WORKFLOW_REF": f"{github['repository']}/.github/workflows/{self.result.job.workflow}.yml@{github['ref']}",
            "GITHUB_WORKSPACE": self.machine.path(self.machine.workspace),
            "RUNNER_TEMP": self.machine.path(files["env"].parent),
        }
        path = {"PATH": ":".join(self.state.path)} if self.state.path else {}
        return {**own, **self.contexts["env"], **self.state.environment, **path}

    def _read_commands(self, step: Step, files: dict[str, Path]) -> None:
        """Read what the step has written for later ones."""
        if step.id:
            self.contexts["steps"][step.id] = {"outputs": _assignments(files["output"])}
        self.state.environment.update(_assignments(files["env"]))
        for line in files["path"].read_text(encoding="utf-8").splitlines():
            self.state.path.insert(0, line)


def _assignments(file: Path) -> dict[str, str]:
    """Return the values of a file such as GITHUB_OUTPUT: NAME=VALUE lines. Raises StepFailedError."""
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if not equals:
            raise StepFailedError(f"the line {shlex.quote(line)} of {file.name} is not NAME=VALUE")
        found[name] = value
    return found
