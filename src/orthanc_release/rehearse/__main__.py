# SPDX-License-Identifier: GPL-3.0-or-later
"""Rehearses the workflows on this machine: ci/rehearse [--artifact NAME=DIR] [--list] [JOB...]

Each job of each workflow runs as far as its steps can run here, in a stand-in for its runner (runners.toml). Steps and their
environment are read from the workflow files. Actions are replaced by stand-ins. What was not rehearsed is listed by name, with
the reason: such a job has passed in part, or was not rehearsed. A JOB is named as in test.quick; by default, all are rehearsed,
with what they need.

Exit status: 0 if nothing failed, and this machine has all that a rehearsal can use; 1 if a step failed; 2 if no step failed and
this machine lacks something, such as Wine.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .expressions import ExpressionError, evaluate, interpolate, truth
from .jobs import JobResult, JobRun, StepResult
from .machines import CHECKOUT, Machine, NotRehearsedError, RootMachine, Runner, read_runners
from .stand_ins import State
from .windows import WineMachine
from .workflow_files import Job, Workflow, matrix_entries, read_workflow

WORKFLOWS = CHECKOUT / ".github" / "workflows"
LOGS = CHECKOUT / "build" / "rehearse"
REPOSITORY = "rehearsal/orthanc-python"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; see the exit status above."""
    workflows = [read_workflow(file) for file in sorted(WORKFLOWS.glob("*.yml"))]
    known = {job.full_name: job for workflow in workflows for job in workflow.jobs}
    parser = argparse.ArgumentParser(prog="ci/rehearse", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("jobs", nargs="*", metavar="JOB", help=f"default: all of {', '.join(known)}")
    parser.add_argument("--list", action="store_true", help="print the jobs and their runners, and run nothing")
    parser.add_argument(
        "--toolset", type=Path, metavar="DIR", help="for Windows' jobs: an unpacked MSVC, with VC/Tools and Windows Kits/10"
    )
    parser.add_argument(
        "--entry", action="append", default=[], metavar="VALUE", help="only entries of a matrix with this value, such as 3.13"
    )
    parser.add_argument(
        "--artifact", action="append", default=[], metavar="NAME=DIR", help="an artifact of a job that cannot run here"
    )
    options = parser.parse_args(arguments)
    if unknown := set(options.jobs) - set(known):
        parser.error(f"there is no job {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    given = dict(each.split("=", 1) for each in options.artifact)
    if missing := [name for name, folder in given.items() if not Path(folder).is_dir()]:
        parser.error(f"--artifact {missing[0]}: the folder {given[missing[0]]} does not exist")
    if options.list:
        for job in known.values():
            print(f"{job.full_name:24} {job.runs_on}")
        return 0
    results = []
    for workflow in workflows:
        named = [name.partition(".")[2] for name in options.jobs if known[name].workflow == workflow.name]
        wanted = _with_needs(workflow, named)
        if wanted or not options.jobs:
            rehearsal = Rehearsal(workflow, given, options.toolset, options.entry)
            results += rehearsal.run(wanted or {job.name for job in workflow.jobs})
    return summarize(results)


def _with_needs(workflow: Workflow, names: Iterable[str]) -> set[str]:
    """Return the jobs with those that print the matrix of one: what others have made can be given by --artifact."""
    jobs = {job.name: job for job in workflow.jobs}
    found = set(names)
    for name in list(found):
        text = str(jobs[name].matrix)
        found |= {need for need in jobs[name].needs if f"needs.{need}." in text}
    return found


class Rehearsal:
    """One workflow."""

    def __init__(
        self, workflow: Workflow, artifacts: dict[str, str], toolset: Path | None = None, values: Iterable[str] = ()
    ) -> None:
        self.workflow, self.given, self.toolset, self.values = workflow, artifacts, toolset, set(values)
        self.runners = read_runners()
        self.needs: dict[str, dict[str, Any]] = {}

    def run(self, wanted: set[str]) -> list[JobResult]:
        """Run the jobs of these names, in their order."""
        results = []
        with tempfile.TemporaryDirectory(prefix="rehearsal-") as temporary:
            artifacts = Path(temporary) / "artifacts"
            artifacts.mkdir()
            for name, folder in self.given.items():
                shutil.copytree(folder, artifacts / name)
            for job in self.workflow.jobs:
                if job.name not in wanted:
                    self.needs[job.name] = {"outputs": {}, "result": "success"}
                    continue
                if failed := [need for need in job.needs if self.needs[need]["result"] == "failure"]:
                    done = [JobResult(job, {}, reason=f"it needs {', '.join(failed)}, which has failed")]
                else:
                    done = self._run_job(job, Path(temporary), artifacts)
                results += done
                fine = not failed and all(result.state != "failed" for result in done)
                outputs = done[-1].outputs if done else {}
                self.needs[job.name] = {"outputs": outputs, "result": "success" if fine else "failure"}
        return results

    def _contexts(self, job: Job) -> dict[str, Any]:
        commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
        github = {
            "event_name": self.workflow.event,
            "job": job.name,
            "ref": "refs/heads/rehearsal",
            "repository": REPOSITORY,
            "server_url": "https://github.com",
            "sha": commit.stdout.strip(),
            "token": "",
            "workflow": self.workflow.name,
        }
        needs = {name: self.needs[name] for name in job.needs}
        values = {"github": github, "inputs": self.workflow.inputs, "needs": needs, "secrets": {}, "vars": {}, "env": {}}
        return {**values, "env": interpolate(self.workflow.environment, values)}

    def _run_job(self, job: Job, work: Path, artifacts: Path) -> list[JobResult]:
        contexts = self._contexts(job)
        try:
            if job.condition is not None and not truth(evaluate(job.condition, contexts)):
                return [JobResult(job, {}, reason=f"its condition is not met: {job.condition.strip()}")]
            entries = matrix_entries(interpolate(job.matrix, contexts))
        except (ExpressionError, ValueError) as error:
            return [JobResult(job, {}, [StepResult("matrix", "failed", str(error))])]
        chosen = [entry for entry in entries if not entry or self.values <= set(map(str, entry.values()))]
        return [self._run_entry(JobResult(job, entry), contexts, work, artifacts) for entry in chosen]

    def _run_entry(self, result: JobResult, contexts: dict[str, Any], work: Path, artifacts: Path) -> JobResult:
        print(f"==> {result.title}", flush=True)
        label = str(interpolate(result.job.runs_on, {**contexts, "matrix": result.matrix}))
        LOGS.mkdir(parents=True, exist_ok=True)
        log = LOGS / ("-".join([result.job.full_name, *map(str, result.matrix.values())]) + ".log")
        log.unlink(missing_ok=True)
        machine = None
        try:
            machine = self._machine(label, Path(tempfile.mkdtemp(prefix="job-", dir=work)) / "job")
            JobRun(result, machine, State(machine, artifacts), contexts, log).run(_tell)
        except NotRehearsedError as error:
            result.reason, result.missing = str(error), error.missing
            print(f"    not rehearsed: {error}", flush=True)
        finally:
            if machine is not None:
                machine.close()
        return result

    def _machine(self, label: str, work: Path) -> Machine:
        runner = self.runners.get(label, Runner(label, "none", reason=f"runners.toml has no machine {label}"))
        if runner.kind == "root":
            return RootMachine(runner, work)
        if runner.kind == "wine":
            return WineMachine(runner, work, self.toolset)
        raise NotRehearsedError(runner.reason)


def _tell(step: StepResult) -> None:
    detail = f": {step.detail}" if step.detail else ""
    print(f"    {step.state:13} {step.seconds:5.0f} s  {step.name}{detail}", flush=True)


def summarize(results: list[JobResult]) -> int:
    """Print each job with its state, and below it by name what was not rehearsed; the exit status."""
    colours = {"passed": "green", "passed in part": "yellow", "failed": "bold red", "not rehearsed": "yellow"}
    table = Table("job", "", "steps", "seconds")
    for result in results:
        passed = sum(step.state == "passed" for step in result.steps)
        seconds = sum(step.seconds for step in result.steps)
        table.add_row(
            escape(result.title),
            f"[{colours[result.state]}]{result.state}",
            f"{passed} of {len(result.job.steps)}",
            f"{seconds:.0f}",
        )
    Console(width=120 if not sys.stdout.isatty() else None).print(table)
    for result in results:
        if result.state == "not rehearsed":
            reasons = [result.reason, *(detail for _, detail in result.left())]
            print(f"not rehearsed: {result.title}: {next(filter(None, reasons), '')}")
            continue
        for name, detail in result.left():
            print(f"not rehearsed: {result.title}: {name}: {detail}")
    for result in results:
        for step in result.steps:
            if step.state in ("failed", "skipped"):
                print(f"{step.state}: {result.title}: {step.name}: {step.detail}")
    lacks = sorted({detail for result in results for detail in result.lacks})
    for detail in lacks:
        print(f"missing on this machine: {detail}")
    counts = Counter(result.state for result in results)
    print("; ".join(f"{counts[state]} {state}" for state in colours if counts[state]) or "no jobs")
    return 1 if counts["failed"] else 2 if lacks else 0


if __name__ == "__main__":
    sys.exit(main())
