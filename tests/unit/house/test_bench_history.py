# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of all runs of the benchmark."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from bench import history
from bench.model import ESTABLISHED, FULL, OURS, PLAIN, POSTGRESQL, QUICK, SQLITE, Measurement, Results
from bench.subjects import Subject
from tests.unit.house.bench_results import made_up_results


@pytest.fixture
def found() -> dict[Measurement, Results]:
    return made_up_results()


@pytest.fixture
def record(found: dict[Measurement, Results], monkeypatch: pytest.MonkeyPatch) -> history.Record:
    monkeypatch.setattr(history, "versions", lambda subjects: {"Orthanc": "1.10.1"})  # no program is needed for these tests
    return history.make_record(found, FULL, history.circumstances({}))


def test_versions_have_no_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = {
        "Orthanc": "/usr/sbin/Orthanc 1.10.1",
        "python3": "Python 3.11.2",
        "wrk": "wrk debian/4.1.0-3+b2 [epoll] Copyright",
        "postgres": "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)",
    }
    (tmp_path / "15" / "bin").mkdir(parents=True)
    (tmp_path / "15" / "bin" / "postgres").touch()
    monkeypatch.setattr(history, "POSTGRESQL_PROGRAMS", tmp_path)
    monkeypatch.setattr(history, "find_orthanc", lambda: Path("/usr/sbin/Orthanc"))
    monkeypatch.setattr(history, "_first_line", lambda program, *_: lines[Path(program).name])
    found = history.versions({ESTABLISHED: Subject(ESTABLISHED, version="4.0")})
    assert found.pop("bench").startswith("3.")
    assert found == {
        "Orthanc": "1.10.1",
        "CPython": "3.11.2",
        "wrk": "debian/4.1.0-3+b2",
        POSTGRESQL: "15.14",
        ESTABLISHED: "4.0",
    }


def test_runs_are_appended(record: history.Record, tmp_path: Path) -> None:
    file = tmp_path / "new" / "history.jsonl"
    assert history.read(file) == []
    history.append(file, record)
    first = file.read_bytes()
    history.append(file, {**record, "commit": "later"})
    assert file.read_bytes().startswith(first)
    assert history.read(file) == [record, {**record, "commit": "later"}]


def test_record(record: history.Record) -> None:
    assert record["cores"] == len(os.sched_getaffinity(0)) and record["processor"]
    rate = record["results"]["rest"]["8 connections: rate"]
    assert rate["unit"] == "requests/s"
    assert rate["samples"] == {ESTABLISHED: [10_000], OURS: [20_000], PLAIN: [30_000]}
    assert rate["goals"] == {"at least 2 times established plugin": "met", "at least 0.9 times plain C": "missed"}
    assert "8 connections: p99" not in record["results"]["rest"]  # nothing was measured
    text = json.dumps(record)
    assert socket.gethostname() not in text and str(Path.home()) not in text and str(history.ROOT) not in text


@pytest.mark.parametrize(("line", "message"), [("{", "line 2 is not JSON"), ("[]", "line 2 is not the record of a run")])
def test_a_spoilt_line_is_named(record: history.Record, tmp_path: Path, line: str, message: str) -> None:
    file = tmp_path / "history.jsonl"
    history.append(file, record)
    with file.open("a") as lines:
        lines.write(f"{line}\n")
    with pytest.raises(ValueError, match=message):
        history.read(file)


def test_last_run(found: dict[Measurement, Results], record: history.Record) -> None:
    key = "rest", "8 connections: rate"
    quick = history.make_record(found, QUICK, history.circumstances({}))
    other = {**record, "processor": "another"}
    upgraded = {**record, "versions": {"Orthanc": "1.12.8"}}
    newer = json.loads(json.dumps(record).replace("20000", "21000"))
    assert history.last_samples([record, newer, quick, other, upgraded], record, *key) == {
        ESTABLISHED: [10_000],
        OURS: [21_000],
        PLAIN: [30_000],
    }
    assert history.last_samples([quick, other, upgraded], record, *key) == {}
    assert history.last_samples([record], record, "rest", "unknown") == {}


def test_series_that_named_no_database(record: history.Record) -> None:
    older = {**record, "results": {"changes": {"rate": {"samples": {OURS: [7_000]}}}}}
    assert history.last_samples([older], record, "changes", f"{SQLITE}: rate") == {OURS: [7_000]}
    assert history.last_samples([older], record, "changes", f"{POSTGRESQL}: rate") == {}
