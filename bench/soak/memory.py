# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the memory of a real Orthanc grows in the course of hundreds of thousands of requests.

    python -m bench.soak.memory --plugin build/bench/libOrthancPython.so

Each load comes in several equal parts. What an allocator or a cache takes once belongs to the first of them, the warm-up; a
leak would go on in the others. Fails if one of the loads makes the server grow by more than the limit.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pydicom
import pydicom.data
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bench.processes import interrupt_at_signals, resident_size
from orthanc_python import OrthancServer
from orthanc_python.server.processes import die_with_parent

LIMIT = 3.0  # percent that the resident size may grow by after the warm-up
PARTS = 10  # of which the first WARM_UP only warm up
WARM_UP = 3
CONNECTIONS = 8
SECONDS = 600  # that the requests of a part may take
ANSWERED = 3  # exit status of wrk, whose own is 0 also when time is up
SETTLED = {"MALLOC_ARENA_MAX": "2"}  # with an arena for each thread, glibc alone grows by whichever threads happen to be busy
# Orthanc itself keeps what was uploaded lately in memory, deleted or not.
UNCACHED = {"MaximumStorageCacheSize": 0, "DicomParserCacheSize": 0, "TranscoderCacheSize": 0}

SCRIPT = """
import orthanc

def answer(output, uri, **request):
    output.AnswerBuffer("ok\\n", "text/plain")

def fail(output, uri, **request):
    raise LookupError("no such thing")

def miss(output, uri, **request):
    for number in range(10):
        assert orthanc.GetKeyValue("soak", str(number)) is None
    output.AnswerBuffer("ok\\n", "text/plain")

orthanc.RegisterRestCallback("/answer/(.*)", answer)
orthanc.RegisterRestCallback("/fail", fail)
orthanc.RegisterOnChangeCallback(lambda change, level, resource: None)
orthanc.RegisterOnStoredInstanceCallback(lambda instance, instance_id: instance.GetInstanceSimplifiedJson())
orthanc.RegisterReceivedInstanceCallback(lambda data, origin: (orthanc.ReceivedInstanceAction.MODIFY, data))
orthanc.RegisterIncomingHttpRequestFilter(lambda uri, **request: True)
if hasattr(orthanc, "GetKeyValue") and orthanc.CheckVersionAdvanced(1, 12, 8):
    orthanc.RegisterRestCallback("/miss", miss)
"""


@dataclass
class Load:
    """Something that is done to the server many times."""

    name: str
    count: int
    run: Callable[[OrthancServer, int], None]  # does it so many times
    per_request: int = 1  # how many of the counted things one request does


@dataclass
class Outcome:
    """Resident sizes in MB after each part of a load."""

    load: Load
    sizes: list[float]

    @property
    def growth(self) -> float:
        """Percent, since the warm-up."""
        return (self.sizes[-1] / self.sizes[WARM_UP - 1] - 1) * 100


def requests(path: str, status: int, seconds: int = SECONDS) -> Callable[[OrthancServer, int], None]:
    """Send requests by wrk, exactly as many as asked for, of which each must be answered by this status in time."""

    def run(server: OrthancServer, count: int) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
            # wrk knows durations only; os.exit, because its main thread would sleep on to the end of the duration.
            script.write(
                f"local left = {count}\nfunction response(status)\n"
                f"  if status ~= {status} then io.stderr:write('status ', status) os.exit(1) end\n"
                f"  left = left - 1\n  if left <= 0 then os.exit({ANSWERED}) end\nend\n"
            )
            script.flush()
            command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script.name, server.url + path]
            wrk = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent()
            )
            with wrk:
                try:
                    while wrk.poll() is None and server.running:
                        time.sleep(0.05)
                finally:
                    wrk.kill()
                assert wrk.stderr is not None
                error = wrk.stderr.read().strip()
        if not server.running:
            raise RuntimeError(f"Orthanc has ended while {path} was asked for")
        if wrk.returncode == 0:
            raise RuntimeError(f"only some of {count} requests to {path} were answered in {seconds} s")
        if wrk.returncode != ANSWERED:
            raise RuntimeError(f"{path} was not answered with the status {status}: {error}")

    return run


