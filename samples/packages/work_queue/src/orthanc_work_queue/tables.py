# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the queue, in a schema of their own, so that they do not mix with Orthanc's."""

from __future__ import annotations

import re
from typing import Any

import psycopg

# A piece waits until it is done or has failed. `due` is when the next worker may take it: while a worker has it, the end of its
# lease. `claim` names the attempt, so that a worker that lost its lease cannot write a result.
TABLES = """
CREATE TABLE IF NOT EXISTS pieces (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL UNIQUE,
    resource text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
    due timestamptz NOT NULL DEFAULT now(),
    claim uuid,
    worker text,
    attempts integer NOT NULL DEFAULT 0,
    result jsonb,
    error text,
    ended timestamptz
);
CREATE INDEX IF NOT EXISTS pieces_due ON pieces (due, number) WHERE state = 'waiting';
CREATE TABLE IF NOT EXISTS history (
    piece bigint NOT NULL REFERENCES pieces ON DELETE CASCADE,
    event text NOT NULL,
    worker text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS history_piece ON history (piece);
CREATE TABLE IF NOT EXISTS followed (
    one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    last bigint NOT NULL,
    settled bigint NOT NULL,
    next_settled bigint NOT NULL,
    swept timestamptz NOT NULL DEFAULT now(),
    anchor text -- of the change `last`, by which a follower sees that it reads the log of another index
);
"""
IS_CURRENT = "SELECT 1 FROM pg_attribute WHERE attrelid = 'followed'::regclass AND attname = 'anchor'"
# For tables of a former version, in which a key was the number alone. Not at each start: it waits for the followers.
MIGRATE = """
ALTER TABLE followed ADD COLUMN anchor text;
UPDATE pieces SET key = key || resource WHERE key ~ '^change/[0-9]+$';
"""
LOCK = 0x6F7274680001  # of PostgreSQL's advisory locks; any number that nobody else uses

# A machine that is switched off does not close its connections. The server would keep their locks for two hours.
OF_THE_SERVER = {
    "tcp_keepalives_idle": 10,  # seconds
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 25_000,  # milliseconds, for what the server has sent, during which it sends no keepalives
    "idle_in_transaction_session_timeout": 120_000,  # milliseconds, for a process that is stopped or hangs
}


def connection_options(schema: str) -> dict[str, Any]:
    """Return the arguments of psycopg's connect() for the tables of a schema.

    Raises:
        ValueError: the name needs quotes in SQL.
    """
    if not re.fullmatch("[a-z_][a-z0-9_]*", schema):
        raise ValueError(f'invalid schema: "{schema}". Write lower-case letters, digits and _')
    return {
        "autocommit": True,
        "options": f"-c search_path={schema} " + " ".join(f"-c {name}={value}" for name, value in OF_THE_SERVER.items()),
        "connect_timeout": 10,
        # The same for the client, if the server's machine is switched off.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 25_000,  # milliseconds
    }


def create_tables(connection: psycopg.Connection[Any], schema: str) -> None:
    """Create the tables that are missing. Several Orthancs may do so at once."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}".encode())
        connection.execute(TABLES.encode())
    with connection.transaction():  # one that has no locks of the tables yet, so that it cannot meet a follower's in a circle
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if connection.execute(IS_CURRENT).fetchone() is None:
            connection.execute(MIGRATE.encode())
