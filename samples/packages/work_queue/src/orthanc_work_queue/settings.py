# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of the section "WorkQueue" of Orthanc's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from psycopg.conninfo import make_conninfo

Followed = Literal["NewInstance", "NewSeries", "NewStudy", "NewPatient", "StableSeries", "StableStudy", "StablePatient"]

LONGEST = 10_000_000.0  # seconds: PostgreSQL's and Python's times have a limit
MOST_DAYS = 36_500


@dataclass
class Settings:
    """Times are in seconds."""

    database: str = ""  # libpq's connection string, "host=db dbname=orthanc user=orthanc"; empty: as the section "PostgreSQL"
    schema: str = "work_queue"  # Orthancs with the same schema share a queue
    task: str = "orthanc_work_queue.tasks:pixel_statistics"  # MODULE:FUNCTION
    follow: list[Followed] = field(default_factory=list)  # the changes of Orthanc that add a piece of work
    workers: int = 2  # processes of this Orthanc
    lease: float = 60  # another worker gets the piece if its worker is silent for so long
    task_timeout: float = 600  # a worker that takes longer for a piece is ended
    max_attempts: int = 5  # a piece fails after the last one
    retry_after: float = 30  # the pause before the next attempt
    keep_days: int = 30  # older pieces are deleted if they are done
    orthanc_url: str = ""  # where the workers reach this Orthanc; empty: on this machine

    def __post_init__(self) -> None:
        check_limits(self.lease, self.task_timeout, self.max_attempts, self.retry_after)
        if self.workers < 0 or not 1 <= self.keep_days <= MOST_DAYS:
            raise ValueError('the section "WorkQueue" must have 0 <= "Workers" and 1 <= "KeepDays" <= 36500')


def check_limits(lease: float, task_timeout: float, max_attempts: int, retry_after: float) -> None:
    """Check the limits that each worker needs.

    Raises:
        ValueError: a worker could do no piece with them.
    """
    if not (lease > 0 and task_timeout > 0 and max_attempts >= 1 and retry_after >= 0):
        raise ValueError(
            'the section "WorkQueue" must have 0 < "Lease", 0 < "TaskTimeout", 1 <= "MaxAttempts" and 0 <= "RetryAfter"'
        )
    if max(lease, task_timeout, retry_after) > LONGEST:
        raise ValueError('the section "WorkQueue" must have "Lease", "TaskTimeout" and "RetryAfter" of 10000000 s at most')


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
