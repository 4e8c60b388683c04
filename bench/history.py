# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of all runs: a line of JSON each, only ever appended to. It is committed: nothing in it names a host or a path."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from statistics import median
from typing import Any

from bench.model import SQLITE, Effort, Measurement, Results, Samples
from bench.subjects import ROOT, Subject
from orthanc_python.server.orthanc_server import find_orthanc

Record = dict[str, Any]


def _first_line(*command: str | Path) -> str:
    output = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)  # wrk prints its version with an error status
    return (output.stdout or output.stderr).partition("\n")[0].strip()


def commit() -> str:
    """The commit that is measured, with "+" if the files differ from it."""
    described = _first_line("git", "rev-parse", "--short=12", "HEAD")
    changed = _first_line(
        "git", "status", "--porcelain", "--untracked-files=no", "--", ".", ":!bench/history.jsonl", ":!bench/charts"
    )
    return described + ("+" if changed else "")


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "Model"):
            return value.strip()
    return os.uname().machine


def _version(line: str) -> str:
    """Return the version after a program's name. Orthanc gives its own name with the path."""
    return line.partition(" ")[2].partition(" ")[0]


def versions(subjects: Mapping[str, Subject]) -> dict[str, str]:
    found = {
        "Orthanc": _version(_first_line(find_orthanc(), "--version")),
        "CPython": _version(_first_line("/usr/bin/python3", "--version")),
        "bench": sys.version.partition(" ")[0],
        "wrk": _version(_first_line("wrk", "--version")),
    }
    return found | {name: subject.version for name, subject in subjects.items() if subject.version}


def _rounded(samples: Samples) -> Samples:
    return {subject: [float(f"{value:.5g}") for value in values] for subject, values in samples.items()}


def make_record(found: Mapping[Measurement, Results], effort: Effort, subjects: Mapping[str, Subject]) -> Record:
    """A run as a line of the file."""
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": commit(),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "versions": versions(subjects),
        "rounds": effort.rounds,
        "seconds": effort.seconds,
        "scale": effort.scale,
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


def last_median(records: list[Record], record: Record, measurement: str, series: str, subject: str) -> float | None:
    """Return the median in the newest run of as much effort on as good a machine, or None.

    A series of an older run that names no database is of SQLite.
    """
    alike = ("processor", "cores", "scale", "seconds")
    for former in reversed(records):
        known = former["results"].get(measurement, {})
        samples = (known.get(series) or known.get(series.removeprefix(f"{SQLITE}: "), {})).get("samples", {}).get(subject)
        if samples and all(former.get(key) == record.get(key) for key in alike):
            return float(median(samples))
    return None
