# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions that the database of PostgreSQL's plugin lacks: their errors say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Servers
from helpers import running_version
from postgresql import INDEX, PROGRAMS, postgresql
from remote import SCRIPT, Remote


@pytest.fixture
def database() -> Iterator[dict[str, Any]]:
    """The section "PostgreSQL" of the configuration, with a server of its own."""
    if not INDEX.exists() or not PROGRAMS:
        pytest.skip("this system has no orthanc-postgresql or no postgresql")
    with postgresql("fsync=off") as server:
        yield {"EnableIndex": True, "EnableStorage": False, **server.access}


def test_missing_queues_and_stores(orthanc: Servers, database: dict[str, Any]) -> None:
    server = orthanc(SCRIPT, plugins=[INDEX], configuration={"PostgreSQL": database})
    remote = Remote(server)
    if running_version(server) < (1, 12, 8):
        pytest.skip("this Orthanc has no queues")
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
