# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the databases of a measurement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from bench.databases.index import Database, SQLite
from bench.databases.private_server import DatabaseMissing, postgresql
from bench.model import POSTGRESQL, Results


@contextmanager
def open_databases(names: Sequence[str], results: Results) -> Iterator[tuple[Database, ...]]:
    """Start the named databases. A note tells why one is not measured."""
    with ExitStack() as servers:
        databases: list[Database] = [SQLite()]
        if POSTGRESQL in names:
            try:
                databases.append(servers.enter_context(postgresql()))
            except DatabaseMissing as error:
                results.note(f"{POSTGRESQL} is not measured: {error}")
            except Exception as error:  # the other database's figures must not be lost
                results.failed = True
                results.note(f"FAILED, {POSTGRESQL} is not measured: {error}")
        yield tuple(databases)
