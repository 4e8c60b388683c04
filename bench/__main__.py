# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: ci/bench [--quick] [NAME...]"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console

from bench import history, page
from bench.charts import draw
from bench.measurements import MEASUREMENTS
from bench.model import FULL, QUICK, Measurement, Samples, Series
from bench.processes import MEGABYTE, interrupt_at_signals
from bench.report import make_table, summary
from bench.run import run
from bench.subjects import HERE, ROOT, all_subjects

WIDTH = 175
# Where the servers keep their files. Waiting for a disk would hide what the plugins cost, and differs from minute to minute.
MEMORY = Path("/dev/shm")
ROOM = 4000  # MB of files, the largest number of instances apart: that one looks for its own room


def parse_arguments() -> argparse.Namespace:
    names = [measurement.name for measurement in MEASUREMENTS]
    parser = argparse.ArgumentParser(
        prog="ci/bench", description="Measures the plugin against the established one and one in plain C."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure, by default all: {', '.join(names)}")
    parser.add_argument(
        "--quick", action="store_true", help="one tiny round of everything, to see that it works; is not recorded"
    )
    parser.add_argument("--rounds", type=int, help="of each measurement")
    parser.add_argument(
        "--build", type=Path, default=ROOT / "build" / "bench", help="folder of the plugin, built for /usr/bin/python3"
    )
    parser.add_argument(
        "--free-threaded",
        type=Path,
        nargs=2,
        metavar=("FOLDER", "PYTHON"),
        help="folder of the plugin built for a free-threaded CPython, and that CPython",
    )
    parser.add_argument("--history", type=Path, help="file of all runs, to which this one is added (bench/history.jsonl)")
    parser.add_argument("--charts", type=Path, help="folder for the SVGs (bench/charts)")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(names))
    if unknown:
        parser.error(f"there is no measurement {', '.join(unknown)}; there are {', '.join(names)}")
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds must be at least 1")
    return options


def why_not(folder: Path) -> str:
    """Return why the servers cannot keep their files in a folder in memory; nothing if they can."""
    if not folder.is_dir():
        return f"{folder} is not a folder"
    if os.statvfs(folder).f_flag & os.ST_NOEXEC:  # plugins are built there
        return f"{folder} allows no programs (noexec)"
    free = shutil.disk_usage(folder).free // MEGABYTE
    return f"{folder} has only {free:,} MB free" if free < ROOM else ""


def keep_files_in_memory() -> str:
    """Make temporary files lie in memory; return a note if they cannot."""
    if reason := why_not(MEMORY):
        return f"The servers' files are not in memory, so that figures depend on the disk: {reason}."
    tempfile.tempdir = str(MEMORY)
    return ""


def measure(options: argparse.Namespace) -> bool:
    """Measure, print the tables, and write the history and the charts. False when something could not be measured."""
    console = Console(width=WIDTH)
    effort = QUICK if options.quick else FULL
    if options.rounds is not None:
        effort = replace(effort, rounds=options.rounds)
    # A quick run's figures say nothing: they stay out of what is committed.
    kept = ROOT / "build" / "bench-quick" if options.quick else HERE
    file: Path = options.history or kept / "history.jsonl"
    former = history.read(file)
    chosen = [measurement for measurement in MEASUREMENTS if not options.names or measurement.name in options.names]
    on_disk = keep_files_in_memory()
    with tempfile.TemporaryDirectory() as folder:
        subjects = all_subjects(Path(folder), options.build, options.free_threaded)
        before = history.circumstances(subjects)
        found = run(chosen, subjects, effort)
        record = history.make_record(found, effort, before, [on_disk] if on_disk else [])

    def last(measurement: Measurement, series: Series) -> Samples:
        return history.last_samples(former, record, measurement.name, series.key)

    for measurement, results in found.items():
        console.print(make_table(measurement, results, partial(last, measurement)))
        for note in results.notes:
            console.print(f"  {note}", highlight=False)
        console.print()
    if on_disk:
        console.print(on_disk, highlight=False)
    console.print(f"Goals: {summary(found)}.", highlight=False)
    if any(results.failed for results in found.values()):
        console.print("Some figures are missing: see FAILED above. Nothing was recorded.")
        return False
    history.append(file, record)
    is_full = not options.quick and not options.names and options.rounds is None  # one that the page may show
    written = [file, *draw(found, options.charts or (kept if is_full else ROOT / "build" / "bench-quick") / "charts")]
    if is_full:
        page.update(ROOT / "docs" / "speed.md", history.read(file))
        written.append(ROOT / "docs" / "speed.md")
    for path in written:
        console.print(f"Written: {path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}", highlight=False)
    return True


def main() -> int:
    options = parse_arguments()
    interrupt_at_signals()
    # For DCMTK, in Orthanc and in storescu: otherwise each message waits 40 ms for the acknowledgement of the one before.
    os.environ["TCP_NODELAY"] = "1"
    try:
        complete = measure(options)
    except KeyboardInterrupt:
        print("Interrupted: everything that was started has ended.", file=sys.stderr)
        return 130
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
