# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations of the queue, with a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from orthanc_work_queue.settings import LONGEST, MOST_DAYS
from orthanc_work_queue.work_queue import KeyTaken, LeaseLost, Piece, WorkQueue

Connect = Callable[[], WorkQueue]
LEASE = 60.0


def claimed(queue: WorkQueue, worker: str = "a", *, lease: float = LEASE) -> Piece:
    piece = queue.claim(worker, lease, 3)
    assert piece is not None
    return piece


def test_life_of_a_piece(queue: WorkQueue) -> None:
    queue.add([("batch/0", "/instances/x")])
    piece = claimed(queue)
    assert (piece.resource, piece.attempts) == ("/instances/x", 1)
    assert queue.claim("b", LEASE, 3) is None
    assert queue.counts() == {"waiting": 0, "claimed": 1, "done": 0, "failed": 0}
    queue.finish(piece, "a", {"mean": 1.5})
    (shown,) = queue.show(number=piece.number)
    assert (shown["state"], shown["result"]) == ("done", {"mean": 1.5})
    assert queue.counts() == {"waiting": 0, "claimed": 0, "done": 1, "failed": 0}


def test_sent_again(queue: WorkQueue) -> None:
    for _ in range(2):
        queue.add([("batch/0", "/instances/x"), ("batch/1", "/instances/y")])
    assert [each["key"] for each in queue.show(key="batch")] == ["batch/0", "batch/1"]
    assert queue.show(key="bat") == []


def test_key_of_another_request(queue: WorkQueue) -> None:
    for _ in range(2):
        queue.add_request("batch", ["/x", "/y"])
    queue.add_request("batch/more", ["/z"])
    for other in (["/x"], ["/x", "/z"], ["/x", "/y", "/z"]):
        with pytest.raises(KeyTaken):
            queue.add_request("batch", other)
    assert [each["resource"] for each in queue.show(key="batch")] == ["/x", "/y", "/z"]


def test_lost_lease(queue: WorkQueue, connect: Connect) -> None:
    """A worker that was thought dead cannot write its result, nor end another's claim."""
    queue.add([("one", "/x")])
    late = claimed(queue, lease=0)
    second = claimed(connect(), "b")
    assert second.number == late.number and second.attempts == 2
    assert not queue.extend(late, LEASE)
    with pytest.raises(LeaseLost):
        queue.finish(late, "a", 1)
    with pytest.raises(LeaseLost):
        queue.fail(late, "a", "error", 3, 0)
    with pytest.raises(LeaseLost):
        queue.release(late, "a")
    connect().finish(second, "b", 2)
    (shown,) = queue.show(number=late.number)
    assert shown["result"] == 2
    events = queue.connection.execute("SELECT event, worker FROM history ORDER BY at").fetchall()
    assert events == [("claimed", "a"), ("claimed", "b"), ("done", "b")]


def test_lease_that_ended_with_nobody_else(queue: WorkQueue) -> None:
    queue.add([("one", "/x")])
    piece = claimed(queue, lease=0)
    queue.finish(piece, "a", 1)
    assert queue.counts()["done"] == 1


def test_extended_lease(queue: WorkQueue) -> None:
    queue.add([("one", "/x")])
    piece = claimed(queue, lease=0)
    assert queue.extend(piece, LEASE)
    assert queue.claim("b", LEASE, 3) is None


def test_failing_piece(queue: WorkQueue) -> None:
    queue.add([("one", "/x")])
    for _ in range(3):
        queue.fail(claimed(queue), "a", "ValueError: no pixels", 3, 0)
    assert queue.claim("a", LEASE, 3) is None
    (shown,) = queue.show(key="one")
    assert (shown["state"], shown["error"], shown["attempts"]) == ("failed", "ValueError: no pixels", 3)
    assert queue.retry(shown["number"]) and not queue.retry(shown["number"])
    assert claimed(queue).attempts == 1


def test_retry_waits(queue: WorkQueue) -> None:
    queue.add([("one", "/x")])
    queue.fail(claimed(queue), "a", "error", 3, 3600)
    assert queue.claim("a", LEASE, 3) is None
    assert queue.counts()["waiting"] == 1


def test_piece_that_ends_its_workers(queue: WorkQueue) -> None:
    queue.add([("poison", "/x")])
    for _ in range(3):
        claimed(queue, lease=0)
    queue.add([("good", "/y")])
    assert claimed(queue).resource == "/y"
    assert queue.show(key="poison")[0]["error"] == "no answer from 3 workers"


def test_release(queue: WorkQueue) -> None:
    queue.add([("one", "/x"), ("two", "/y")])
    queue.release(claimed(queue), "a")
    assert {claimed(queue).attempts, claimed(queue).attempts} == {1}
    assert queue.release_all("a") == 2
    assert claimed(queue, "b").attempts == 2


def test_many_workers_at_once(queue: WorkQueue, connect: Connect) -> None:
    count, workers = 200, 8
    queue.add((f"batch/{number}", f"/{number}") for number in range(count))

    def work(mine: WorkQueue, name: str) -> None:
        while (piece := mine.claim(name, LEASE, 3)) is not None:
            mine.finish(piece, name, piece.resource)

    threads = [threading.Thread(target=work, args=[connect(), str(number)]) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each["result"] for each in queue.show(key="batch")] == [f"/{number}" for number in range(count)]
    done = queue.connection.execute("SELECT count(*), count(DISTINCT piece) FROM history WHERE event = 'done'").fetchone()
    assert done == (count, count)


def test_old_pieces_are_deleted(queue: WorkQueue) -> None:
    queue.add([("old", "/x"), ("new", "/y")])
    for _ in range(2):
        queue.finish(claimed(queue), "a", None)
    queue.connection.execute("UPDATE pieces SET ended = now() - interval '31 days' WHERE key = 'old'")
    queue.forget(30)
    assert queue.show(key="old") == [] and len(queue.show(key="new")) == 1


def test_longest_times(queue: WorkQueue) -> None:
    """PostgreSQL takes the greatest values that the settings may have."""
    queue.add([("one", "/x"), ("two", "/y")])
    piece = claimed(queue, lease=LONGEST)
    assert queue.extend(piece, LONGEST)
    queue.fail(piece, "a", "error", 3, LONGEST)
    queue.finish(claimed(queue), "a", None)
    queue.forget(MOST_DAYS)
    assert queue.counts() == {"waiting": 1, "claimed": 0, "done": 1, "failed": 0}


def test_worker_on_a_machine_that_is_switched_off(queue: WorkQueue) -> None:
    """The server finds out, and gives up the locks of its connection."""
    if queue.connection.info.host.startswith("/"):
        pytest.skip("a socket of this machine has no such times")

    def setting(name: str) -> str:
        row = queue.connection.execute(f"SHOW {name}".encode()).fetchone()
        return str(row and row[0])

    assert [setting(f"tcp_keepalives_{each}") for each in ("idle", "interval", "count")] == ["10", "5", "3"]
    assert (setting("tcp_user_timeout"), setting("idle_in_transaction_session_timeout")) == ("25000", "2min")
