# SPDX-License-Identifier: GPL-3.0-or-later
"""The account of a service, and the files that it must be able to read before the configuration names them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from orthanc_python.command import as_root
from orthanc_python.configuration import read_files
from orthanc_python.failure import Failure
from orthanc_python.interpreters.asking import ask
from orthanc_python.service import Service, find_service
from orthanc_python.service.access import Account, environment_files, unreadable


def account_of(user: str) -> Account | None:
    """Return an account by its name or, without one, that of this machine's service; None if there is none."""
    if user:
        return Account(user)
    service = find_service()
    try:
        return Account(service.account) if service is not None and service.account else None
    except Failure:
        return None


def environment_here() -> list[tuple[str, Path]]:
    """Return what an account has to read to use the environment that this command is installed in."""
    interpreter = ask(Path(sys.executable))
    return environment_files(interpreter) if interpreter is not None else []


def refuse_unreadable(account: Account | None, files: Iterable[tuple[str, Path]], *, advice: str = "") -> None:
    """Fail with the first file that an account cannot read, and with what helps."""
    found = next(unreadable(account, files), None) if account is not None else None
    if found is not None:
        raise Failure(f"{found.text}: {advice or found.fix}")


def refuse_environment(account: Account | None) -> None:
    """Fail if an account cannot use the environment of this command."""
    make = as_root("python3 -m venv /opt/orthanc-python")
    advice = f"install this package in an environment that it can read, for instance of: {make}"
    refuse_unreadable(account, environment_here(), advice=f"{advice}; --user names another account")


def loads_from(service: Service, folder: Path) -> bool:
    """Return whether a folder is one of those that the service's Orthanc looks for plugins in."""
    try:
        configuration = read_files(service.one_configuration, service.variables)
    except Failure:
        return False
    return folder.resolve() in [path.resolve() for path in configuration.plugins]
