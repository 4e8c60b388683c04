# SPDX-License-Identifier: GPL-3.0-or-later
"""ci/test runs what has changed, and nothing that it skips could have failed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ci.lib import steps

ROOT = Path(__file__).resolve().parents[3]
Run = Callable[..., tuple[bool, list[str], list[str]]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a table of steps in a checkout of its own: success, what has run, what was skipped."""
    checkout = tmp_path / "checkout"
    (checkout / "ci" / "lib").mkdir(parents=True)
    (checkout / "ci" / "lib" / "common.sh").touch()
    (checkout / "source").write_text("1")
    subprocess.run(["git", "init", "-q", str(checkout)], check=True)
    monkeypatch.setattr(steps, "ROOT", checkout)
    monkeypatch.setattr(steps, "LOGS", checkout / "build" / "logs")
    monkeypatch.setattr(steps, "PASSED", tmp_path / "passed")
    monkeypatch.setattr(steps, "USUAL", tmp_path / "durations.json")

    def run_steps(table: str, run_all: bool = False, keep_going: bool = False) -> tuple[bool, list[str], list[str]]:
        file = tmp_path / "steps.toml"
        file.write_text("[inputs]\nalways = []\n" + textwrap.dedent(table))
        read = steps.read_steps(file)
        runner = run_steps.runner = steps.Runner(
            read, [step for step in read.values() if step.inputs or step.kind == "quick"], run_all
        )
        succeeded = runner.run(keep_going)
        return succeeded, [result.step.name for result in runner.done], [step.name for step in runner.skipped]

    run_steps.source = checkout / "source"  # type: ignore[attr-defined]
    return run_steps


TABLE = """
[build]
title = "Building"
kind = "plugin"
command = "cp source built"
[test]
title = "Testing"
kind = "plugin"
command = "grep 1 built"
needs = ["build"]
inputs = ["source"]
"""


def test_an_unchanged_step_is_skipped_with_what_it_needs(run: Run) -> None:
    assert run(TABLE) == (True, ["build", "test"], [])
    assert run(TABLE) == (True, [], ["test"])
    assert run(TABLE, run_all=True) == (True, ["build", "test"], [])


def test_a_changed_input_runs_it_again(run: Run) -> None:
    run(TABLE)
    run.source.write_text("10")  # type: ignore[attr-defined]
    assert run(TABLE) == (True, ["build", "test"], [])


def test_a_changed_command_runs_it_again(run: Run) -> None:
    run(TABLE)
    assert run(TABLE.replace("grep 1", "grep -q 1")) == (True, ["build", "test"], [])


def test_recorded_durations_run_nothing_again(run: Run) -> None:
    table = TABLE.replace('inputs = ["source"]', 'inputs = ["source", "ci"]')
    run(table)
    (run.source.parent / "ci" / "lib" / "durations.json").write_text("{}")  # type: ignore[attr-defined]
    assert run(table) == (True, [], ["test"])


def test_without_a_repository_nothing_is_skipped(run: Run) -> None:
    """A worktree can be mounted without its repository: the file .git names a folder that is not there."""
    run(TABLE)
    checkout = run.source.parent  # type: ignore[attr-defined]
    (checkout / ".git").rename(checkout.parent / "repository")
    (checkout / ".git").write_text("gitdir: /nowhere\n")
    assert run(TABLE) == (True, ["build", "test"], [])
    assert run(TABLE) == (True, ["build", "test"], [])
    (checkout / ".git").unlink()
    (checkout.parent / "repository").rename(checkout / ".git")
    run.source.write_text("10")  # type: ignore[attr-defined]
    assert run(TABLE) == (True, ["build", "test"], [])


def test_a_failure_is_not_taken_for_a_success_later(run: Run) -> None:
    run.source.write_text("2")  # type: ignore[attr-defined]
    assert run(TABLE) == (False, ["build", "test"], [])
    assert run(TABLE) == (False, ["build", "test"], [])


