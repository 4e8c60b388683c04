# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the steps of ci/lib/steps.toml for ci/test, two at once, and prints a summary.

A step whose inputs are those of its last success on this machine is skipped, and the summary says so. The inputs are the
contents of the tracked files it names, the installed Debian packages and the packages of the test environment. A step that
leaves its tests out on this machine counts as done, but not as passed: it runs again the next time. What a step writes goes to
build/logs/STEP.log, and is printed when the step ends.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import json
import os
import platform
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from importlib.metadata import distributions
from pathlib import Path

from ci.lib.step_table import ROOT, Step, read_steps

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "orthanc-python"
PASSED = CACHE / "passed"
USUAL = ROOT / "ci" / "lib" / "durations.json"
KINDS = {"quick": ("quick",), "plugin": ("plugin",), "whole": ("quick", "plugin", "whole")}
LOGS = ROOT / "build" / "-".join(filter(None, ["logs", os.environ.get("SUITE")]))
LANES = 2  # steps at once: where one waits for servers or links, the other compiles


@dataclass
class Run:
    """A step that has been started."""

    step: Step
    process: subprocess.Popen[bytes]
    fingerprint: str  # when it was started; empty if it is not known
    start: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Result:
    """How a step ended: its status, and what it took."""

    step: Step
    status: int
    seconds: float
    processor_seconds: float
    left_out: bool  # by left_out of ci/lib/common.sh


