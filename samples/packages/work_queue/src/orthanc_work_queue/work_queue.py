# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations of the queue, each one transaction: after a crash of anybody, it has happened as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

CHANNEL = "work_queue"  # by which PostgreSQL tells the workers that there is work
LOCK = 0x6F7274  # of PostgreSQL's advisory locks, with the hash of a request's key
STATE = "CASE WHEN claim IS NULL THEN state ELSE 'claimed' END"
CLAIM = """
WITH next AS (
    SELECT number FROM pieces WHERE state = 'waiting' AND due <= now()
    ORDER BY due, number FOR UPDATE SKIP LOCKED LIMIT 1
)
UPDATE pieces SET claim = gen_random_uuid(), worker = %(worker)s, attempts = attempts + 1,
    due = now() + make_interval(secs => %(lease)s)
FROM next WHERE pieces.number = next.number
RETURNING pieces.number, pieces.resource, pieces.attempts, pieces.claim
"""


class KeyTaken(Exception):
    """Another request has added other pieces by the same key."""


class LeaseLost(Exception):
    """Another worker has the piece now, or has done it. Nothing of this attempt is kept."""


@dataclass(frozen=True)
class Piece:
    """One piece of work, as a worker has claimed it."""

    number: int
    resource: str  # a path of Orthanc's REST API, such as "/instances/0b2c..."
    attempts: int  # this one included
    claim: UUID


