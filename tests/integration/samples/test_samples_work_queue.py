# SPDX-License-Identifier: GPL-3.0-or-later
"""The package for a work queue that several Orthancs share, with a real PostgreSQL."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import Servers
from helpers import CT, RT_PLAN, failure_of, new_instance, read, soon
from installed_packages import SAMPLE_PACKAGES, Environment, sample_environment, type_errors
from killing import counts, kill, run, workers_of
from postgresql import INDEX, PROGRAMS, PostgreSQL, postgresql

from orthanc_python import OrthancServer

PIECES, KILLS = (int(os.environ.get(f"WORK_QUEUE_{name}", default)) for name, default in (("PIECES", 120), ("KILLS", 4)))
PATIENCE = 60 + PIECES / 4 + 15 * KILLS  # seconds
pytestmark = [
    pytest.mark.skipif(not PROGRAMS, reason="this system has no postgresql"),
    pytest.mark.timeout(PATIENCE + 300),
]
# Long enough to be killed in the middle, and one that waits for a file.
SLOW = """
import os
import pathlib
import time

from orthanc_work_queue.tasks import pixel_statistics


def statistics(piece, orthanc):
    time.sleep(0.1)
    return pixel_statistics(piece, orthanc)


def held(piece, orthanc):
    folder = pathlib.Path(__file__).parent
    with (folder / "begun").open("a") as begun:
        begun.write(f"{os.getpid()}\\n")
    while not (folder / "open").exists():
        time.sleep(0.02)
    return os.getpid()
"""


@pytest.fixture(scope="module")
def environment(plugin: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    made = sample_environment(plugin, "work_queue", tmp_path_factory.mktemp("work-queue"))
    (made.packages / "slow.py").write_text(SLOW, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def database() -> Iterator[PostgreSQL]:
    with postgresql("max_connections=200") as server:
        yield server


def query(environment: Environment, database: PostgreSQL, statement: str) -> list[list[Any]]:
    """Return the rows of a query, by the driver of the packages' environment."""
    code = (
        "import json, sys, psycopg; "
        "print(json.dumps(psycopg.connect(sys.argv[1], autocommit=True).execute(sys.argv[2]).fetchall(), default=str))"
    )
    command = [environment.folder / "bin" / "python", "-c", code, database.conninfo, statement]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return list(json.loads(done.stdout))


def configuration(environment: Environment, **section: object) -> dict[str, object]:
    python = {**environment.settings, "Modules": ["orthanc_work_queue.plugin"]}
    return {"Python": python, "WorkQueue": {"RetryAfter": 1, **section}}


def ask(server: OrthancServer, method: str, path: str, body: dict[str, object] | None = None) -> Any:
    answer = server.request(method, path, body)
    assert answer.status == 200, answer.text
    return answer.json()


def ended(server: OrthancServer, key: str) -> list[dict[str, Any]]:
    """The pieces of a request, once all of them have ended."""
    found: list[dict[str, Any]] = []

    def look() -> bool:
        found[:] = ask(server, "GET", f"/work-queue/pieces?key={key}")
        return bool(found) and all(piece["State"] in ("done", "failed") for piece in found)

    assert soon(look), found
    return found


