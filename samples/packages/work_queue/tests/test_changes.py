# SPDX-License-Identifier: GPL-3.0-or-later
"""Following Orthanc's changes: each one is found once, also one whose transaction ended late."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg_pool
import pytest
from conftest import DATABASE
from orthanc_work_queue.changes import Follower, Pool
from orthanc_work_queue.tables import connection_options
from orthanc_work_queue.work_queue import WorkQueue


class Log:
    """The log of changes, as Orthanc's REST API gives it, in pages of two."""

    def __init__(self) -> None:
        self.changes: list[dict[str, Any]] = []

    def add(self, *numbers: int, kind: str = "NewInstance") -> None:
        self.changes += [{"Seq": number, "ChangeType": kind, "Path": f"/instances/{number}"} for number in numbers]
        self.changes.sort(key=lambda each: int(each["Seq"]))

    def read(self, path: str) -> dict[str, Any]:
        query = parse_qs(urlsplit(path).query, keep_blank_values=True)
        if "last" in query:
            return {"Changes": self.changes[-1:], "Done": True, "Last": self.changes[-1]["Seq"] if self.changes else 0}
        since = int(query["since"][0])
        found = [each for each in self.changes if each["Seq"] > since]
        return {"Changes": found[:2], "Done": len(found) <= 2, "Last": found[:2][-1]["Seq"] if found else since}


@pytest.fixture
def pool(schema: str) -> Iterator[Pool]:
    with psycopg_pool.ConnectionPool(DATABASE, kwargs=connection_options(schema), min_size=1, max_size=4) as opened:
        yield opened


def follower(pool: Pool, log: Log) -> Follower:
    return Follower(pool, log.read, ["NewInstance"], 30, print)


def keys(pool: Pool) -> list[str]:
    with pool.connection() as connection:
        return [str(key) for (key,) in connection.execute("SELECT key FROM pieces ORDER BY number").fetchall()]


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
