# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Orthanc stops and resets under load without a crash, a hang or a lost change, counted.

    python -m bench.soak.stops --plugin build/bench/libOrthancPython.so --stops 200 --resets 50

Each scenario is a script of bench/scripts/stops. Its listener of changes is behind when the stop comes.
"""

from __future__ import annotations

import argparse
import http.client
import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pydicom
import pydicom.data
from pydicom.uid import generate_uid
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bench.processes import interrupt_at_signals
from orthanc_python import OrthancDidNotStart, OrthancServer
from orthanc_python.server.processes import takes_sigterm

SCRIPTS = Path(__file__).parents[1] / "scripts" / "stops"
STOP_TIMEOUT = 60  # seconds, so that no change is given up
PATIENCE = STOP_TIMEOUT + 60.0  # seconds, after which a stop or a reset counts as a hang
NAMED = re.compile(r"is not told of .*NEW_INSTANCE \((\d+)\)")
DEATH = 10.0  # seconds in which a server ends after a connection has broken; a core dump takes some
FAILURES = (OSError, http.client.HTTPException, OrthancDidNotStart, ValueError)  # of a server; ValueError: a wrong answer
CRASH = re.compile(r"Fatal Python error|Segmentation|terminate called|Uncaught exception")


@dataclass(frozen=True)
class Scenario:
    """A script, and how far its listener is behind."""

    name: str
    script: str
    environment: Mapping[str, str] = field(default_factory=dict)
    uploads: int = 4  # before each stop
    begin: str = ""  # a path whose request starts the load


SCENARIOS = (
    Scenario("long listeners", "listener", {"LISTENER_SECONDS": "0.35"}, uploads=6),
    Scenario("many calls", "listener", {"LISTENER_CALLS": "200"}, uploads=20),
    Scenario("1 thread", "threads", {"THREADS": "1"}),
    Scenario("4 threads", "threads", {"THREADS": "4"}),
    Scenario("64 threads", "threads", {"THREADS": "64"}),
    Scenario("async tasks", "tasks", begin="/begin"),
    Scenario("executors", "executors"),
    Scenario("timers", "timers"),
    Scenario("jobs", "jobs"),
    Scenario("metadata", "metadata"),
)


@dataclass
class Count:
    """The results of stops or resets."""

    done: int = 0
    crashes: int = 0
    hangs: int = 0
    wrong: int = 0  # servers that gave a wrong answer
    lost: int = 0  # changes that neither the script nor the log knows
    named: int = 0  # changes that the log says are lost
    longest: float = 0  # seconds

    def add(self, other: Count) -> None:
        for name in ("done", "crashes", "hangs", "wrong", "lost", "named"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.longest = max(self.longest, other.longest)

    @property
    def failed(self) -> bool:
        return bool(self.crashes or self.hangs or self.wrong or self.lost or self.named)


def new_instance() -> bytes:
    dataset = pydicom.dcmread(Path(pydicom.data.__file__).parent / "test_files" / "CT_small.dcm")
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    content = io.BytesIO()
    pydicom.dcmwrite(content, dataset)
    return content.getvalue()


def wait_for_main_thread(server: OrthancServer) -> None:
    """Orthanc answers requests a moment before its main thread waits for a signal."""
    while server.running and not takes_sigterm(server.pid):
        time.sleep(0.001)


def load(server: OrthancServer, scenario: Scenario) -> None:
    if scenario.begin and (status := server.get(scenario.begin).status) != 200:
        raise ValueError(f"Orthanc answered {scenario.begin} with HTTP status {status}")
    for _ in range(scenario.uploads):
        server.upload(new_instance())
    wait_for_main_thread(server)


def made(scenario: Scenario, plugin: Path) -> OrthancServer:
    """Return the server of a scenario, to be started."""
    return OrthancServer(
        SCRIPTS / f"{scenario.script}.py",
        plugin=plugin,
        environment=scenario.environment,
        configuration={"Python": {"StopTimeout": STOP_TIMEOUT}},
    )


def last_start(log: str) -> str:
    """Return what the last start has logged: one before it ends with an exception if another program has taken its port."""
    return log[max(0, log.rfind("Orthanc version: ")) :]


def judged(server: OrthancServer, uploads: int, count: Count, failures: Path) -> Count:
    """Complete the count of a server that has ended, and keep the log of a failure."""
    text = last_start(server.log()) + server.output()
    count.crashes += bool(CRASH.search(text)) and not count.crashes
    count.named = sum(int(number) for number in NAMED.findall(text))
    if not (count.crashes or count.hangs or count.wrong):
        count.lost = uploads - len(re.findall(r"handled [0-9a-f-]{44}", text)) - count.named
    if count.failed:
        failures.mkdir(parents=True, exist_ok=True)
        (failures / f"{server.folder.name}.log").write_text(text, encoding="utf-8")
    return count


def end(server: OrthancServer, count: Count) -> None:
    """Terminate the server, and count a crash or a hang."""
    begin = time.monotonic()
    try:
        with suppress(ProcessLookupError):  # it has ended already, and its status says how
            os.kill(server.pid, signal.SIGTERM)
        count.crashes += server.wait(PATIENCE) != 0
        count.longest = max(count.longest, time.monotonic() - begin)
    except subprocess.TimeoutExpired:
        count.hangs += 1
        os.kill(server.pid, signal.SIGKILL)


def blame(server: OrthancServer, error: Exception, count: Count) -> None:
    """Count the wrong answer, the crash or the hang that has raised an error."""
    if isinstance(error, ValueError):
        count.wrong += 1
        print(f"{server.folder.name}: {error}", file=sys.stderr)
        if server.started:
            end(server, count)
        return
    hangs = isinstance(error, OrthancDidNotStart) and error.exit_status is None
    try:
        if server.started:
            server.wait(DEATH)
    except subprocess.TimeoutExpired:
        hangs = True
        os.kill(server.pid, signal.SIGKILL)
    count.hangs += hangs
    count.crashes += not hangs


def counted(scenario: Scenario, plugin: Path, failures: Path, work: Callable[[OrthancServer, Count], None]) -> Count:
    """Start a server, do the work, and count also what goes wrong in it."""
    count = Count()
    with closing(made(scenario, plugin)) as server:
        try:
            server.start()
            work(server, count)
        except FAILURES as error:
            count.done = max(count.done, 1)
            blame(server, error, count)
        return judged(server, scenario.uploads * count.done, count, failures)


def stop(scenario: Scenario, plugin: Path, failures: Path) -> Count:
    """Stop one server under load."""

    def work(server: OrthancServer, count: Count) -> None:
        load(server, scenario)
        count.done = 1
        end(server, count)

    return counted(scenario, plugin, failures, work)


def reset(scenario: Scenario, plugin: Path, failures: Path, times: int) -> Count:
    """Reset one server many times under load."""

    def work(server: OrthancServer, count: Count) -> None:
        for _ in range(times):
            load(server, scenario)
            count.done += 1
            begin = time.monotonic()
            server.reset(PATIENCE)
            count.longest = max(count.longest, time.monotonic() - begin)
            wait_for_main_thread(server)
        end(server, count)

    return counted(scenario, plugin, failures, work)


Step = Callable[[], Count]


def steps(scenario: Scenario, plugin: Path, failures: Path, stops: int, resets: int) -> list[tuple[str, Step]]:
    """Return the steps of a scenario, each `stop` or `reset`. Ten resets at most happen to one server."""
    parts = [min(10, resets - begin) for begin in range(0, resets, 10)]
    return [
        *(("stop", lambda: stop(scenario, plugin, failures)) for _ in range(stops)),
        *(("reset", lambda times=part: reset(scenario, plugin, failures, times)) for part in parts),
    ]


def table(counts: Mapping[tuple[str, str], Count]) -> Table:
    result = Table("scenario", "end", title="Stops and resets under load")
    for head in ("done", "crashes", "hangs", "wrong answers", "changes lost", "changes named as lost", "longest"):
        result.add_column(head, justify="right")
    for (name, kind), count in counts.items():
        values = (count.done, count.crashes, count.hangs, count.wrong, count.lost, count.named, f"{count.longest:.1f} s")
        result.add_row(name, kind, *map(str, values), style="red" if count.failed else None)
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [scenario.name for scenario in SCENARIOS]
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"default: all of {', '.join(names)}")
    parser.add_argument("--plugin", type=Path, required=True, help="the plugin")
    parser.add_argument("--stops", type=int, default=200, help="of each scenario; default: %(default)s")
    parser.add_argument("--resets", type=int, default=50, help="of each scenario; default: %(default)s")
    parser.add_argument("--servers", type=int, default=os.cpu_count(), help="at the same time; default: %(default)s")
    parser.add_argument("--failures", type=Path, default=Path("build/soak"), help="folder for their logs; default: %(default)s")
    options = parser.parse_args()
    if unknown := set(options.scenarios) - set(names):
        parser.error(f"no scenario: {', '.join(sorted(unknown))}")
    chosen = [scenario for scenario in SCENARIOS if not options.scenarios or scenario.name in options.scenarios]
    counts = {(scenario.name, kind): Count() for scenario in chosen for kind in ("stop", "reset")}
    console = Console(width=120 if not sys.stdout.isatty() else None)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    interrupt_at_signals()
    try:
        with Progress(*columns, console=console) as bar, ThreadPoolExecutor(options.servers) as pool:
            try:
                for scenario in chosen:
                    todo = steps(scenario, options.plugin, options.failures, options.stops, options.resets)
                    task = bar.add_task(scenario.name, total=len(todo))
                    running = [(kind, pool.submit(step)) for kind, step in todo]
                    for kind, future in running:
                        counts[scenario.name, kind].add(future.result())
                        bar.advance(task)
                    if not console.is_terminal:
                        console.print(f"{scenario.name}: {len(todo)} servers have ended")
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)  # leaving the pool waits for the steps that have begun
                raise
    except KeyboardInterrupt:
        console.print("Interrupted: everything that was started has ended.")
        return 130
    finally:
        console.print(table(counts))
    failed = any(count.failed for count in counts.values())
    if failed:
        console.print(f"[bold red]the logs of failures are in {options.failures}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
