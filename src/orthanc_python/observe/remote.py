# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the plugin's routes of an Orthanc at any address."""

from __future__ import annotations

import getpass
import http.client
import json
import os
import ssl
import sys
from typing import Any
from urllib.parse import unquote, urlsplit

from orthanc_python.failure import Failure
from orthanc_python.server.client import basic_authorization, not_trusted, without_user

DEFAULT_URL = "http://127.0.0.1:8042"  # a minimal container does not know localhost
VARIABLE = "ORTHANC_PYTHON_PASSWORD"


class RemoteOrthanc:
    """An Orthanc at a URL such as https://USER@HOST:8042/prefix.

    The password of a user is that of the URL, else of the environment, else asked for: others can read the arguments of a
    command in the list of processes. Raises Failure for an invalid URL, or if there is nobody to ask.
    """

    def __init__(self, url: str) -> None:
        wrong = Failure(f"{without_user(url)} is not the URL of an Orthanc; write one such as {DEFAULT_URL}{_advice(url)}")
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
            port = parts.port
        except ValueError:
            raise wrong from None
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in f"{parts.path}{parts.query}{parts.fragment}":
            raise wrong
        self._host = parts.hostname
        self._port = port
        self._prefix = parts.path.rstrip("/")
        self._connection = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._headers: dict[str, str] = {}
        if parts.username is not None:
            user = unquote(parts.username)
            password = unquote(parts.password) if parts.password is not None else _password_of(user, self._host)
            self._headers |= basic_authorization(user, password)
        host = f"[{self._host}]" if ":" in self._host else self._host  # IPv6
        self.address = f"{parts.scheme}://{host}{f':{port}' if port else ''}{self._prefix}"  # without the password

    def get(self, path: str, timeout: float = 30.0) -> Any:
        """Return the JSON of one of the plugin's routes. Raises Failure."""
        connection = self._connection(self._host, self._port, timeout=timeout)
        try:
            connection.request("GET", self._prefix + path, headers={"Accept": "application/json", **self._headers})
            answer = connection.getresponse()
            body = answer.read()
        except http.client.InvalidURL:
            raise Failure(f"{self.address} is not the URL of an Orthanc: it has a space or a control character") from None
        except ssl.SSLCertVerificationError as error:
            raise Failure(f"{self.address}: {not_trusted(error)}") from None
        except (OSError, http.client.HTTPException) as error:
            # The text of an error of the system has a number in front.
            reason = (isinstance(error, OSError) and not isinstance(error, ssl.SSLError) and error.strerror) or error
            other = "" if self.address == DEFAULT_URL else f", such as {DEFAULT_URL}"
            fix = f"start Orthanc there, or name another address{other}"
            raise Failure(f"{self.address} does not answer: {reason}: {fix}") from None
        finally:
            connection.close()
        if answer.status == 401 or answer.status == 403:
            raise Failure(f"{self.address} wants another user or password; write the user into the URL: http://USER@HOST:8042")
        if answer.status == 404:
            raise Failure(
                f"{self.address} has no {path.partition('?')[0]}: it runs no Python script, its configuration turns it off by "
                '"Metrics": false, or its plugin is older'
            )
        if answer.status == 503 and path.startswith("/python/profile"):
            if reason := _reason(body):
                raise Failure(f"{self.address} refuses {path.partition('?')[0]}: {reason}")
            raise Failure(
                f"{self.address} refuses {path.partition('?')[0]} now: another measurement is running there, or an "
                "interrupted one. Wait for its end, up to 60 seconds, and run it again"
            )
        if answer.status != 200:
            raise Failure(f"{self.address} has answered {path} with HTTP status {answer.status}")
        try:
            return json.loads(body)
        except ValueError:
            raise Failure(f"{self.address}{path} is not a route of the plugin: its answer is not JSON") from None


def _reason(body: bytes) -> str:
    """Return the reason of a refusal; "" without one, as from a proxy."""
    try:
        answer = json.loads(body)
    except ValueError:
        return ""
    return str(answer.get("Text", "")) if isinstance(answer, dict) else ""


def _advice(url: str) -> str:
    return ", and a / ? # or @ of a user or password as %2F %3F %23 or %40" if "@" in url else ""


def _password_of(user: str, host: str) -> str:
    if password := os.environ.get(VARIABLE):
        return password
    if not sys.stdin.isatty():
        raise Failure(f"no password for {user}, and no terminal to ask for it: set the environment variable {VARIABLE}")
    return getpass.getpass(f"Password of {user} at {host}: ")
