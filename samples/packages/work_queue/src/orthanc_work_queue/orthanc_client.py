# SPDX-License-Identifier: GPL-3.0-or-later
"""Orthanc's REST API for the workers. They are processes of their own."""

from __future__ import annotations

import http.client
import json
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError, URLError


class Unreachable(Exception):
    """Orthanc cannot be reached, or does not know the worker. It is not the fault of the piece of work."""


class OrthancClient:
    """Calls one Orthanc. `headers` hold the authorization."""

    def __init__(self, url: str, headers: Mapping[str, str], timeout: float = 60) -> None:
        self.url = url
        self.headers = dict(headers)
        self.timeout = timeout
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def request(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """Return the body of the answer.

        Raises:
            urllib.error.HTTPError: Orthanc answers with an error.
            TimeoutError: Orthanc has the request, and does not answer in time. The piece may be the cause.
            ConnectionError, http.client.HTTPException: Orthanc has ended while it had the request, or the path is not one of
                a URL. The piece may be the cause.
            Unreachable: there is no connection, or Orthanc refuses the authorization (status 401).
        """
        call = urllib.request.Request(self.url + path, data=body, headers=self.headers, method=method)
        try:
            with self._opener.open(call, timeout=self.timeout) as response:
                content: bytes = response.read()
                return content
        except HTTPError as error:
            if error.code == http.client.UNAUTHORIZED:
                raise Unreachable(f"{self.url}: {error}") from error
            raise
        except URLError as error:  # errors of the answer are of other types
            if isinstance(error.reason, ConnectionResetError | BrokenPipeError):  # while the body was sent
                raise error.reason from error
            raise Unreachable(f"{self.url}: {error}") from error

    def get(self, path: str) -> bytes:
        return self.request("GET", path)

    def get_json(self, path: str) -> Any:
        return json.loads(self.get(path))