def uploads() -> Callable[[OrthancServer, int], None]:
    """Uploads of new instances, each deleted again."""
    dataset = pydicom.dcmread(Path(pydicom.data.__file__).parent / "test_files" / "CT_small.dcm")
    content = io.BytesIO()
    dataset.save_as(content)
    uid = dataset.SOPInstanceUID.encode()

    def run(server: OrthancServer, count: int) -> None:
        def one(number: int) -> None:
            own = f"1.2.3.{number}".ljust(len(uid), "0").encode()
            instance = server.upload(content.getvalue().replace(uid, own))["ID"]
            server.delete(f"/instances/{instance}")

        with ThreadPoolExecutor(4) as clients:
            for _ in clients.map(one, range(100_000, 100_000 + count)):
                pass

    return run


def loads(scale: float) -> Iterator[Load]:
    """All loads, each so many times the usual count."""
    yield Load("requests", int(500_000 * scale), requests("/answer/something?a=b", 200))
    yield Load("failing requests", int(100_000 * scale), requests("/fail", 500))
    yield Load("uploads and deletions", int(20_000 * scale), uploads())
    yield Load("key-value misses", int(100_000 * scale), requests("/miss", 200), per_request=10)


def soak(server: OrthancServer, scale: float, progress: Progress) -> tuple[list[Outcome], list[str]]:
    """Run the loads. Return their results, and the loads that this Orthanc cannot do."""
    outcomes, left_out = [], []
    for load in loads(scale):
        if load.name == "key-value misses" and server.get("/miss").status == 404:
            left_out.append(f"{load.name}: need Orthanc 1.12.8 and a plugin built with its SDK")
            continue
        task = progress.add_task(load.name, total=load.count)
        outcome = Outcome(load, [])
        for _ in range(PARTS):
            part = load.count // PARTS
            load.run(server, part // load.per_request)
            outcome.sizes.append(resident_size(server.pid))
            progress.advance(task, part)
        outcomes.append(outcome)
    return outcomes, left_out


def table(outcomes: list[Outcome], limit: float) -> Table:
    result = Table("load", title="Resident size of Orthanc")
    for head in ("times", "after the warm-up", "at the end", "growth"):
        result.add_column(head, justify="right")
    for outcome in outcomes:
        colour = "red" if outcome.growth > limit else "green"
        sizes = (f"{size:.1f} MB" for size in (outcome.sizes[WARM_UP - 1], outcome.sizes[-1]))
        result.add_row(outcome.load.name, f"{outcome.load.count:,}", *sizes, f"[{colour}]{outcome.growth:+.2f} %")
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plugin", type=Path, required=True, help="the plugin")
    parser.add_argument("--scale", type=float, default=1.0, help="of the usual numbers of requests; default: 1")
    parser.add_argument("--limit", type=float, default=LIMIT, help="percent of growth that fail; default: %(default)s")
    options = parser.parse_args()
    interrupt_at_signals()
    console = Console(width=120 if not sys.stdout.isatty() else None)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "soak_script.py"
        script.write_text(SCRIPT, encoding="utf-8")
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with (
            OrthancServer(script, plugin=options.plugin, environment=SETTLED, configuration=UNCACHED) as server,
            Progress(*columns, console=console) as bar,
        ):
            outcomes, left_out = soak(server, options.scale, bar)
    console.print(table(outcomes, options.limit))
    for line in left_out:
        console.print(f"LEFT OUT: {line}")
    grown = [outcome.load.name for outcome in outcomes if outcome.growth > options.limit]
    if grown:
        console.print(f"[bold red]the server grows by more than {options.limit:g} %: {', '.join(grown)}")
    return int(bool(grown))


if __name__ == "__main__":
    sys.exit(main())
