# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows the changes that Orthanc keeps in its database, and adds a piece of work for each.

Orthanc's callbacks are not enough: an Orthanc may be killed between storing an instance and calling back. Its log of changes is
written together with the instance. Orthancs that share a database share that log, and any of them follows it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from typing import Any

import psycopg
import psycopg_pool

from orthanc_work_queue.change_log import Read, anchor_of, last_change, position_in
from orthanc_work_queue.work_queue import WorkQueue

Pool = psycopg_pool.ConnectionPool[psycopg.Connection[Any]]
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
                # For each page, because the server ends a transaction that is idle for two minutes.
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


def begin_following(connection: psycopg.Connection[Any], read: Read) -> None:
    """Note, once for all Orthancs, after which change the work begins."""
    if connection.execute("SELECT 1 FROM followed").fetchone() is None:
        end = last_change(read)
        last = end["Seq"] if end else 0
        statement = "INSERT INTO followed (last, settled, next_settled, anchor) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
        connection.execute(statement, [last, last, last, anchor_of(end) if end else None])
