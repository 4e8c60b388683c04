# SPDX-License-Identifier: GPL-3.0-or-later
"""A small client of Orthanc's REST API on this machine, from the standard library alone."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The fixes where the authority of a certificate may well be trusted, by the numbers of OpenSSL (X509_V_ERR_*).
ADVICE = {
    9: "set this machine's clock, because the certificate is of a later date",
    10: "renew it, because it has expired",
    62: "use the name that the certificate has",
    64: "use a name that the certificate has, not an address",
}

Body = bytes | str | dict[str, Any] | list[Any]


@dataclass(frozen=True)
class Response:
    """An answer of Orthanc. Error statuses and redirections are answers like any other."""

    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        return json.loads(self.body)


def not_trusted(error: ssl.SSLCertVerificationError) -> str:
    """Return the reason and the fix for the certificate of a server, or of a proxy that reads what it passes on."""
    own = "name the PEM of your authority or your company's proxy by SSL_CERT_FILE=FILE"
    fix = ADVICE.get(getattr(error, "verify_code", 0), own)
    return f"the certificate is not trusted ({getattr(error, 'verify_message', error)}): {fix}"


def basic_authorization(user: str, password: str) -> dict[str, str]:
    """Return the header of a request by a user (RFC 7617)."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def without_user(url: str) -> str:
    """Return a URL without its user and password, for an error. It may be wrong, as with a "/" in the password."""
    before, found, host = url.rpartition("@")
    scheme, separator, _ = before.partition("://")
    return f"{scheme}://{host}" if found and separator else host


class RestClient:
    """Calls an Orthanc that listens on `http_port` of the loopback interface."""

    host = "127.0.0.1"

    def __init__(self, http_port: int) -> None:
        self.http_port = http_port

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.http_port}"

    def request(
        self,
        method: str,
        path: str,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 60.0,
    ) -> Response:
        """One request on a connection of its own; a dict or a list is sent as JSON."""
        data: bytes | None = None
        if body is not None:
            text = json.dumps(body) if isinstance(body, (dict, list)) else body
            data = text.encode() if isinstance(text, str) else text
        # http.client and not urllib: neither proxies of the environment nor redirections may interfere.
        connection = http.client.HTTPConnection(self.host, self.http_port, timeout=timeout)
        try:
            connection.request(method, path, body=data, headers=dict(headers or {}))
            answer = connection.getresponse()
            return Response(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **options: Any) -> Response:
        return self.request("GET", path, **options)

    def post(self, path: str, body: Body = b"", **options: Any) -> Response:
        return self.request("POST", path, body, **options)

    def put(self, path: str, body: Body = b"", **options: Any) -> Response:
        return self.request("PUT", path, body, **options)

    def delete(self, path: str, **options: Any) -> Response:
        return self.request("DELETE", path, **options)

    def upload(self, dicom: bytes | str | Path) -> dict[str, Any]:
        """Store a DICOM file, given as its path or its bytes, and return Orthanc's answer ("ID", "Status", ...)."""
        data = dicom if isinstance(dicom, bytes) else Path(dicom).read_bytes()
        answer = self.post("/instances", data)
        if answer.status != 200:
            raise ValueError(f"Orthanc refused the DICOM file with HTTP status {answer.status}: {answer.text.strip()}")
        stored: dict[str, Any] = answer.json()
        return stored
