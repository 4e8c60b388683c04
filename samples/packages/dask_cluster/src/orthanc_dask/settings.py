# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of the section "DaskCluster" of Orthanc's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LONGEST = 10_000_000.0  # seconds: a socket's timeout has a limit


@dataclass
class Settings:
    """Times are in seconds."""

    scheduler: str = "tcp://localhost:8786"
    task: str = "orthanc_dask.tasks:mean_intensity"  # MODULE:FUNCTION; the workers get its module from here
    in_flight: int = 32  # instances at the scheduler, of all jobs together: about two for each thread of the cluster
    task_timeout: float = 120  # from the submission of an instance to its result
    retries: int = 3  # of an instance, after a failure or a timeout
    scheduler_timeout: float = 60  # a job fails if there is no scheduler for so long
    orthanc_url: str = ""  # as the workers reach this Orthanc; empty: on this machine

    def __post_init__(self) -> None:
        if self.in_flight < 1:
            raise ValueError('the setting "InFlight" of the section "DaskCluster" must be at least 1')
        if not (0 < self.task_timeout <= LONGEST and self.retries >= 0 and self.scheduler_timeout >= 0):
            raise ValueError(
                'the section "DaskCluster" must have 0 < "TaskTimeout" <= 10000000, 0 <= "Retries" and 0 <= "SchedulerTimeout"'
            )


def url_of(settings: Settings, configuration: Mapping[str, Any]) -> str:
    """Return where the workers reach Orthanc."""
    if settings.orthanc_url:
        return settings.orthanc_url.rstrip("/")
    scheme = "https" if configuration.get("SslEnabled") else "http"
    return f"{scheme}://localhost:{configuration.get('HttpPort', 8042)}"
