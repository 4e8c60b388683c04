# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflow files as a model: jobs in the order of their needs, each with its steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

# A rehearsal takes the first event that a workflow has: the ones that publish nothing come first.
EVENTS = ("pull_request", "workflow_dispatch", "push")


@dataclass(frozen=True)
class Step:
    """A step of a job: a command, or an action with its inputs."""

    name: str
    id: str
    run: str | None
    uses: str | None  # an action without its version
    inputs: dict[str, Any]
    environment: dict[str, Any]
    condition: str | None
    shell: str | None
    folder: str | None


@dataclass(frozen=True)
class Job:
    """A job of a workflow, before its matrix is known."""

    workflow: str
    name: str
    runs_on: str
    needs: tuple[str, ...]
    condition: str | None
    matrix: Any  # a text with an expression, a table, or None
    environment: dict[str, Any]
    outputs: dict[str, str]
    steps: tuple[Step, ...]

    @property
    def full_name(self) -> str:
        """The name on the command line, such as test.quick."""
        return f"{self.workflow}.{self.name}"


@dataclass(frozen=True)
class Workflow:
    """A workflow file."""

    name: str
    event: str
    inputs: dict[str, Any]  # of workflow_dispatch, with their default values
    environment: dict[str, Any]
    jobs: tuple[Job, ...] = field(default=())


def read_workflow(file: Path) -> Workflow:
    """Return the model of a workflow file."""
    values: dict[Any, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    events: Any = values.get("on", values.get(True))  # YAML 1.1 reads `on` as a truth value
    events = events if isinstance(events, dict) else dict.fromkeys([events] if isinstance(events, str) else events)
    event = next((each for each in EVENTS if each in events), "push")
    declared = ((events.get("workflow_dispatch") or {}).get("inputs") or {}) if event == "workflow_dispatch" else {}
    inputs = {name: each.get("default") for name, each in declared.items()}
    jobs = {name: _read_job(file.stem, name, job) for name, job in values["jobs"].items()}
    return Workflow(file.stem, event, inputs, values.get("env") or {}, tuple(_in_order(jobs)))


def _read_job(workflow: str, name: str, values: dict[str, Any]) -> Job:
    needs = values.get("needs") or []
    return Job(
        workflow,
        name,
        values["runs-on"],
        (needs,) if isinstance(needs, str) else tuple(needs),
        _condition(values),
        (values.get("strategy") or {}).get("matrix"),
        values.get("env") or {},
        values.get("outputs") or {},
        tuple(_read_step(step) for step in values["steps"]),
    )


def _read_step(values: dict[str, Any]) -> Step:
    uses = values["uses"].partition("@")[0] if "uses" in values else None
    title = values.get("name") or uses or " ".join(values["run"].split())
    return Step(
        title,
        values.get("id", ""),
        values.get("run"),
        uses,
        values.get("with") or {},
        values.get("env") or {},
        _condition(values),
        values.get("shell"),
        values.get("working-directory"),
    )


def _condition(values: dict[str, Any]) -> str | None:
    text = values.get("if")
    if text is None:
        return None
    return str(text).strip().removeprefix("${{").removesuffix("}}")


def _in_order(jobs: dict[str, Job]) -> list[Job]:
    """Return the jobs, each after those that it needs."""
    ordered: list[Job] = []
    while len(ordered) < len(jobs):
        done = {job.name for job in ordered}
        ready = [job for job in jobs.values() if job.name not in done and done.issuperset(job.needs)]
        if not ready:
            raise ValueError(f"these jobs need each other: {', '.join(sorted(jobs.keys() - done))}")
        ordered += ready
    return ordered


def matrix_entries(matrix: Any) -> list[dict[str, Any]]:
    """Return the values of each job of a matrix, whose expressions have been evaluated; of none, one empty entry."""
    if not matrix:
        return [{}]
    entries: list[dict[str, Any]] = [{}]
    axes = {key: values for key, values in matrix.items() if key not in ("include", "exclude")}
    for key, values in axes.items():
        entries = [{**entry, key: value} for entry in entries for value in values]
    excluded = matrix.get("exclude") or []
    entries = [entry for entry in entries if not any(each.items() <= entry.items() for each in excluded)]
    return ([] if not axes else entries) + list(matrix.get("include") or [])
