# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts of a service."""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from orthanc_python.command import shell_line
from orthanc_python.failure import Failure

LOG = "Orthanc.log"
LOG_OF_A_START = re.compile(r"Orthanc\.log\.[0-9]{8}-[0-9]{6}\.[0-9]+")  # with its date, time and process


class Manager(enum.Enum):
    """The system's manager of services. It starts and stops this one."""

    SYSTEMD = "systemd"
    INIT = "an init script"
    LAUNCHD = "launchd"
    WINDOWS = "Windows"


@dataclass(frozen=True)
class Service:
    name: str  # as its manager knows it
    manager: Manager
    configuration: Path  # the file or the folder that Orthanc is given
    account: str = ""  # that it runs as; "" if it is not known
    working_folder: Path = Path("/")
    log_folder: Path | None = None  # None if it logs elsewhere
    variables: dict[str, str] = field(default_factory=dict)  # environment variables that it is given
    further: tuple[Path, ...] = ()  # other configurations: Orthanc 1.13 joins them, older ones do not start with them
    property_list: Path | None = None  # of a daemon of launchd
    doubt: Failure | None = None  # why the path of the configuration is not known
    denied: Path | None = None  # a file with more of these variables, closed to this account

    @property
    def one_configuration(self) -> Path:
        """Return the configuration that is read and edited.

        Raises:
            Failure: the service is given several, or its path is not known.
        """
        if self.doubt is not None:
            raise self.doubt
        if self.further:
            given = ", ".join(map(str, (self.configuration, *self.further)))
            raise Failure(f"the service {self.name} has several configurations ({given}): give it one folder with these files")
        return self.configuration

    @property
    def restart(self) -> list[str]:
        """Return the command that starts it again."""
        return {
            Manager.SYSTEMD: ["systemctl", "restart", self.name],
            Manager.INIT: [f"/etc/init.d/{self.name}", "restart"],
            Manager.LAUNCHD: ["launchctl", "kickstart", "-k", f"system/{self.name}"],
            Manager.WINDOWS: ["powershell", "-Command", f"Restart-Service {self.name}"],
        }[self.manager]

    @property
    def start(self) -> list[str]:
        """Return the command that starts it if it is stopped."""
        return {
            Manager.SYSTEMD: ["systemctl", "start", self.name],
            Manager.INIT: [f"/etc/init.d/{self.name}", "start"],
            Manager.LAUNCHD: ["launchctl", "kickstart", f"system/{self.name}"],
            Manager.WINDOWS: ["powershell", "-Command", f"Start-Service {self.name}"],
        }[self.manager]

    @property
    def show_log(self) -> str:
        """Return the command by which an administrator reads its log."""
        if self.log_folder is not None and self.manager is Manager.WINDOWS:
            folder = str(self.log_folder).replace("'", "''")
            files = f"Get-ChildItem -LiteralPath '{folder}' -Filter '{LOG}.2*'"
            newest = f"{files} | Sort-Object LastWriteTime | Select-Object -Last 1"
            return f'powershell -Command "{newest} | Get-Content -Tail 50 -Encoding UTF8"'
        if self.log_folder is not None:
            return shell_line(["tail", "-n", "50", str(self.log_folder / LOG)])
        return f"journalctl -u {self.name} -n 50" if self.manager is Manager.SYSTEMD else ""


def newest_log(folder: Path) -> Path | None:
    """Return the log of the last start, None without one. On Windows, Orthanc makes no link to it.

    Names do not tell the last one: they have the local time, that goes back by an hour in autumn.
    """
    link = folder / LOG
    starts = [path for path in folder.glob(f"{LOG}.*") if LOG_OF_A_START.fullmatch(path.name)]
    if link.exists() and (link.is_symlink() or not starts):
        return link
    return max(starts, key=lambda path: (path.stat().st_mtime_ns, path.name), default=None)


@dataclass(frozen=True)
class Arguments:
    """The arguments of Orthanc's command line that matter here."""

    configuration: Path | None
    log_folder: Path | None
    further: tuple[Path, ...] = ()


def parse_arguments(arguments: Sequence[str]) -> Arguments:
    """Read the arguments behind the program's name."""
    logs = [Path(each.partition("=")[2]) for each in arguments if each.startswith("--logdir=")]
    paths = [Path(each) for each in arguments if not each.startswith("-")]
    return Arguments(paths[0] if paths else None, logs[-1] if logs else None, tuple(paths[1:]))