def test_what_is_left_out_has_not_passed(run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It counts as done, is left out again the next time, and its seconds are not those that it usually takes."""
    monkeypatch.delenv("CI", raising=False)  # where it fails
    shutil.copy(ROOT / "ci" / "lib" / "common.sh", steps.ROOT / "ci" / "lib")
    table = TABLE.replace("grep 1 built", "left_out tests")
    assert run(table) == (True, ["build", "test"], [])
    assert run(table) == (True, ["build", "test"], [])
    runner = run.runner  # type: ignore[attr-defined]
    steps.summarize(runner, 1)
    assert "Testing  LEFT OUT" in capsys.readouterr().out
    steps.record(runner.done)
    assert json.loads(steps.USUAL.read_text()).keys() == {"build"}


def test_what_is_left_out_in_a_root_has_not_passed(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step whose script runs ci/test in a root of Debian knows it, and has the header of the newest SDK before."""
    monkeypatch.delenv("CI", raising=False)  # where it fails
    shutil.copy(ROOT / "ci" / "lib" / "common.sh", steps.ROOT / "ci" / "lib")
    (steps.ROOT / "steps.toml").write_text(
        '[inputs]\nalways = []\n[test]\ntitle = ""\nkind = "quick"\ncommand = "left_out it"\n'
    )
    read = steps.read_steps(steps.ROOT / "steps.toml")
    monkeypatch.setattr(steps, "read_steps", lambda: read)
    monkeypatch.setenv("ORTHANC_PYTHON_LEFT_OUT", str(tmp_path / "suite.left-out"))
    assert steps.main([]) == 0
    assert (tmp_path / "suite.left-out").is_file()


def test_suites_have_the_newest_header() -> None:
    suites = [step for step in steps.read_steps().values() if "ci/suites" in step.command]
    assert len(suites) == 2
    assert all("headers" in step.needs for step in suites)


def test_it_can_go_on_with_what_does_not_need_the_failed_step(run: Run) -> None:
    other = """
    [other]
    title = "Other"
    kind = "quick"
    command = "sleep 0.5"
    [last]
    title = "Last"
    kind = "quick"
    command = "true"
    needs = ["other"]
    """
    table = TABLE.replace("cp source built", "false") + textwrap.dedent(other)
    assert run(table, keep_going=True) == (False, ["build", "other", "last"], [])


def test_nothing_is_left_running_after_a_failure(run: Run, tmp_path: Path) -> None:
    succeeded, done, _ = run(f"""
    [slow]
    title = "Slow"
    kind = "quick"
    command = "sleep 60 & echo $! >{tmp_path}/pid; wait"
    [failing]
    title = "Failing"
    kind = "quick"
    command = "while [ ! -s {tmp_path}/pid ]; do sleep 0.05; done; false"
    """)
    assert (succeeded, done) == (False, ["failing"])
    process = Path("/proc", (tmp_path / "pid").read_text().strip(), "stat")
    assert not process.exists() or process.read_text().split()[2] == "Z"


def test_a_step_that_is_ended_cleans_up(run: Run, tmp_path: Path) -> None:
    """One signal ends it: another would disturb its clean-up."""
    (steps.ROOT / "slow").write_text(f"""
        trap 'echo ended >>{tmp_path}/signals' TERM
        touch {tmp_path}/ready
        while [ ! -e {tmp_path}/signals ]; do sleep 0.1; done
        for _ in {{1..10}}; do sleep 0.1; done
        touch {tmp_path}/clean
    """)
    run(f"""
    [slow]
    title = "Slow"
    kind = "quick"
    command = "exec bash slow"
    [failing]
    title = "Failing"
    kind = "quick"
    command = "while [ ! -e {tmp_path}/ready ]; do sleep 0.05; done; false"
    """)
    assert (tmp_path / "clean").exists()
    assert (tmp_path / "signals").read_text() == "ended\n"


SUITE = """
import pathlib
import time
import pytest

here = pathlib.Path(__file__).parent

def wait_for(name):
    while not (here / name).exists():
        time.sleep(0.05)

@pytest.fixture
def fixture():
    yield
    (here / "cleaning").touch()
    wait_for("ended again")
    (here / "clean").touch()

def test_waits(fixture):
    (here / "ready").touch()
    wait_for("never")
"""


def test_a_suite_that_is_ended_cleans_up(tmp_path: Path) -> None:
    """Also when it is ended again meanwhile, such as by the end of a terminal's session after that of ci/test."""
    (tmp_path / "test_suite.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "--rootdir", str(tmp_path), str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        for name in ("ready", "cleaning"):
            while not (tmp_path / name).exists():
                assert process.poll() is None
                time.sleep(0.05)
            process.terminate()
        (tmp_path / "ended again").touch()
        said = process.communicate(timeout=60)[0]
    finally:
        process.kill()
    assert (tmp_path / "clean").exists() and "Exit: terminated" in said


def test_each_input_is_tracked() -> None:
    paths = {path for step in steps.read_steps().values() for path in step.inputs}
    missing = [
        path
        for path in sorted(paths)
        if not subprocess.run(["git", "ls-files", "--", path], cwd=ROOT, capture_output=True, check=True).stdout
    ]
    assert not missing


def test_each_file_of_the_product_is_an_input() -> None:
    """The inputs of the quick steps' tests are not needed: these steps always run."""
    folders = ["src", "cmake", "samples", "docs", "docker", "windows", "macos", "tests"]
    tracked = subprocess.run(["git", "ls-files", "--", *folders], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = {path for step in steps.read_steps().values() for path in step.inputs}
    always_run = ("tests/unit/", "tests/cmake/", "tests/mutants/", "tests/workflows/")
    files = [name for name in tracked.stdout.splitlines() if not name.startswith(always_run)]
    assert [name for name in files if not any(name == path or name.startswith(f"{path}/") for path in paths)] == []


READ = re.compile(r'\b(?:ROOT|parents\[\d\])((?:\s*/\s*["\'][^"\'{]+["\'])+)')  # such as ROOT / "docs" / "start.md"
IMPORT = re.compile(r"^\s*(?:from|import) ((?:bench|tests|orthanc_release)\b[\w.]*)(?: import ([\w, ]+))?", re.MULTILINE)


def read_by(file: Path) -> Iterator[str]:
    """Yield the paths below the checkout that a test names, and the modules of other folders that it imports."""
    text = file.read_text()
    for path in READ.findall(text):
        yield "/".join(re.findall(r"""["']([^"']+)["']""", path))
    for module, names in IMPORT.findall(text):
        path = module.replace("orthanc_release", "src.orthanc_release", 1).replace(".", "/")
        yield from (f"{path}.py", *(f"{path}/{name.strip()}.py" for name in names.split(",")))


def test_each_file_that_tests_read_is_an_input() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    known = {*tracked, *(str(folder) for name in tracked for folder in Path(name).parents)}
    missing = set()
    for step in steps.read_steps().values():
        scripts = [ROOT / name for name in re.findall(r"\bci/(?!newest)\w+", step.command) if (ROOT / name).is_file()]
        commands = step.command + "".join(script.read_text() for script in scripts)
        if step.name in ("trixie", "sid"):
            commands += "tests/integration tests/differential"  # by ci/test --plugin
        for tests in map(ROOT.joinpath, re.findall(r"\btests/\w+\b(?:/test_\w+\.py)?(?!/)", commands) if step.inputs else ()):
            helpers = [file for file in tests.parent.glob("*.py") if not file.name.startswith("test_")]
            for file in tests.rglob("*.py") if tests.is_dir() else [tests, *helpers]:
                missing |= {
                    (step.name, path, str(file.relative_to(ROOT)))
                    for path in known.intersection(read_by(file))
                    if not any(f"{path}/".startswith(f"{each}/") or each.startswith(f"{path}/") for each in step.inputs)
                }
    assert sorted(missing) == []


def test_each_test_is_run_by_a_step() -> None:
    commands = "\n".join(step.command for step in steps.read_steps().values())
    scripts = "".join(
        (ROOT / "ci" / name).read_text() for name in ("sanitize", "fuzz", "docker", "cibuildwheel", "fresh", "differential")
    )
    folders = [path.name for path in (ROOT / "tests").iterdir() if list(path.rglob("test_*.py"))]
    assert [name for name in folders if f"tests/{name}" not in commands + scripts] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt(number: int, run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The step ends with its processes, the summary says what did not run, and there is no traceback."""
    table = '[inputs]\nalways = []\n[test]\ntitle = "Waiting"\nkind = "quick"\ncommand = "echo $$ > started; exec sleep 1000"\n'
    (steps.ROOT / "steps.toml").write_text(table)
    read = steps.read_steps(steps.ROOT / "steps.toml")
    monkeypatch.setattr(steps, "read_steps", lambda: read)
    started = steps.ROOT / "started"

    def interrupt() -> None:
        while not started.is_file() or not started.read_text():
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        assert steps.main(["--keep-going"]) == 128 + number
    finally:
        thread.join()
        for each, handler in handlers.items():
            signal.signal(each, handler)
    said = capsys.readouterr()
    assert said.err == "\nInterrupted.\n" and "Waiting: NOT RUN" in said.out
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)