def test_own_tests(environment: Environment, database: PostgreSQL, tmp_path: Path) -> None:
    """The tests that the package brings, as its README runs them."""
    variables = {**os.environ, "WORK_QUEUE_DATABASE": database.conninfo, "PYTHONPATH": ""}
    command = [environment.folder / "bin" / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:orthanc-python"]
    done = subprocess.run(
        [*command, SAMPLE_PACKAGES / "work_queue"], env=variables, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout


def test_types(environment: Environment, build: Path) -> None:
    assert type_errors(environment, build, "work_queue") == ""


def test_pieces_by_rest(orthanc: Servers, environment: Environment, database: PostgreSQL) -> None:
    """Of an Orthanc with an index of its own."""
    section = {"Database": database.conninfo, "Schema": "by_rest", "MaxAttempts": 2}
    server = orthanc(configuration=configuration(environment, **section))
    image, plan = (f"/instances/{server.upload(each)['ID']}" for each in (CT, RT_PLAN))
    for _ in range(2):  # a client that did not get the first answer
        ask(server, "POST", "/work-queue/pieces", {"Resources": [image, plan], "Key": "batch"})
    good, bad = ended(server, "batch")
    assert (good["State"], good["Attempts"]) == ("done", 1)
    assert good["Result"]["mean"] == pytest.approx(float(read(CT).pixel_array.mean()))
    assert (bad["State"], bad["Attempts"]) == ("failed", 2) and "AttributeError" in bad["Error"]
    assert ask(server, "GET", "/work-queue") == {"Waiting": 0, "Claimed": 0, "Done": 1, "Failed": 1}

    ask(server, "POST", f"/work-queue/pieces/{bad['Number']}/retry")
    assert ended(server, "batch")[1]["State"] == "failed"
    for path, method, body, status in (
        ("/work-queue/pieces/99999", "GET", None, 404),
        (f"/work-queue/pieces/{good['Number']}/retry", "POST", {}, 409),
        ("/work-queue/pieces", "POST", {"Resources": "x"}, 400),
        ("/work-queue/pieces", "POST", {"resources": []}, 400),
        ("/work-queue/pieces", "POST", {"Resources": "/"}, 400),
        ("/work-queue/pieces", "POST", {"Resources": [image], "Key": "batch"}, 409),
        ("/work-queue/pieces", "POST", {"Resources": [image], "Key": "change"}, 400),
        ("/work-queue/pieces", "POST", {"Resources": [image], "Key": "change/1"}, 400),
        ("/work-queue/pieces", "POST", {"Resources": [image], "Key": "nul\0"}, 400),
        ("/work-queue/pieces", "POST", {"Resources": [image], "Key": secrets.token_hex(4000)}, 400),
        ("/work-queue/pieces", "POST", {"Resources": ["/\ud800"]}, 400),
        ("/work-queue/pieces", "PUT", {}, 405),
        ("/work-queue", "POST", {}, 405),
    ):
        assert server.request(method, path, body).status == status, path
    (piece,) = ask(server, "POST", "/work-queue/pieces", {"Resources": [image], "Key": "1 + ü"})
    assert [each["Number"] for each in ask(server, "GET", "/work-queue/pieces?key=1+%2B+%C3%BC")] == [piece["Number"]]


def test_old_pieces_without_followed_changes(orthanc: Servers, environment: Environment, database: PostgreSQL) -> None:
    section = {"Database": database.conninfo, "Schema": "old", "Workers": 0}
    server = orthanc(configuration=configuration(environment, **section))
    ask(server, "POST", "/work-queue/pieces", {"Resources": ["/instances/x"], "Key": "batch"})
    old = "UPDATE old.pieces SET state = 'done', ended = now() - interval '31 days' RETURNING number"
    assert query(environment, database, old) == [[1]]
    server.reset()
    assert soon(lambda: ask(server, "GET", "/work-queue/pieces?key=batch") == [])


def test_index_that_was_made_anew(orthanc: Servers, environment: Environment, database: PostgreSQL) -> None:
    """The queue outlives the index of its Orthanc, whose changes are numbered from 1 again."""
    section = {"Database": database.conninfo, "Schema": "anew", "Follow": ["NewInstance"]}
    server = orthanc(configuration=configuration(environment, **section))
    known = "SELECT last > 0 FROM anew.followed"
    assert soon(lambda: query(environment, database, "SELECT count(*) FROM anew.followed") == [[1]])
    former = [server.post("/instances", new_instance(CT)[1]).json()["ID"] for _ in range(3)]
    done = "SELECT resource FROM anew.pieces WHERE state = 'done' ORDER BY number"
    assert soon(lambda: query(environment, database, done) == [[f"/instances/{each}"] for each in former])
    assert query(environment, database, known) == [[True]]
    orthanc.stop(server)
    shutil.rmtree(server.folder / "index")
    server.start()
    new = [server.post("/instances", new_instance(CT)[1]).json()["ID"] for _ in range(5)]
    assert soon(lambda: query(environment, database, done) == [[f"/instances/{each}"] for each in former + new])


def test_workers_end_with_orthanc(orthanc: Servers, environment: Environment, database: PostgreSQL) -> None:
    section = {"Database": database.conninfo, "Schema": "endings", "Workers": 3}
    server = orthanc(configuration=configuration(environment, **section))
    assert soon(lambda: len(workers_of(server)) == 3)
    first = workers_of(server)
    kill(first[0])
    assert soon(lambda: len(set(workers_of(server)) - set(first)) == 1 and len(workers_of(server)) == 3)
    server.wait_for_log("ended with status -9 and 0 pieces, and starts again", timeout=60)
    pids = workers_of(server)
    kill(server.pid)
    assert soon(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in pids))
    assert server.wait() == -signal.SIGKILL
    server.start()
    assert soon(lambda: len(workers_of(server)) == 3)
    pids = workers_of(server)
    server.reset()
    assert soon(lambda: len(workers_of(server)) == 3) and not set(workers_of(server)) & set(pids)


def test_suspended_worker(orthanc: Servers, environment: Environment, database: PostgreSQL) -> None:
    """Its lease ends, another worker does the piece, and nothing is written when it goes on."""
    section = {"Database": database.conninfo, "Schema": "suspended", "Task": "slow:held", "Lease": 10}
    server = orthanc(configuration=configuration(environment, **section))
    ask(server, "POST", "/work-queue/pieces", {"Resources": ["/instances/x"], "Key": "batch"})
    begun = environment.packages / "begun"
    assert soon(lambda: begun.exists() and begun.read_text().endswith("\n"))
    late = int(begun.read_text())
    os.kill(late, signal.SIGSTOP)
    try:
        (environment.packages / "open").touch()
        (piece,) = ended(server, "batch")
        assert piece["Result"] != late and piece["Attempts"] == 2
    finally:
        os.kill(late, signal.SIGCONT)

    def works_again() -> bool:
        (added,) = ask(server, "POST", "/work-queue/pieces", {"Resources": ["/instances/x"]})
        (piece,) = ended(server, added["Key"])
        return bool(piece["Result"] == late)

    assert soon(works_again)
    history = "SELECT event FROM suspended.history WHERE piece = 1 ORDER BY at"
    assert query(environment, database, history) == [["claimed"], ["claimed"], ["done"]]


def test_crash_of_the_database(orthanc: Servers, environment: Environment, plugin: Path) -> None:
    """The workers and the routes connect again, and nothing is lost."""
    with postgresql() as database:
        section = {"Database": database.conninfo, "Task": "slow:statistics"}
        server = orthanc(configuration=configuration(environment, **section))
        image = f"/instances/{server.upload(CT)['ID']}"
        ask(server, "POST", "/work-queue/pieces", {"Resources": [image] * 60, "Key": "batch"})
        for number in (1, 2, 3):
            assert soon(lambda least=10 * number: counts([server]).get("Done", 0) >= least)
            database.crash()
        assert soon(lambda: counts([server]).get("Done") == 60)
        history = "SELECT count(*), count(DISTINCT piece) FROM work_queue.history WHERE event = 'done'"
        assert query(environment, database, history) == [[60, 60]]
        orthanc.stop(server)


def test_settings_are_checked(orthanc: Servers, environment: Environment, database: PostgreSQL) -> None:
    for section, said in (
        ({"Folow": []}, 'the setting "Folow" of the section "WorkQueue" is unknown: write "Follow" instead'),
        ({"Follow": ["NewImage"]}, 'must be "NewInstance" or "NewSeries"'),
        ({}, 'the setting "Database" of the section "WorkQueue" is missing'),
        ({"Database": database.conninfo, "KeepDays": 0}, '1 <= "KeepDays"'),
        ({"Database": database.conninfo, "Task": "json:none"}, 'invalid task: "json:none"'),
        ({"Database": "host=127.0.0.1 port=1"}, "connection failed"),
    ):
        assert said in failure_of(orthanc.prepare(configuration=configuration(environment, **section))), section


def two_orthancs(orthanc: Servers, environment: Environment, database: PostgreSQL, storage: Path) -> Sequence[OrthancServer]:
    index = {"EnableIndex": True, "EnableStorage": False, "Lock": False, "IndexConnectionsCount": 5, **database.access}
    settings = {
        **configuration(environment, Follow=["NewInstance"], Task="slow:statistics", Workers=2),
        "PostgreSQL": index,
        "StorageDirectory": str(storage),
    }
    return [orthanc(plugins=[INDEX], configuration=settings, aet=f"ORTHANC{number}") for number in (1, 2)]


@pytest.mark.skipif(not INDEX.exists(), reason="this system has no orthanc-postgresql")
def test_nothing_is_lost_or_done_twice(
    orthanc: Servers, environment: Environment, database: PostgreSQL, tmp_path: Path
) -> None:
    """Two Orthancs share one database. Workers and Orthancs are killed by SIGKILL while they work."""
    servers = list(two_orthancs(orthanc, environment, database, tmp_path / "storage"))
    figures, means = run(servers, PIECES, KILLS, PATIENCE)
    assert len(means) == PIECES
    assert sorted(ask(servers[0], "GET", "/instances")) == sorted(means)

    rows = query(environment, database, "SELECT resource, state, result FROM work_queue.pieces")
    assert [row for row in rows if row[1] != "done"] == []
    assert sorted(row[0] for row in rows) == sorted(f"/instances/{each}" for each in means)
    assert {row[0].rpartition("/")[2]: row[2]["mean"] for row in rows} == pytest.approx(means)

    history = "SELECT count(*), count(DISTINCT piece) FROM work_queue.history WHERE event = 'done'"
    assert query(environment, database, history) == [[PIECES, PIECES]]
    ((begun,),) = query(environment, database, "SELECT count(*) FROM work_queue.history WHERE event = 'claimed'")
    print(f"\n{figures}; {begun - PIECES} pieces were begun again")
    assert figures.workers_killed + figures.orthancs_killed == KILLS
