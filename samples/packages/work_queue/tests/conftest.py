# SPDX-License-Identifier: GPL-3.0-or-later
"""A queue in a schema of its own, in the database that WORK_QUEUE_DATABASE names."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from orthanc_work_queue.tables import connection_options, create_tables
from orthanc_work_queue.work_queue import WorkQueue

DATABASE = os.environ.get("WORK_QUEUE_DATABASE", "")


@pytest.fixture
def schema() -> Iterator[str]:
    if not DATABASE:
        pytest.skip("WORK_QUEUE_DATABASE names no PostgreSQL, such as host=localhost dbname=test user=test")
    name = f"queue_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(DATABASE, **connection_options(name)) as connection:
        create_tables(connection, name)
        yield name
        connection.execute(f"DROP SCHEMA {name} CASCADE".encode())


@pytest.fixture
def connect(schema: str) -> Iterator[Callable[[], WorkQueue]]:
    """Open the queue by a further connection, as another process does."""
    opened: list[psycopg.Connection[Any]] = []

    def another() -> WorkQueue:
        opened.append(psycopg.connect(DATABASE, **connection_options(schema)))
        return WorkQueue(opened[-1])

    yield another
    for each in opened:
        each.close()


@pytest.fixture
def queue(connect: Callable[[], WorkQueue]) -> WorkQueue:
    return connect()
