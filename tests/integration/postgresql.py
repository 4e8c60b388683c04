# SPDX-License-Identifier: GPL-3.0-or-later
"""A PostgreSQL server of a test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nobody import NOBODY

from orthanc_python.server.ports import ReservedPorts

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
INDEX = Path("/usr/share/orthanc/plugins/libOrthancPostgreSQLIndex.so")  # of Debian's package orthanc-postgresql


@dataclass(frozen=True)
class PostgreSQL:
    """A running server. `access` is how to reach it, as Orthanc's section "PostgreSQL" has it."""

    access: dict[str, Any]
    crash: Callable[[], None]  # ends it as a power failure does, and starts it again

    @property
    def conninfo(self) -> str:
        """How to reach it, as libpq has it."""
        keys = {"host": "Host", "port": "Port", "dbname": "Database", "user": "Username"}
        return " ".join(f"{key}={self.access[name]}" for key, name in keys.items())


@contextmanager
def postgresql(*options: str) -> Iterator[PostgreSQL]:
    """Run a server on a free port of this machine.

    Args:
        options: of the server, such as "fsync=off".
    """
    folder = Path(tempfile.mkdtemp(prefix="orthanc-postgresql-"))
    account: list[str] = []
    if os.geteuid() == 0:  # as which it refuses to run
        shutil.chown(folder, NOBODY, NOBODY)
        account = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    ports = ReservedPorts()  # its own, also after a crash
    port, _ = ports.reserve()
    settings = " ".join(f"-c {option}" for option in ("listen_addresses=127.0.0.1", *options))

    def run(program: str, *arguments: str) -> None:
        command = [*account, str(PROGRAMS[-1] / program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)

    def start() -> None:
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", f"-p {port} -k {folder} {settings}", "start")

    def stop() -> None:
        run("pg_ctl", "-w", "-m", "immediate", "stop")

    def crash() -> None:
        stop()
        start()

    access = {"Host": "127.0.0.1", "Port": port, "Database": "postgres", "Username": "orthanc", "Password": ""}
    try:
        run("initdb", "-A", "trust", "-U", "orthanc")
        start()
        try:
            yield PostgreSQL(access, crash)
        finally:
            stop()
    finally:
        shutil.rmtree(folder)
        ports.close()
