# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of the section "WorkQueue" of Orthanc's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from psycopg.conninfo import make_conninfo

Followed = Literal["NewInstance", "NewSeries", "NewStudy", "NewPatient", "StableSeries", "StableStudy", "StablePatient"]


@dataclass
class Settings:
    """Times are in seconds."""

    database: str = ""  # how libpq connects, such as "host=db dbname=orthanc user=orthanc"; empty: as the section "PostgreSQL"
    schema: str = "work_queue"  # in the database; Orthancs with the same one share a queue
    task: str = "orthanc_work_queue.tasks:pixel_statistics"  # MODULE:FUNCTION
    follow: list[Followed] = field(default_factory=list)  # the changes of Orthanc that add a piece of work
    workers: int = 2  # processes of this Orthanc
    lease: float = 60  # a piece whose worker has not been heard of for so long goes to another one
    task_timeout: float = 600  # a worker that takes longer for a piece is ended
    max_attempts: int = 5  # after which a piece has failed
    retry_after: float = 30  # before the next attempt
    keep_days: int = 30  # for which the pieces that are done stay in the table
    orthanc_url: str = ""  # as the workers reach this Orthanc; empty: on this machine


def database_of(settings: Settings, configuration: Mapping[str, Any]) -> str:
    """Return how to connect to the database: by default to that of Orthanc's PostgreSQL plugin.

    Raises:
        ValueError: neither is configured.
    """
    if settings.database:
        return settings.database
    index = configuration.get("PostgreSQL", {})
    if uri := index.get("ConnectionUri"):
        return str(uri)
    if "Host" not in index:
        raise ValueError(
            'the setting "Database" of the section "WorkQueue" is missing: write one such as "host=db dbname=orthanc"'
        )
    return make_conninfo(
        host=index["Host"],
        port=index.get("Port", 5432),
        dbname=index.get("Database", "orthanc"),
        user=index.get("Username", "orthanc"),
        password=index.get("Password") or None,
    )


def url_of(settings: Settings, configuration: Mapping[str, Any]) -> str:
    """Return where the workers reach Orthanc."""
    if settings.orthanc_url:
        return settings.orthanc_url.rstrip("/")
    scheme = "https" if configuration.get("SslEnabled") else "http"
    return f"{scheme}://localhost:{configuration.get('HttpPort', 8042)}"