class WorkQueue:
    """The queue, by a connection in psycopg's autocommit mode."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def add(self, resources: Iterable[tuple[str, str]]) -> None:
        """Add pieces by (key, resource). A key that is there already adds nothing, so that a client may send again."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO pieces (key, resource) VALUES (%s, %s) ON CONFLICT (key) DO NOTHING", list(resources)
            )
            cursor.execute(f"NOTIFY {CHANNEL}".encode())

    def add_request(self, key: str, resources: list[str]) -> None:
        """Add the pieces of a client's request. The same request adds nothing when it comes again.

        Raises:
            KeyTaken: the key belongs to a request with other resources.
        """
        wanted = {f"{key}/{index}": resource for index, resource in enumerate(resources)}
        statement = "SELECT key, resource FROM pieces WHERE starts_with(key, %s) AND substr(key, length(%s) + 1) ~ '^[0-9]+$'"
        with self.connection.transaction():
            # One request of a key at a time. Locks of two numbers never meet the locks of one number, such as Orthanc's.
            self.connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, key])
            found = dict(self.connection.execute(statement, [f"{key}/", f"{key}/"]).fetchall())
            if found and found != wanted:
                raise KeyTaken(key)
            self.add(wanted.items())

    def claim(self, worker: str, lease: float, max_attempts: int) -> Piece | None:
        """Take the piece that has waited longest, for `lease` seconds; None if no piece is due."""
        while True:
            with self.connection.transaction():
                row = self.connection.execute(CLAIM, {"worker": worker, "lease": lease}).fetchone()
                if row is None:
                    return None
                piece = Piece(*row)
                if piece.attempts <= max_attempts:
                    self._note(piece, "claimed", worker)
                    return piece
                # Each of its workers has ended without a word, perhaps because of it.
                self._end(piece, "failed", error=f"no answer from {max_attempts} workers")

    def extend(self, piece: Piece, lease: float) -> bool:
        """Begin the lease of a piece anew; False if it is lost."""
        statement = "UPDATE pieces SET due = now() + make_interval(secs => %s) WHERE number = %s AND claim = %s"
        return self.connection.execute(statement, [lease, piece.number, piece.claim]).rowcount == 1

    def finish(self, piece: Piece, worker: str, result: object) -> None:
        """Write the result, and that the piece is done, in one transaction.

        Raises:
            LeaseLost: the piece is another worker's.
        """
        with self.connection.transaction():
            self._end(piece, "done", result=Jsonb(result))
            self._note(piece, "done", worker)

    def fail(self, piece: Piece, worker: str, error: str, max_attempts: int, retry_after: float) -> None:
        """Note that an attempt has failed. The piece waits for the next one, or has failed after the last."""
        with self.connection.transaction():
            self._note(piece, "failed", worker)
            if piece.attempts >= max_attempts:
                self._end(piece, "failed", error=error)
            else:
                self._give_back(piece, retry_after, piece.attempts, error)

    def release(self, piece: Piece, worker: str) -> None:
        """Give a piece back at once, as if it had not been claimed: it is not the piece's fault."""
        with self.connection.transaction():
            self._note(piece, "released", worker)
            self._give_back(piece, 0, piece.attempts - 1, None)

    def release_all(self, worker: str) -> int:
        """Give back the pieces of a worker that has ended, and return their number. Their attempts count."""
        statement = "UPDATE pieces SET due = now(), claim = NULL WHERE worker = %s AND claim IS NOT NULL"
        with self.connection.transaction():
            released = self.connection.execute(statement, [worker]).rowcount
            self.connection.execute(f"NOTIFY {CHANNEL}".encode())
        return released

    def retry(self, number: int) -> bool:
        """Let a piece that has failed wait again, with all its attempts; False if it has not failed."""
        statement = (
            "UPDATE pieces SET state = 'waiting', due = now(), attempts = 0, error = NULL, ended = NULL "
            "WHERE number = %s AND state = 'failed'"
        )
        with self.connection.transaction():
            found = self.connection.execute(statement, [number]).rowcount == 1
            self.connection.execute(f"NOTIFY {CHANNEL}".encode())
        return found

    def counts(self) -> dict[str, int]:
        """Return the number of pieces: waiting for a worker, claimed by one, done, failed."""
        statement = f"SELECT {STATE}, count(*) FROM pieces GROUP BY 1".encode()
        found = dict(self.connection.execute(statement).fetchall())
        return {state: found.get(state, 0) for state in ("waiting", "claimed", "done", "failed")}

    def show(self, *, number: int | None = None, key: str | None = None) -> list[dict[str, Any]]:
        """Return the pieces of a number or of a key, with state and result. The keys of a request begin with its own."""
        columns = f"number, key, resource, {STATE} AS state, attempts, result, error"
        condition = "number = %s" if key is None else "key = %s OR starts_with(key, %s)"
        statement = f"SELECT {columns} FROM pieces WHERE {condition} ORDER BY number"
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement.encode(), [number] if key is None else [key, f"{key}/"]).fetchall()

    def forget(self, days: int) -> None:
        """Delete what was done longer ago, but for changes that are still read again: those would come back."""
        statement = (
            "DELETE FROM pieces WHERE state = 'done' AND ended < now() - make_interval(days => %s) AND CASE "
            "WHEN starts_with(key, 'change/') THEN split_part(key, '/', 2)::bigint <= (SELECT settled FROM followed) "
            "ELSE true END"
        )
        self.connection.execute(statement, [days])

    def _end(self, piece: Piece, state: str, *, result: Jsonb | None = None, error: str | None = None) -> None:
        statement = (
            "UPDATE pieces SET state = %s, result = %s, error = %s, claim = NULL, ended = now() "
            "WHERE number = %s AND claim = %s"
        )
        if self.connection.execute(statement, [state, result, error, piece.number, piece.claim]).rowcount != 1:
            raise LeaseLost(f"piece {piece.number}")

    def _give_back(self, piece: Piece, after: float, attempts: int, error: str | None) -> None:
        statement = (
            "UPDATE pieces SET due = now() + make_interval(secs => %s), attempts = %s, error = %s, claim = NULL "
            "WHERE number = %s AND claim = %s"
        )
        if self.connection.execute(statement, [after, attempts, error, piece.number, piece.claim]).rowcount != 1:
            raise LeaseLost(f"piece {piece.number}")
        self.connection.execute(f"NOTIFY {CHANNEL}".encode())

    def _note(self, piece: Piece, event: str, worker: str) -> None:
        self.connection.execute("INSERT INTO history (piece, event, worker) VALUES (%s, %s, %s)", [piece.number, event, worker])
