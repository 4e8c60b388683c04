# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark's databases: each index is empty, a missing server is said, and a server ends with the benchmark."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from bench.databases import private_server
from bench.databases.index import SQLite
from bench.databases.private_server import DatabaseMissing, postgresql
from bench.measurements import MEASUREMENTS
from bench.measurements.many.instances import LARGEST
from bench.model import DATABASES, OURS, POSTGRESQL, SQLITE, Effort, Goal, Measurement, Results, Series, each_database
from bench.report import make_table
from bench.run import run
from bench.subjects import ROOT, Subject

HELPERS = Path(__file__).parent / "fake"
EFFORT = Effort(rounds=1, seconds=1, scale=1)
BENCH = """
import sys, time
from pathlib import Path
from bench.databases import private_server
private_server.HELPERS = Path(sys.argv[1])
with private_server.postgresql():
    (Path(sys.argv[2]) / "measuring").touch()
    time.sleep(60)
"""


class Both(Measurement):
    name = "both"
    title = "On both databases"
    databases = DATABASES
    subjects = (OURS,)
    series = each_database(Series("rate", "uploads", "instances/s", (Goal("at least", 1),)), Series("memory", "memory", "MB"))

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        results.add(f"{subject.database.name}: rate", subject.name, 2)
        results.add(f"{subject.database.name}: memory", subject.name, 3)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a made-up PostgreSQL, whose createdb appends its arguments to a file."""
    for name in ("index.so", "initdb"):
        (tmp_path / name).touch()
    createdb = tmp_path / "createdb"
    createdb.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/created\n')
    createdb.chmod(0o755)
    monkeypatch.setenv("FAKE_POSTGRESQL", str(tmp_path))
    monkeypatch.setattr(private_server, "HELPERS", HELPERS)
    return tmp_path


def table(measurement: Measurement, results: Results) -> list[list[str]]:
    output = io.StringIO()
    Console(file=output, width=200).print(make_table(measurement, results, lambda _: {}))
    return [[cell.strip() for cell in line.strip("│\n").split("│")] for line in output.getvalue().splitlines() if "│" in line]


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_rows_name_the_database(folder: Path) -> None:
    measurement = Both()
    found = run([measurement], {OURS: Subject(OURS)}, EFFORT)[measurement]
    assert not found.failed and not found.notes
    assert list(found.samples) == ["SQLite: rate", "SQLite: memory", "PostgreSQL: rate", "PostgreSQL: memory"]
    assert [row[0] for row in table(measurement, found)] == [
        "SQLite: uploads",
        "SQLite: memory",
        "PostgreSQL: uploads",
        "PostgreSQL: memory",
    ]
    assert (folder / "ended").read_text() == "fsync=off"


def test_each_index_is_a_database_of_its_own(folder: Path) -> None:
    with postgresql() as database:
        indexes = [database.new_index() for _ in range(2)]
        assert (folder / "running").exists()
    server = "-h 127.0.0.1 -p 5432 -U orthanc"
    assert (folder / "created").read_text() == f"{server} orthanc1\n{server} orthanc2\n"
    section = {"EnableIndex": True, "EnableStorage": False, "Host": "127.0.0.1", "Port": 5432, "Username": "orthanc"}
    assert [index.configuration for index in indexes] == [
        {"PostgreSQL": {**section, "Database": name}} for name in ("orthanc1", "orthanc2")
    ]


def test_server_uses_the_database(folder: Path) -> None:
    with postgresql() as database:
        server = Subject(OURS, database=database).server(Path("script.py"), {"Name": "bench"})
    plain = Subject(OURS, database=SQLite()).server(Path("script.py"), {"Name": "bench"})
    try:
        assert server.plugins == [str(folder / "index.so")]
        assert server.extra["Name"] == "bench" and server.extra["PostgreSQL"]["Database"] == "orthanc1"
        assert plain.plugins == [] and plain.extra == {"Name": "bench"}
    finally:
        server.close()
        plain.close()


@pytest.mark.parametrize("what", ["programs", "server", "plugin"])
def test_missing_database_is_not_measured(folder: Path, what: str) -> None:
    """PostgreSQL's client has a folder of programs too."""
    if what == "programs":
        (folder / "missing").touch()
    else:
        (folder / {"server": "initdb", "plugin": "index.so"}[what]).unlink()
    with pytest.raises(DatabaseMissing), postgresql():
        pass
    measurement = Both()
    found = run([measurement], {OURS: Subject(OURS)}, EFFORT)[measurement]
    assert not found.failed
    assert found.notes == [
        "PostgreSQL is not measured: install it and Orthanc's plugin for it: apt-get install postgresql orthanc-postgresql"
    ]
    assert [(row[0], row[1], row[-1]) for row in table(measurement, found)] == [
        ("SQLite: uploads", "2", "met"),
        ("SQLite: memory", "3", ""),
        ("PostgreSQL: uploads", "", "not measured"),
        ("PostgreSQL: memory", "", "not measured"),
    ]


def test_database_that_does_not_start_fails_the_run(folder: Path) -> None:
    (folder / "broken").touch()
    measurement = Both()
    found = run([measurement], {OURS: Subject(OURS)}, EFFORT)[measurement]
    assert found.failed
    (note,) = found.notes
    assert note.startswith("FAILED, PostgreSQL is not measured: PostgreSQL did not start:\n") and "initdb has failed" in note
    assert found.samples["SQLite: rate"] == {OURS: [2]}


def test_server_ends_after_a_failure(folder: Path) -> None:
    with pytest.raises(RuntimeError, match="crashed"), postgresql():
        assert (folder / "running").exists()
        raise RuntimeError("crashed")
    assert (folder / "ended").exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("when", ["running", "measuring"])
def test_server_ends_with_the_benchmark(folder: Path, when: str, how: signal.Signals) -> None:
    (folder / "slow").touch()
    bench = subprocess.Popen(
        [sys.executable, "-c", BENCH, HELPERS, folder],
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for((folder / when).exists)
        os.killpg(bench.pid, how)  # as a terminal does
        assert bench.wait(60) != 0
    finally:
        if bench.poll() is None:
            bench.kill()
            bench.wait()
    wait_for((folder / "ended").exists)


def test_measurements_of_real_work_use_both_databases() -> None:
    both = {measurement.name: measurement for measurement in MEASUREMENTS if POSTGRESQL in measurement.databases}
    assert set(both) == {"changes", "uploads", "c-store", "storage", "many-instances"}
    for measurement in both.values():
        own, others = (
            {key.removeprefix(f"{name}: ") for key in (each.key for each in measurement.series) if key.startswith(name)}
            for name in (SQLITE, POSTGRESQL)
        )
        assert others and own - {f"{LARGEST}: time"} == others
