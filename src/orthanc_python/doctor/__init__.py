# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds what keeps Python scripts from running in Orthanc, and names the fix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from orthanc_python.command import is_root, own_command
from orthanc_python.doctor.checks.denied import check_reach
from orthanc_python.doctor.checks.exposed import check_exposed
from orthanc_python.doctor.checks.keys import check_keys
from orthanc_python.doctor.checks.log import check_log
from orthanc_python.doctor.checks.machine import check_environment, check_orthanc, check_plugin
from orthanc_python.doctor.checks.modules import check_modules
from orthanc_python.doctor.checks.plugins import check_plugins
from orthanc_python.doctor.checks.python import check_python
from orthanc_python.doctor.checks.repeated import check_repeated
from orthanc_python.doctor.checks.script import check_script
from orthanc_python.doctor.checks.service import check_service
from orthanc_python.doctor.finding import Finding, Level, ok, problem, warning
from orthanc_python.doctor.setup import Setup
from orthanc_python.failure import Denied, Failure, UnknownPath
from orthanc_python.rights import how_to_read
from orthanc_python.service import find_service
from orthanc_python.service.access import Account

__all__ = ["LAST_START", "Finding", "Level", "Step", "configuration_steps", "machine_steps"]

LAST_START = "the log"
Step = tuple[str, Callable[[], Iterator[Finding]]]  # what it looks at, and the check


def machine_steps(user: str = "") -> list[Step]:
    """Return the checks of this machine, and of the configuration of its service."""
    return [
        ("Orthanc", check_orthanc),
        ("Python", check_environment),
        ("the plugin", check_plugin),
        ("the service", lambda: check_machine_service(user)),
    ]


def check_machine_service(user: str) -> Iterator[Finding]:
    """Look at the configuration of the service, if there is one and it has to do with Python."""
    try:
        service = find_service()
    except Denied as error:
        yield warning("service", str(error), how_to_read() if is_root() else own_command("doctor", sudo=True))
        return
    if service is None:
        return
    subject = f"service {service.name}"
    if user:
        Account(user)  # fails if there is no such account
    try:
        setup = Setup.read(service.configuration, user)
    except Denied as error:
        yield warning(subject, str(error), how_to_read() if is_root() else own_command("doctor", sudo=True))
        return
    except Failure as error:
        fix = "name one folder in its command" if service.further else "mend it, as Orthanc does not start with it"
        if isinstance(error, UnknownPath):
            fix = "name its configuration: orthanc-python doctor PATH"
        yield problem(subject, str(error), fix)
        return
    if any(check_reach(setup)) or setup.python_plugins or setup.has_code:
        for _, check in steps_of(setup):
            yield from check()
    else:
        text = f"{setup.path} has no Python plugin yet; to add one: {own_command('setup', '--script', 'FILE', sudo=True)}"
        yield ok(subject, text)


def configuration_steps(path: Path, user: str) -> list[Step]:
    """Return the checks of a configuration.

    Args:
        user: the account that Orthanc runs as; "" for that of the system's service, if it is the service's configuration.

    Raises:
        Failure: the configuration cannot be read at all.
    """
    return steps_of(Setup.read(path, user))


def steps_of(setup: Setup) -> list[Step]:
    if any(check_reach(setup)):  # the other checks would fail, or call missing what is only closed
        return [("access", lambda: check_reach(setup))]
    checks = {
        "the files": check_repeated,
        "settings": check_keys,
        "what others see": check_exposed,
        "plugins": check_plugins,
        "Python": check_python,
        "the script": check_script,
        "modules": check_modules,
        "access": check_service,
        LAST_START: check_log,
    }
    return [(name, lambda check=check: check(setup)) for name, check in checks.items()]  # type: ignore[misc]
