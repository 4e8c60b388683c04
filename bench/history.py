# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of all runs: a line of JSON each, only ever appended to. It is committed: nothing in it names a host or a path."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from bench.model import OURS, POSTGRESQL, SQLITE, Effort, Measurement, Results, Samples
from bench.subjects import ROOT, Subject
from orthanc_python.server.orthanc_server import find_orthanc

Record = dict[str, Any]
POSTGRESQL_PROGRAMS = Path("/usr/lib/postgresql")


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True, cwd=ROOT).stdout.strip()


def commit() -> str:
    """The commit of the files, with "+" if they differ from it; "unknown" without git or its repository."""
    try:
        described = _git("rev-parse", "--short=12", "HEAD")
        others = [f":!{path}" for path in ("bench/history.jsonl", "bench/charts", "docs/speed.md")]  # that a run writes
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", *others)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return described + ("+" if changed else "")


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "Model"):
            return value.strip()
    return os.uname().machine


def _first_line(*command: str | Path) -> str:
    try:
        output = subprocess.run(command, capture_output=True, text=True)  # wrk prints its version with an error status
    except FileNotFoundError:
        return ""
    return (output.stdout or output.stderr).partition("\n")[0].strip()


def _version(program: str | Path) -> str:
    """Return the version that a program prints after its name, or "unknown". Orthanc gives its own name with the path."""
    line = _first_line(program, "--version").replace("(PostgreSQL) ", "")
    return line.partition(" ")[2].partition(" ")[0] or "unknown"


def versions(subjects: Mapping[str, Subject]) -> dict[str, str]:
    found = {
        "Orthanc": _version(find_orthanc()),
        "CPython": _version("/usr/bin/python3"),
        "bench": sys.version.partition(" ")[0],
        "wrk": _version("wrk"),
    }
    if servers := sorted(POSTGRESQL_PROGRAMS.glob("*/bin/postgres")):
        found[POSTGRESQL] = _version(servers[-1])
    return found | {name: subject.version for name, subject in subjects.items() if subject.version}


def _rounded(samples: Samples) -> Samples:
    return {subject: [float(f"{value:.5g}") for value in values] for subject, values in samples.items()}


def circumstances(subjects: Mapping[str, Subject]) -> Record:
    """Return the code and the machine of a run. Called before it: the code may change while it goes on."""
    return {
        "commit": commit(),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "versions": versions(subjects),
    }


def make_record(found: Mapping[Measurement, Results], effort: Effort, before: Record, notes: Sequence[str] = ()) -> Record:
    """A run as a line of the file. `before` is its circumstances; `notes` are on all measurements."""
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **before,
        "rounds": effort.rounds,
        "seconds": effort.seconds,
        "scale": effort.scale,
        "notes": [*notes, *(f"{measurement.name}: {note}" for measurement, results in found.items() for note in results.notes)],
        "results": {
            measurement.name: {
                series.key: {
                    "unit": series.unit,
                    "samples": _rounded(results.of(series)),
                    "goals": {
                        str(verdict.goal): verdict.judgement
                        for each, verdict in measurement.verdicts(results)
                        if each is series
                    },
                }
                for series in measurement.series
                if results.of(series)
            }
            for measurement, results in found.items()
        },
    }


def append(file: Path, record: Record) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(record, ensure_ascii=False) + "\n")


def read(file: Path) -> list[Record]:
    """All runs, the oldest first; none when there is no file. Raises ValueError with the number of a line that is not a run."""
    if not file.exists():
        return []
    records: list[Record] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            record = json.loads(line)
        except ValueError as error:
            raise ValueError(f"{file.name}, line {number} is not JSON: {error}. Remove the line.") from error
        if not isinstance(record, dict) or "results" not in record:
            raise ValueError(f"{file.name}, line {number} is not the record of a run. Remove the line.")
        records.append(record)
    return records


def last_samples(records: list[Record], record: Record, measurement: str, series: str) -> Samples:
    """Return a series of the newest run of as much effort, with the same versions, on as good a machine; or nothing.

    A series of an older run that names no database is of SQLite.
    """
    alike = ("processor", "cores", "versions", "scale", "seconds")
    for former in reversed(records):
        known = former["results"].get(measurement, {})
        samples: Samples = (known.get(series) or known.get(series.removeprefix(f"{SQLITE}: "), {})).get("samples", {})
        if samples.get(OURS) and all(former.get(key) == record.get(key) for key in alike):
            return samples
    return {}
