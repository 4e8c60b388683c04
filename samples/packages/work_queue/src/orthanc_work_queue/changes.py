# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows the changes that Orthanc keeps in its database, and adds a piece of work for each.

Orthanc's callbacks are not enough: an Orthanc may be killed between storing an instance and calling back. Its log of changes is
written together with the instance. Orthancs that share a database share that log, and any of them follows it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any

import psycopg
import psycopg_pool

from orthanc_work_queue.work_queue import WorkQueue

Pool = psycopg_pool.ConnectionPool[psycopg.Connection[Any]]
Read = Callable[[str], Any]  # a GET of Orthanc's REST API, as JSON
PAGE = 1000  # changes
POLL = 2.0  # seconds between two looks, if no change wakes the follower: another Orthanc's change does not
# Numbers of changes are given before their transactions end, so that a lower one may appear after a higher one. The follower
# reads the last changes again after this time. Their keys keep them from being added twice.
SWEEP = 15.0  # seconds
FORGET = 60.0  # seconds between two deletions of old pieces, by an Orthanc that follows no changes
TAKE = """
SELECT last, settled, anchor, swept < now() - make_interval(secs => %s) FROM followed FOR UPDATE SKIP LOCKED
"""
MOVE = """
UPDATE followed SET last = %(last)s, settled = CASE WHEN %(sweep)s THEN next_settled ELSE settled END,
    next_settled = CASE WHEN %(sweep)s THEN %(last)s ELSE next_settled END,
    swept = CASE WHEN %(sweep)s THEN now() ELSE swept END, anchor = COALESCE(%(anchor)s, anchor)
"""
REWIND = """
UPDATE followed SET last = %(last)s, settled = least(settled, %(last)s), next_settled = least(next_settled, %(last)s),
    anchor = %(anchor)s
"""


class Follower:
    """Adds pieces and deletes old ones on a thread, one Orthanc at a time."""

    def __init__(self, pool: Pool, read: Read, kinds: Collection[str], keep_days: int, log: Callable[[str], None]) -> None:
        self._pool, self._read, self._kinds, self._keep_days, self._log = pool, read, frozenset(kinds), keep_days, log
        self._stopping = False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="work queue follower")

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        said = ""
        while not self._stopping:
            try:
                self.follow()
                said = ""
            except Exception as error:  # of the database or of Orthanc: both may come back
                if str(error) != said:
                    said = str(error)
                    self._log(f"changes and old pieces wait for now: {error}")
            self._wake.wait(POLL if self._kinds else FORGET)
            self._wake.clear()

    def follow(self) -> None:
        """Add the pieces of new changes. If another Orthanc is following, return at once."""
        if not self._kinds:  # the position belongs to the Orthancs that follow changes
            with self._pool.connection() as connection:
                WorkQueue(connection).forget(self._keep_days)
            return
        with self._pool.connection() as connection, connection.transaction():
            begin_following(connection, self._read)
            row = connection.execute(TAKE, [SWEEP]).fetchone()
            if row is None:
                return
            last, settled, known, sweep = row
            last, settled = self._checked(connection, last, settled, known)
            queue = WorkQueue(connection)
            since, done, anchor = settled if sweep else last, False, None
            while not done and not self._stopping:
                page = self._read(f"/changes?since={since}&limit={PAGE}")
                changes = [each for each in page["Changes"] if each["ChangeType"] in self._kinds]
                if changes:
                    # The path, because an index that was made anew, or restored, has the same numbers for other resources.
                    queue.add((f"change/{each['Seq']}{each['Path']}", each["Path"]) for each in changes)
                if page["Changes"] and page["Last"] >= last:
                    anchor = anchor_of(page["Changes"][-1])
                since, done = page["Last"], page["Done"]
            connection.execute(MOVE, {"last": max(since, last), "sweep": sweep and done, "anchor": anchor})
            if sweep:
                queue.forget(self._keep_days)

    def _checked(self, connection: psycopg.Connection[Any], last: int, settled: int, anchor: str | None) -> tuple[int, int]:
        """Return the position. Go back if the log is not the one that was read: Orthanc's index was made anew, or restored."""
        back = position_in(self._read, last, anchor)
        if back >= last:
            return last, settled
        if self._read(f"/changes?since={back}&limit=1")["Changes"]:  # else the last changes were deleted with their resource
            self._log(f"Orthanc's index is another one: its changes are read from number {back + 1}, and not from {last + 1}")
        end = next(iter(self._read(f"/changes?since={back - 1}&limit=1")["Changes"]), None) if back else None
        known = anchor_of(end) if end and end["Seq"] == back else None
        connection.execute(REWIND, {"last": back, "anchor": known})
        return back, min(settled, back)


def position_in(read: Read, last: int, anchor: str | None) -> int:
    """Return `last`, or a lower number if the log has other changes than those that were read.

    Args:
        read: a GET of Orthanc's REST API.
        last: the number of the last change that was read.
        anchor: what that change was, if that is known.
    """
    following = read(f"/changes?since={last - 1}&limit=1")["Changes"] if last else []
    end = last_change(read)
    if end is None:  # a new index, or DELETE /changes. The latter does not use numbers again
        return 0
    final = int(end["Seq"])
    if anchor is None or (following and following[0]["Seq"] > last):  # that change was deleted with its resource
        return min(last, final)
    date = anchor.partition(" ")[0]
    if following:
        if anchor_of(following[0]) == anchor:
            return last
        return first_after(read, date, final) if following[0]["Date"] > date else 0
    # The last changes were deleted with their resource, and their numbers are not used again. Or the log is another one.
    return first_after(read, date, final) if end["Date"] > date else final


def first_after(read: Read, date: str, end: int) -> int:
    """Return the number behind which all changes are later than a date; 0 in a log that begins later."""
    low, high = 0, end
    while low < high:
        middle = (low + high) // 2
        found = read(f"/changes?since={middle}&limit=1")["Changes"]
        if found and found[0]["Date"] <= date:
            low = int(found[0]["Seq"])
        else:
            high = middle
    return low


def anchor_of(change: Mapping[str, Any]) -> str:
    """Return what tells a change from that of the same number in another index. It begins with the date."""
    return f"{change['Date']} {change['ChangeType']} {change['Path']}"


def last_change(read: Read) -> Mapping[str, Any] | None:
    """Return the last change; None if there is none."""
    return next(iter(read("/changes?last")["Changes"]), None)


def begin_following(connection: psycopg.Connection[Any], read: Read) -> None:
    """Note, once for all Orthancs, after which change the work begins."""
    if connection.execute("SELECT 1 FROM followed").fetchone() is None:
        end = last_change(read)
        last = end["Seq"] if end else 0
        statement = "INSERT INTO followed (last, settled, next_settled, anchor) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
        connection.execute(statement, [last, last, last, anchor_of(end) if end else None])
