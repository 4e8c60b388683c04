# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions that the database of PostgreSQL's plugin lacks: their errors say what to do."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Servers
from helpers import running_version
from nobody import NOBODY, needs_root
from remote import SCRIPT, Remote

from orthanc_python.server.processes import free_ports

INDEX = Path("/usr/share/orthanc/plugins/libOrthancPostgreSQLIndex.so")
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@pytest.fixture
def database() -> Iterator[dict[str, Any]]:
    """A PostgreSQL server of its own, which root cannot run: the section "PostgreSQL" of the configuration."""
    if not INDEX.exists() or not PROGRAMS:
        pytest.skip("this system has no orthanc-postgresql or no postgresql")
    folder = Path(tempfile.mkdtemp(prefix="orthanc-postgresql-"))
    shutil.chown(folder, NOBODY, NOBODY)
    port, _ = free_ports()
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"

    def run(program: str, *arguments: str) -> None:
        account = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        command = [*account, str(PROGRAMS[-1] / program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)

    try:
        run("initdb", "-A", "trust", "-U", "orthanc")
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            access = {"Host": "127.0.0.1", "Port": port, "Database": "postgres", "Username": "orthanc", "Password": ""}
            yield {"EnableIndex": True, "EnableStorage": False, **access}
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@needs_root
def test_missing_queues_and_stores(orthanc: Servers, database: dict[str, Any]) -> None:
    server = orthanc(SCRIPT, plugins=[INDEX], configuration={"PostgreSQL": database})
    remote = Remote(server)
    assert running_version(server) >= (1, 12, 8)
    if server.get("/system").json()["Capabilities"]["HasQueues"]:
        pytest.skip("this PostgreSQL plugin has queues")
    for call, what in (
        ("EnqueueValue('queue', b'value')", "queues"),
        ("GetQueueSize('queue')", "queues"),
        ("StoreKeyValue('store', 'key', b'value')", "key-value stores"),
        ("GetKeyValue('store', 'key')", "key-value stores"),
        ("CreateKeysValuesIterator('store')", "key-value stores"),
    ):
        error = remote.error(f"orthanc.{call}")
        assert error.kind == "OrthancException"
        assert error.arguments[0] == remote.value("int(orthanc.ErrorCode.NOT_IMPLEMENTED)")
        name = call.partition("(")[0]
        assert error.arguments[1].startswith(f"{name} needs a database with {what}: SQLite, or a newer plugin"), error
