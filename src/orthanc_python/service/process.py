# SPDX-License-Identifier: GPL-3.0-or-later
"""The process of a service's Orthanc: whether it runs, and since when."""

from __future__ import annotations

import os
import re
from pathlib import Path

from orthanc_python.service import VARIABLE, systemd_runs
from orthanc_python.service.launchd import state_of
from orthanc_python.service.manager import run
from orthanc_python.service.model import Manager, Service, parse_arguments

PROCESSES = Path("/proc")  # proc(5), of Linux only
PROGRAM = "Orthanc"
RUNNER = re.compile(r"(ba|da)?sh|qemu-[\w-]+")  # comes before the program, if that is a script or of another processor


def is_stopped(service: Service) -> bool:
    """Return whether a service was stopped, or never started. One that has failed, or that is being started, was not."""
    if service.manager is Manager.SYSTEMD:
        return systemd_property(service, "ActiveState") == "inactive"
    if service.manager is Manager.LAUNCHD:
        state = state_of(service)
        return state is None or "state = not running" in state
    if service.manager is Manager.WINDOWS:
        return run(["powershell", "-Command", f"(Get-Service {service.name}).Status"]).stdout.strip() == "Stopped"
    return False


def has_failed(service: Service) -> bool:
    """Return whether the manager says that a service has failed. systemd alone keeps that in mind."""
    if os.environ.get(VARIABLE) or service.manager is not Manager.SYSTEMD or not systemd_runs():
        return False
    try:
        return systemd_property(service, "ActiveState") == "failed"
    except OSError:  # the manager's command is missing
        return False


def systemd_property(service: Service, name: str) -> str:
    return run(["systemctl", "show", f"--property={name}", "--value", service.name]).stdout.strip()


def processes_of(service: Service) -> list[int] | None:
    """Return the numbers of the service's processes, none if it does not run; None if that cannot be told."""
    if os.environ.get(VARIABLE):  # the files of another system
        return None
    try:
        return _processes_of(service)
    except OSError:  # the manager's command is missing
        return None


def _processes_of(service: Service) -> list[int] | None:
    if service.manager in (Manager.LAUNCHD, Manager.WINDOWS):
        return [] if is_stopped(service) else None
    if service.manager is Manager.SYSTEMD and systemd_runs():
        number = systemd_property(service, "MainPID")
        return ([int(number)] if number != "0" else []) if number.isdigit() else None
    if _arguments(1) is None:  # this account sees its own processes only, or there is no /proc
        return None
    numbers = [int(each.name) for each in PROCESSES.iterdir() if each.name.isdigit()]
    return sorted(number for number in numbers if _is_given(number, _arguments(number) or [], service))


def _arguments(number: int) -> list[str] | None:
    """Return the command line of a process, None if it has ended or is hidden.

    Raises:
        PermissionError: this account may not read it.
    """
    try:
        return os.fsdecode((PROCESSES / str(number) / "cmdline").read_bytes()).split("\0")[:-1]
    except (FileNotFoundError, ProcessLookupError):
        return None


def _is_given(number: int, words: list[str], service: Service) -> bool:
    """Return whether a process is an Orthanc with the configuration of the service, or a file of its folder."""
    words = [word for word in words if word]
    if words[1:] and RUNNER.fullmatch(Path(words[0]).name):
        del words[0]
    if not words or Path(words[0]).name != PROGRAM:
        return False
    given = parse_arguments(words[1:]).configuration
    if given is None:
        return False
    try:
        folder = (PROCESSES / str(number) / "cwd").readlink()
    except OSError:  # it has ended, or belongs to another account
        folder = service.working_folder
    path = Path(os.path.realpath(folder / given))  # Path.resolve() raises RuntimeError for a loop, before Python 3.13
    return Path(os.path.realpath(service.configuration)) in (path, path.parent)


def start_of(number: int) -> float | None:
    """Return when a process was started, in seconds since 1970; None if that is not known."""
    try:
        fields = (PROCESSES / str(number) / "stat").read_text(errors="replace").rpartition(")")[2].split()
        lines = (PROCESSES / "stat").read_text().splitlines()
        boot = next(int(line.split()[1]) for line in lines if line.startswith("btime "))
        return boot + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, StopIteration):
        return None
