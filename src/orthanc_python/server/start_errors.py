# SPDX-License-Identifier: GPL-3.0-or-later
"""Why an Orthanc of ours does not run."""

from __future__ import annotations


class OrthancNotFound(RuntimeError):
    """There is no Orthanc to run on this machine."""


class OrthancDidNotStart(RuntimeError):
    """Orthanc ended, or did not answer in time. `exit_status` is None when it was still running."""

    def __init__(self, message: str, exit_status: int | None, log: str) -> None:
        super().__init__(f"{message}\n{tail(log)}")
        self.exit_status = exit_status
        self.log = log


class PortTaken(OrthancDidNotStart):
    """Another program has the port that was asked for, or the system does not give it."""


def tail(text: str, lines: int = 40) -> str:
    """The last lines of a log."""
    return "\n".join(text.splitlines()[-lines:])
