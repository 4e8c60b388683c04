# SPDX-License-Identifier: GPL-3.0-or-later
"""The package for a work queue that several Orthancs share, with a real PostgreSQL."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import Servers
from helpers import CT, RT_PLAN, eventually, failure_of, read
from installed_packages import SAMPLE_PACKAGES, Environment, sample_environment, type_errors
from killing import kill, run, workers_of
from postgresql import INDEX, PROGRAMS, postgresql

from orthanc_python import OrthancServer

PIECES, KILLS = (int(os.environ.get(f"WORK_QUEUE_{name}", default)) for name, default in (("PIECES", 120), ("KILLS", 4)))
PATIENCE = 60 + PIECES / 4 + 15 * KILLS  # seconds
pytestmark = [
    pytest.mark.skipif(not PROGRAMS, reason="this system has no postgresql"),
    pytest.mark.timeout(PATIENCE + 300),
]
# Long enough to be killed in the middle.
SLOW = """
import time

from orthanc_work_queue.tasks import pixel_statistics


def statistics(piece, orthanc):
    time.sleep(0.1)
    return pixel_statistics(piece, orthanc)
"""


@pytest.fixture(scope="module")
def environment(plugin: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    made = sample_environment(plugin, "work_queue", tmp_path_factory.mktemp("work-queue"))
    (made.packages / "slow.py").write_text(SLOW, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def database() -> Iterator[dict[str, Any]]:
    with postgresql("max_connections=200") as access:
        yield access


def connection_of(access: dict[str, Any]) -> str:
    return f"host={access['Host']} port={access['Port']} dbname={access['Database']} user={access['Username']}"


def query(environment: Environment, access: dict[str, Any], statement: str) -> list[list[Any]]:
    """Return the rows of a query, by the driver of the packages' environment."""
    code = (
        "import json, sys, psycopg; "
        "print(json.dumps(psycopg.connect(sys.argv[1], autocommit=True).execute(sys.argv[2]).fetchall(), default=str))"
    )
    command = [environment.folder / "bin" / "python", "-c", code, connection_of(access), statement]
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

    assert eventually(look, timeout=60), found
    return found


def test_own_tests(environment: Environment, database: dict[str, Any], tmp_path: Path) -> None:
    """The tests that the package brings, as its README runs them."""
    variables = {**os.environ, "WORK_QUEUE_DATABASE": connection_of(database), "PYTHONPATH": ""}
    command = [environment.folder / "bin" / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:orthanc-python"]
    done = subprocess.run(
        [*command, SAMPLE_PACKAGES / "work_queue"], env=variables, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout


def test_types(environment: Environment, build: Path) -> None:
    assert type_errors(environment, build, "work_queue") == ""


def test_pieces_by_rest(orthanc: Servers, environment: Environment, database: dict[str, Any]) -> None:
    """Of an Orthanc with an index of its own."""
    section = {"Database": connection_of(database), "Schema": "by_rest", "MaxAttempts": 2}
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
        ("/work-queue/pieces", "PUT", {}, 405),
        ("/work-queue", "POST", {}, 405),
    ):
        assert server.request(method, path, body).status == status, path


def test_workers_end_with_orthanc(orthanc: Servers, environment: Environment, database: dict[str, Any]) -> None:
    section = {"Database": connection_of(database), "Schema": "endings", "Workers": 3}
    server = orthanc(configuration=configuration(environment, **section))
    assert eventually(lambda: len(workers_of(server)) == 3)
    first = workers_of(server)
    kill(first[0])
    assert eventually(lambda: len(set(workers_of(server)) - set(first)) == 1 and len(workers_of(server)) == 3)
    server.wait_for_log("ended with status -9 and 0 pieces, and starts again")
    pids = workers_of(server)
    kill(server.pid)
    assert eventually(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in pids))
    assert server.wait() == -signal.SIGKILL
    server.start()
    assert eventually(lambda: len(workers_of(server)) == 3)


def test_settings_are_checked(orthanc: Servers, environment: Environment, database: dict[str, Any]) -> None:
    for section, said in (
        ({"Folow": []}, 'the setting "Folow" of the section "WorkQueue" is unknown: write "Follow" instead'),
        ({"Follow": ["NewImage"]}, 'must be "NewInstance" or "NewSeries"'),
        ({}, 'the setting "Database" of the section "WorkQueue" is missing'),
        ({"Database": connection_of(database), "Task": "json:none"}, 'invalid task: "json:none"'),
        ({"Database": "host=127.0.0.1 port=1"}, "connection failed"),
    ):
        assert said in failure_of(orthanc.prepare(configuration=configuration(environment, **section))), section


def two_orthancs(orthanc: Servers, environment: Environment, access: dict[str, Any], storage: Path) -> Sequence[OrthancServer]:
    index = {"EnableIndex": True, "EnableStorage": False, "Lock": False, "IndexConnectionsCount": 5, **access}
    settings = {
        **configuration(environment, Follow=["NewInstance"], Task="slow:statistics", Workers=2),
        "PostgreSQL": index,
        "StorageDirectory": str(storage),
    }
    return [orthanc(plugins=[INDEX], configuration=settings, aet=f"ORTHANC{number}") for number in (1, 2)]


@pytest.mark.skipif(not INDEX.exists(), reason="this system has no orthanc-postgresql")
def test_nothing_is_lost_or_done_twice(
    orthanc: Servers, environment: Environment, database: dict[str, Any], tmp_path: Path
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
