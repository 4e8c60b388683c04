# SPDX-License-Identifier: GPL-3.0-or-later
"""Restarts a service, and asks its Orthanc whether the plugin is there."""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from orthanc_python.command import as_root, shell_line
from orthanc_python.doctor.regular_file import open_regular
from orthanc_python.doctor.setup import Setup
from orthanc_python.failure import Failure
from orthanc_python.server.client import basic_authorization
from orthanc_python.server.orthanc_log import ENDED, first_error
from orthanc_python.server.settings import Settings
from orthanc_python.service import Manager, Service, systemd_runs
from orthanc_python.service.manager import run
from orthanc_python.service.model import newest_log
from orthanc_python.service.process import is_stopped, systemd_property
from orthanc_python.setup.connections import is_served_by

START = 120.0  # seconds in which Orthanc has to answer
POLL = 0.2
LOOPBACK = ("127.0.0.1", "::1")
UNAUTHORIZED = 401  # RFC 9110: it asks for a password


def can_restart(service: Service | None) -> bool:
    """Return whether this machine's manager of services runs, so that it can be asked."""
    if service is None:
        return False
    if service.manager is Manager.SYSTEMD:
        return systemd_runs()
    return service.manager in (Manager.LAUNCHD, Manager.WINDOWS)


def restart(service: Service) -> None:
    done = run(service.restart)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Failure(f"{shell_line(service.restart)} fails: {said[0] if said else f'exit status {done.returncode}'}")


def will_restart(service: Service | None) -> bool:
    """Return whether a setup restarts the service. A stopped one stays stopped."""
    return service is not None and can_restart(service) and not is_stopped(service)


def address_of(settings: Settings) -> str:
    """Return the address to connect to: the loopback address if Orthanc listens there, else its first one."""
    listed = settings.get("HttpBindAddresses")
    addresses = [_connectable(str(each)) for each in listed] if isinstance(listed, list) else []
    return next((each for each in addresses if each in LOOPBACK), next(iter(addresses), LOOPBACK[0]))


def _connectable(address: str) -> str:
    """Return the loopback address in place of one that stands for all addresses of the machine."""
    plain = address.strip("[]")
    return {"0.0.0.0": LOOPBACK[0], "::": LOOPBACK[1]}.get(plain, plain)


class Log(NamedTuple):
    path: Path | None
    text: str


class Asked:
    """The REST API of a service's Orthanc, on this machine."""

    def __init__(self, setup: Setup) -> None:
        self._settings = setup.settings
        self._service = setup.service
        self._address = address_of(setup.settings)
        self._port = setup.settings.get("HttpPort", 8042)
        self._log_before = self._log()

    @property
    def can_answer(self) -> bool:
        return not self.why_silent

    @property
    def why_silent(self) -> str:
        """Return the setting because of which Orthanc cannot answer here; "" if it can."""
        if self._settings.get("HttpServerEnabled", True) is False:
            return '"HttpServerEnabled" is false'
        if self._settings.get("SslEnabled") is True and self._settings.get("SslVerifyPeers") is True:
            return '"SslVerifyPeers" is true, and this command has no certificate'
        return ""

    def refuse_another_server(self) -> None:
        """Fail if a program that is not the service has its port: the service could not start, and the other would answer.

        It gets no password, as any account of this machine may have started it. Each status is an answer.
        """
        if self.can_answer and not self._systemctl_says("is-active", default=True) and self._get("/system")[0]:
            port = self._port
            raise Failure(f"the service does not run, and another program answers at port {port}: stop that first")

    def wait_for_plugin(self) -> str:
        """Return the version of the plugin called "python", when Orthanc answers; "" if it does not tell.

        Raises:
            Failure: Orthanc has ended, or does not answer in time, or answers without the plugin.
        """
        path = "/plugins/python"
        status, answer = self._wait(path)
        if status == UNAUTHORIZED and (authorization := self._authorization()):
            status, answer = self._get(path, authorization)
        if status == 404:
            raise Failure("Orthanc answers, but has no plugin called python")
        # Refused to strangers, it runs all the same, and a plugin that fails would have ended it.
        return str(json.loads(answer).get("Version", "")) if status == 200 else ""

    def wait(self) -> None:
        """Wait until Orthanc answers. Raise Failure if it does not."""
        self._wait("/system")

    def _wait(self, path: str) -> tuple[int, bytes]:
        """Return the first answer. No password is sent: the port may be another program's until Orthanc has it."""
        end = time.monotonic() + START
        while time.monotonic() < end:
            status, answer = self._get(path)
            if status:
                return status, answer
            log, before = self._log(), self._log_before
            new = log.text.removeprefix(before.text) if log.path == before.path else log.text  # of all starts, or of each
            if ENDED in new or self._systemctl_says("is-failed", default=False):  # whose error may be in no file
                raise Failure(f"Orthanc does not start: {' '.join(first_error(new)[:1]) or self._how_to_see()}")
            time.sleep(POLL)
        raise Failure(f"Orthanc does not answer at {self._address}, port {self._port}, within {START:.0f} s")

    def _get(self, path: str, authorization: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Return the status and the body of an answer; the status is 0 if there is none.

        Args:
            authorization: the header with a password. It is sent to the service's own process, and to no other.
        """
        connection: http.client.HTTPConnection
        if self._settings.get("SslEnabled") is True:
            # Of this very machine: its certificate is for another name.
            context = ssl._create_unverified_context()
            connection = http.client.HTTPSConnection(self._address, self._port, timeout=10, context=context)
        else:
            connection = http.client.HTTPConnection(self._address, self._port, timeout=10)
        try:
            connection.connect()
            if authorization and not is_served_by(connection.sock, self._main_process()):
                return 0, b""
            connection.request("GET", path, headers=authorization or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def _main_process(self) -> int:
        """Return the number of the service's main process, -1 if it is not known."""
        if self._service is None or self._service.manager is not Manager.SYSTEMD:
            return -1
        text = systemd_property(self._service, "MainPID")
        return int(text) if text.isdigit() and text != "0" else -1

    def _systemctl_says(self, question: str, *, default: bool) -> bool:
        """Ask systemd about the service. Return the default on a machine without systemd."""
        if self._service is None or self._service.manager is not Manager.SYSTEMD:
            return default
        command = ["systemctl", question, "--quiet", self._service.name]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def _how_to_see(self) -> str:
        command = self._service.show_log if self._service is not None else ""
        return f"see {as_root(command)}" if command else "look at its log"

    def _authorization(self) -> dict[str, str]:
        """Return the header of a request by the first user; empty without users."""
        users: Any = self._settings.get("RegisteredUsers")
        if not isinstance(users, dict) or not users:
            return {}
        name, password = next(iter(users.items()))
        return basic_authorization(name, str(password))

    def _log(self) -> Log:
        """Return the newest log of the service. It begins one at each start."""
        folder = self._service.log_folder if self._service is not None else None
        with suppress(OSError):
            if folder is not None and (newest := newest_log(folder)):
                path = newest.resolve()
                with open_regular(path) as file:
                    return Log(path, file.read().decode("utf-8", errors="replace"))
        return Log(None, "")
