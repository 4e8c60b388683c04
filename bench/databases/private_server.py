# SPDX-License-Identifier: GPL-3.0-or-later
"""A PostgreSQL server of the benchmark's own: that of the integration tests, in a child process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from bench.databases.index import Index
from bench.model import POSTGRESQL

HERE = Path(__file__).resolve().parent
SERVER = HERE / "server.py"
HELPERS = HERE.parents[1] / "tests" / "integration"  # postgresql.py among them starts the server


class DatabaseMissing(RuntimeError):
    """This machine lacks the database."""


@dataclass(frozen=True)
class PostgreSQL:
    """A running server. Each index is a database of its own, dropped with the server."""

    access: Mapping[str, Any]  # as Orthanc's section "PostgreSQL" has it
    createdb: str
    plugin: Path
    name: str = POSTGRESQL
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new_index(self) -> Index:
        database = f"orthanc{next(self.numbers)}"
        server = ["-h", self.access["Host"], "-p", str(self.access["Port"]), "-U", self.access["Username"]]
        subprocess.run([self.createdb, *server, database], check=True)
        section = {"EnableIndex": True, "EnableStorage": False, **self.access, "Database": database}
        return Index((self.plugin,), {"PostgreSQL": section})


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """Run a PostgreSQL server. Raise DatabaseMissing if none is installed."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HELPERS), *sys.path]),
        "TMPDIR": tempfile.gettempdir(),
    }
    # In a session of its own, Ctrl-C does not interrupt its start or its stop.
    process = subprocess.Popen(
        [sys.executable, SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None and process.stderr is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"PostgreSQL did not start:\n{process.stderr.read().strip()}")
        found = json.loads(line)
        if "missing" in found:
            raise DatabaseMissing(found["missing"])
        yield PostgreSQL(found["access"], found["createdb"], Path(found["plugin"]))
    finally:
        process.communicate()  # closes its standard input, and waits for its end
