# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings, and what they fall back to."""

from __future__ import annotations

from typing import Any

import pytest
from orthanc_work_queue.settings import Settings, database_of, url_of
from orthanc_work_queue.tables import connection_options
from orthanc_work_queue.worker import find_task

INDEX = {"Host": "db", "Port": 5433, "Database": "images", "Username": "ada", "Password": "it's"}


def test_database_of_orthanc() -> None:
    assert database_of(Settings(), {"PostgreSQL": INDEX}) == r"host=db port=5433 dbname=images user=ada password=it\'s"
    assert database_of(Settings(), {"PostgreSQL": {"ConnectionUri": "postgresql://db/images"}}) == "postgresql://db/images"
    assert database_of(Settings(database="dbname=x"), {"PostgreSQL": INDEX}) == "dbname=x"
    with pytest.raises(ValueError, match='"Database" of the section "WorkQueue" is missing'):
        database_of(Settings(), {})


def test_url_of_orthanc() -> None:
    assert url_of(Settings(), {"HttpPort": 8043, "SslEnabled": True}) == "https://localhost:8043"
    assert url_of(Settings(orthanc_url="http://images/"), {}) == "http://images"


@pytest.mark.parametrize(
    "wrong",
    [
        *({"lease": 0}, {"task_timeout": 0}, {"max_attempts": 0}, {"retry_after": -1}, {"workers": -1}, {"keep_days": 0}),
        *({"lease": 1e10}, {"task_timeout": 1e300}, {"retry_after": 1e15}, {"keep_days": 3_000_000}),  # for PostgreSQL
    ],
)
def test_limits(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(ValueError, match=f'"{name.title().replace("_", "")}"'):
        Settings(**wrong)


def test_invalid_schema() -> None:
    with pytest.raises(ValueError, match='invalid schema: "x; DROP TABLE"'):
        connection_options("x; DROP TABLE")


@pytest.mark.parametrize("name", ["none", "json:none", "no_such_module:f", "orthanc_work_queue:__doc__"])
def test_invalid_task(name: str) -> None:
    with pytest.raises(ValueError, match="invalid task"):
        find_task(name)
