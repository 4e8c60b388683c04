# SPDX-License-Identifier: GPL-3.0-or-later
"""Following Orthanc's changes: each one is found once, also one whose transaction ended late."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg_pool
import pytest
from conftest import DATABASE
from orthanc_work_queue.changes import Follower, Pool
from orthanc_work_queue.tables import connection_options, create_tables
from orthanc_work_queue.work_queue import WorkQueue

seconds = itertools.count()  # the clock of all Orthancs


class Log:
    """The log of changes, as Orthanc's REST API gives it, in pages of two."""

    def __init__(self, name: str = "instances") -> None:
        self.name = name
        self.changes: list[dict[str, Any]] = []

    def add(self, *numbers: int, kind: str = "NewInstance") -> None:
        for number in numbers:
            path, date = f"/{self.name}/{number}", f"20261128T{next(seconds):06}"
            self.changes.append({"Seq": number, "ChangeType": kind, "Path": path, "Date": date})
        self.changes.sort(key=lambda each: int(each["Seq"]))

    def read(self, path: str) -> dict[str, Any]:
        query = parse_qs(urlsplit(path).query, keep_blank_values=True)
        if "last" in query:
            return {"Changes": self.changes[-1:], "Done": True, "Last": self.changes[-1]["Seq"] if self.changes else 0}
        since, most = int(query["since"][0]), min(int(query.get("limit", ["2"])[0]), 2)
        found = [each for each in self.changes if each["Seq"] > since]
        return {"Changes": found[:most], "Done": len(found) <= most, "Last": found[:most][-1]["Seq"] if found else since}


@pytest.fixture
def pool(schema: str) -> Iterator[Pool]:
    with psycopg_pool.ConnectionPool(DATABASE, kwargs=connection_options(schema), min_size=1, max_size=4) as opened:
        yield opened


def follower(pool: Pool, log: Log) -> Follower:
    return Follower(pool, log.read, ["NewInstance"], 30, print)


def keys(pool: Pool) -> list[str]:
    with pool.connection() as connection:
        found = connection.execute("SELECT key, resource FROM pieces ORDER BY number").fetchall()
    assert all(key.endswith(resource) for key, resource in found if key.startswith("change/"))
    return [key.removesuffix(resource) if key.startswith("change/") else key for key, resource in found]


def resources(pool: Pool) -> list[str]:
    with pool.connection() as connection:
        return [path for (path,) in connection.execute("SELECT resource FROM pieces ORDER BY number").fetchall()]


def sweep_is_due(pool: Pool) -> None:
    with pool.connection() as connection:
        connection.execute("UPDATE followed SET swept = now() - interval '1 hour'")


def test_followed_by_two_orthancs(pool: Pool) -> None:
    log = Log()
    first, second = follower(pool, log), follower(pool, log)
    first.follow()
    log.add(1, 2, 3, 4, 5)
    log.add(6, kind="StableSeries")
    first.follow()
    second.follow()
    log.add(7)
    second.follow()
    assert keys(pool) == [f"change/{number}" for number in (1, 2, 3, 4, 5, 7)]


def test_many_pages_of_other_changes(schema: str) -> None:
    """They take longer than a transaction may be idle."""
    log = Log()
    options = connection_options(schema)
    options["options"] += " -c idle_in_transaction_session_timeout=4000"

    def read_slowly(path: str) -> dict[str, Any]:
        time.sleep(0.3)
        return log.read(path)

    with psycopg_pool.ConnectionPool(DATABASE, kwargs=options, min_size=1, max_size=1) as pool:
        follower(pool, log).follow()
        log.add(*range(1, 40), kind="NewStudy")
        log.add(40)
        Follower(pool, read_slowly, ["NewInstance"], 30, print).follow()
        assert keys(pool) == ["change/40"]


def test_changes_before_the_package_are_left_alone(pool: Pool) -> None:
    log = Log()
    log.add(1, 2)
    follower(pool, log).follow()
    log.add(3)
    follower(pool, log).follow()
    assert keys(pool) == ["change/3"]


def test_change_whose_transaction_ended_late(pool: Pool) -> None:
    log = Log()
    mine = follower(pool, log)
    mine.follow()
    log.add(1, 3)
    mine.follow()
    log.add(2)
    mine.follow()
    assert keys(pool) == ["change/1", "change/3"]
    sweep_is_due(pool)
    mine.follow()
    assert keys(pool) == ["change/1", "change/3", "change/2"]


def test_orthanc_that_follows_no_changes(pool: Pool) -> None:
    """It deletes old pieces, and does not move the position of the others."""
    log = Log()
    mine, idle = follower(pool, log), Follower(pool, log.read, [], 30, print)
    mine.follow()
    with pool.connection() as connection:
        WorkQueue(connection).add([("old", "/x")])
        connection.execute("UPDATE pieces SET state = 'done', ended = now() - interval '31 days'")
    log.add(1)
    idle.follow()
    assert keys(pool) == []
    mine.follow()
    assert keys(pool) == ["change/1"]


def test_old_pieces_of_changes_that_are_read_again(pool: Pool) -> None:
    """They are not done twice by an Orthanc that was off for longer than the days for which pieces stay."""
    log = Log()
    mine = follower(pool, log)
    mine.follow()
    log.add(1, 2)
    mine.follow()
    with pool.connection() as connection:
        connection.execute("UPDATE pieces SET state = 'done', ended = now() - interval '31 days'")
    Follower(pool, log.read, [], 30, print).follow()
    for _ in range(2):
        sweep_is_due(pool)
        mine.follow()
        with pool.connection() as connection:
            assert WorkQueue(connection).counts()["waiting"] == 0
    sweep_is_due(pool)
    mine.follow()
    assert keys(pool) == []