def fingerprint(step: Step) -> str:
    """Return a hash of everything that the step's result depends on, or an empty text if Git cannot list the files.

    It cannot in an unpacked archive, nor where a worktree is mounted without its repository.
    """
    content = hashlib.sha256(f"{step.command}\n{tools()}".encode())
    inputs = [*step.inputs, f":(exclude)ci/lib/{USUAL.name}"]  # no step reads it
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *inputs], cwd=ROOT, capture_output=True
    )
    if listed.returncode != 0:
        return ""
    for name in sorted(set(listed.stdout.split(b"\0"))):
        path = ROOT / os.fsdecode(name)
        if name and path.is_file():
            content.update(name + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return content.hexdigest()


@functools.cache
def tools() -> str:
    """Return the versions of everything that is installed: Debian's packages, and those of this environment."""
    packages = (
        subprocess.run(["dpkg-query", "-W"], capture_output=True, text=True).stdout
        if Path("/usr/bin/dpkg-query").exists()
        else ""
    )
    python = sorted(f"{each.name} {each.version}" for each in distributions())
    return "\n".join([platform.platform(), sys.version, packages, *python])


def has_passed(step: Step) -> bool:
    """Return whether the step succeeded on this machine with these inputs."""
    if not step.inputs or not (PASSED / step.name).is_file():
        return False
    known = fingerprint(step)
    return known != "" and (PASSED / step.name).read_text() == known


class Interrupted(Exception):
    """The number of the signal that asked for the end."""


class Runner:
    """Runs steps, each after those that it needs."""

    def __init__(self, steps: dict[str, Step], wanted: list[Step], run_all: bool) -> None:
        self.steps = steps
        self.skipped = [] if run_all else [step for step in wanted if has_passed(step)]
        tests = [step for step in wanted if step not in self.skipped]
        self.waiting = [step for step in steps.values() if step.name in self._with_needs(tests)]
        self.running: list[Run] = []
        self.done: list[Result] = []
        self.signal = 0  # that asked for the end

    def interrupt(self, number: int, _: object = None) -> None:
        """Handle a signal: looked at between two steps, so that none is left running that is not known yet."""
        self.signal = number

    def _with_needs(self, tests: list[Step]) -> set[str]:
        found = {step.name for step in tests}
        for step in tests:
            found |= self._with_needs([self.steps[name] for name in step.needs])
        return found

    def run(self, keep_going: bool = False) -> bool:
        """Run all that has to run. False when a step failed; then no further one is started, unless `keep_going`."""
        try:
            self._start_what_can()
            while self.running:
                self._wait_for_one()
                if keep_going or self.done[-1].status == 0:
                    self._start_what_can()
                else:
                    break
            return all(result.status == 0 for result in self.done)
        finally:
            for run in self.running:  # the others of a failure, or of an interruption
                _end(run)

    def _start_what_can(self) -> None:
        succeeded = {result.step.name for result in self.done if result.status == 0}
        for step in list(self.waiting):
            if len(self.running) >= LANES or (step.servers and any(run.step.servers for run in self.running)):
                continue
            if succeeded.issuperset(step.needs):
                self.waiting.remove(step)
                self.running.append(_start(step))

    def _wait_for_one(self) -> None:
        while True:
            if self.signal:
                raise Interrupted(self.signal)
            for run in self.running:
                ended, status, usage = os.wait4(run.process.pid, os.WNOHANG)
                if ended:
                    run.process.returncode = os.waitstatus_to_exitcode(status)
                    self.running.remove(run)
                    self.done.append(_finish(run, usage.ru_utime + usage.ru_stime))
                    return
            time.sleep(0.1)


def _start(step: Step) -> Run:
    print(f"==> {step.title} ...", flush=True)
    before = fingerprint(step) if step.inputs else ""
    command = ["bash", "-c", f"source ci/lib/common.sh && {step.command}"]
    _left_out(step).unlink(missing_ok=True)
    variables = {**os.environ, "ORTHANC_PYTHON_LEFT_OUT": str(_left_out(step))}
    with _log(step).open("wb") as log:
        # In a session of its own, so that all of it can be ended.
        process = subprocess.Popen(
            command, cwd=ROOT, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    return Run(step, process, before)


def _log(step: Step) -> Path:
    LOGS.mkdir(parents=True, exist_ok=True)
    return LOGS / f"{step.name}.log"


def _left_out(step: Step) -> Path:
    """Return the file that left_out of ci/lib/common.sh makes."""
    return _log(step).with_suffix(".left-out")


def _finish(run: Run, processor_seconds: float) -> Result:
    """Print what a step wrote, and remember its success."""
    seconds = time.monotonic() - run.start
    result = Result(run.step, run.process.returncode, seconds, processor_seconds, _left_out(run.step).exists())
    state = "" if result.status == 0 else f": FAILED with exit status {result.status}"
    print(f"\n==> {run.step.title}{state}\n{_log(run.step).read_text(errors='replace')}", flush=True)
    if result.status == 0 and run.fingerprint and not result.left_out:
        PASSED.mkdir(parents=True, exist_ok=True)
        (PASSED / run.step.name).write_text(run.fingerprint)
    return result


def _end(run: Run) -> None:
    """End a step and its processes, at first politely."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + 20
        try:
            os.killpg(run.process.pid, number)  # once: another would disturb its clean-up
            while time.monotonic() < deadline:
                run.process.poll()  # takes its exit status
                os.killpg(run.process.pid, 0)
                time.sleep(0.1)
        except ProcessLookupError:
            return


def summarize(runner: Runner, seconds: float) -> None:
    """Print what each step took, beside what it usually takes."""
    usual = json.loads(USUAL.read_text()) if USUAL.is_file() else {}
    print("\n==> Summary: seconds, seconds of processor time, usual seconds")
    for result in runner.done:
        mark = "  FAILED" if result.status != 0 else "  LEFT OUT" if result.left_out else ""
        expected = usual.get(result.step.name, "-")
        print(f"{result.seconds:6.0f} {result.processor_seconds:6.0f} {expected:>6}  {result.step.title}{mark}")
    for step in runner.skipped:
        print(f"     -      - {usual.get(step.name, '-'):>6}  {step.title}: skipped, unchanged since it passed here")
    for step in [run.step for run in runner.running] + runner.waiting:
        print(f"     -      - {usual.get(step.name, '-'):>6}  {step.title}: NOT RUN")
    print(f"{seconds:6.0f} in all", flush=True)


def record(results: list[Result]) -> None:
    """Keep what the steps took that have passed as what they usually take."""
    known = json.loads(USUAL.read_text()) if USUAL.is_file() else {}
    known.update({result.step.name: round(result.seconds) for result in results if result.status == 0 and not result.left_out})
    USUAL.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 1 when a step failed."""
    steps = read_steps()
    parser = argparse.ArgumentParser(prog="ci/test", description="Run the tests: all of them, or the steps that are named.")
    parser.add_argument("names", nargs="*", metavar="STEP", choices=[*steps, []], help=f"one of {', '.join(steps)}")
    parser.add_argument(
        "--quick",
        dest="kind",
        action="store_const",
        const="quick",
        default="whole",
        help="only what needs neither a build nor Orthanc",
    )
    parser.add_argument(
        "--plugin", dest="kind", action="store_const", const="plugin", help="only the plugin in this system's Orthanc"
    )
    parser.add_argument("--all", action="store_true", help="skip nothing")
    parser.add_argument("--keep-going", action="store_true", help="run what does not need a failed step, too")
    parser.add_argument("--record", action="store_true", help="keep the times in ci/lib/durations.json")
    options = parser.parse_args(arguments)
    # Without names, a step that only prepares others runs for them.
    tests = [step for step in steps.values() if step.kind in KINDS[options.kind] and (step.inputs or step.kind == "quick")]
    wanted = [steps[name] for name in options.names] or tests
    start = time.monotonic()
    runner = Runner(steps, wanted, options.all)
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell ignores the first in the background
        signal.signal(number, runner.interrupt)
    try:
        succeeded = runner.run(options.keep_going)
    except Interrupted as interruption:
        print("\nInterrupted.", file=sys.stderr)
        return 128 + int(interruption.args[0])
    finally:
        summarize(runner, time.monotonic() - start)
        if options.record:
            record(runner.done)
    outer = os.environ.get("ORTHANC_PYTHON_LEFT_OUT")
    if outer and any(result.left_out for result in runner.done):
        Path(outer).touch()  # of the step that runs this ci/test
    return 0 if succeeded else 1


if __name__ == "__main__":
    sys.exit(main())