def test_another_orthanc_is_following(pool: Pool) -> None:
    log = Log()
    mine = follower(pool, log)
    mine.follow()
    log.add(1)
    with pool.connection() as connection, connection.transaction():
        connection.execute("SELECT 1 FROM followed FOR UPDATE")
        mine.follow()
        assert keys(pool) == []
    mine.follow()
    assert keys(pool) == ["change/1"]


@pytest.mark.parametrize("first_look", ["empty", "shorter", "as long", "longer"])
def test_index_that_was_made_anew(pool: Pool, first_look: str) -> None:
    """Its numbers begin at 1 again. Each of its changes is found once, whatever it has when the follower looks first."""
    old, new = Log(), Log("new")
    follower(pool, old).follow()
    old.add(1, 2, 3, 4)
    follower(pool, old).follow()
    former = resources(pool)
    mine = follower(pool, new)
    if first_look == "empty":
        mine.follow()
    new.add(*{"empty": (1,), "shorter": (1, 2), "as long": (1, 2, 3, 4), "longer": (1, 2, 3, 4, 5, 6)}[first_look])
    mine.follow()
    new.add(7, 8, 9)
    for _ in range(3):
        mine.follow()
        sweep_is_due(pool)
    assert resources(pool) == former + [each["Path"] for each in new.changes]


def test_index_that_was_restored(pool: Pool) -> None:
    """Numbers after the backup come again for other resources. What was done before is not done again."""
    log = Log()
    mine = follower(pool, log)
    mine.follow()
    log.add(1, 2, 3, 4)
    mine.follow()
    log.changes = log.changes[:2]
    log.name = "after"
    log.add(3)
    mine.follow()
    log.add(4, 5)
    mine.follow()
    numbers = [1, 2, 3, 4]
    assert resources(pool) == [f"/instances/{number}" for number in numbers] + ["/after/3", "/after/4", "/after/5"]


def test_last_change_that_is_deleted(pool: Pool) -> None:
    """Orthanc deletes an instance together with its changes. The next one has a new number."""
    log = Log()
    mine = follower(pool, log)
    mine.follow()
    log.add(1, 2, 3)
    for _ in range(3):
        sweep_is_due(pool)
        mine.follow()
    with pool.connection() as connection:
        connection.execute("DELETE FROM pieces")  # as after "KeepDays"
    for rest in (2, 1, 0):
        del log.changes[rest:]
        sweep_is_due(pool)
        mine.follow()
        assert keys(pool) == []
    log.add(4, 5)
    mine.follow()
    assert keys(pool) == ["change/4", "change/5"]


def test_last_change_that_is_deleted_when_the_clock_was_wrong(pool: Pool) -> None:
    """The one before seems to be later. Old changes, whose pieces are deleted, are still not read again."""
    log = Log()
    mine = follower(pool, log)
    mine.follow()
    log.add(1, 2, 3, 4, 5)
    log.changes[3]["Date"] = "20301128T190000"
    for _ in range(3):
        sweep_is_due(pool)
        mine.follow()
    with pool.connection() as connection:
        connection.execute("DELETE FROM pieces WHERE number < 4")  # as after "KeepDays"
    del log.changes[4:]
    for _ in range(3):
        mine.follow()
        sweep_is_due(pool)
    assert keys(pool) == ["change/4", "change/5"]


def test_tables_of_a_former_version(pool: Pool, schema: str) -> None:
    """Their keys have no path. What they name is not done again."""
    log = Log()
    mine = follower(pool, log)
    mine.follow()
    log.add(1, 2)
    mine.follow()
    with pool.connection() as connection:
        connection.execute("UPDATE pieces SET key = 'change/' || number")
        connection.execute("ALTER TABLE followed DROP COLUMN anchor")
        create_tables(connection, schema)
        connection.execute("UPDATE followed SET last = 0, settled = 0, next_settled = 0")
    log.add(3)
    mine.follow()
    assert keys(pool) == ["change/1", "change/2", "change/3"]


def test_start_while_another_orthanc_follows(pool: Pool, schema: str) -> None:
    """It does not wait for the follower's transaction. In a circle of waits, PostgreSQL would end one of them."""
    follower(pool, Log()).follow()
    with pool.connection() as following, following.transaction(), pool.connection() as starting:
        following.execute("SELECT last FROM followed FOR UPDATE")
        starting.execute("SET lock_timeout = '2s'")
        create_tables(starting, schema)


def test_failure_in_the_middle(pool: Pool) -> None:
    """Nothing is noted as read that has not been added."""
    log = Log()
    mine = follower(pool, log)
    mine.follow()
    log.add(1, 2, 3)
    pages = iter([log.read("/changes?since=0"), ConnectionError("the Orthanc ends")])

    def failing(path: str) -> Any:
        page = next(pages)
        if isinstance(page, Exception):
            raise page
        return page

    with pytest.raises(ConnectionError):
        Follower(pool, failing, ["NewInstance"], 30, print).follow()
    assert keys(pool) == []
    mine.follow()
    with pool.connection() as connection:
        assert WorkQueue(connection).counts()["waiting"] == 3
