# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a release, by HTTPS: resumed after an interruption, and tried again when that can help.

By urllib: it knows the system's proxies and certificates without another package in the user's environment. Most of this module
resumes the body of an answer, and no library does that.
"""

from __future__ import annotations

import re
import string
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPMessage, HTTPResponse, InvalidURL
from pathlib import Path
from ssl import SSLCertVerificationError
from typing import IO, TypeVar
from urllib import request
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, quote, urlsplit

from orthanc_python.failure import Failure
from orthanc_python.releases.manifest import MANIFEST
from orthanc_python.server.client import not_trusted, without_user

ATTEMPTS = 5
FIRST_WAIT = 0.5  # seconds, doubled before each further attempt
TIMEOUT = 30.0  # seconds without a byte
CHUNK = 1 << 16
ASCII = string.punctuation  # of an address, stays as it is: delimiters, and % of what is escaped
LOOPBACK = ("127.0.0.1", "::1", "localhost")
PASSING = (408, 425, 429, 500, 502, 503, 504)  # what a server answers that may be well a moment later

Report = Callable[[int], None]  # called with the number of bytes that are there
Result = TypeVar("Result")


class _Interrupted(Exception):
    """A transient error of a download: retry."""


class _OutOfRange(_Interrupted):
    """The server's file is another than that of the part which is here."""


class _NotFound(Exception):
    pass


class WebFolder:
    """The folder of a release on a server."""

    def __init__(self, url: str, *, insecure: bool = False) -> None:
        _check(url, insecure)
        self._parts = _as_sent(url)
        self._folder = self._parts.path.removesuffix(MANIFEST).rstrip("/")
        self._insecure = insecure
        self._answered = False  # before that, an address or a certificate is wrong rather than a network weak
        proxies = request.ProxyHandler({} if self._parts.hostname in LOOPBACK else None)
        self._opener = request.OpenerDirector()
        for handler in (
            proxies,
            request.HTTPHandler(),
            request.HTTPSHandler(),
            request.HTTPDefaultErrorHandler(),
            request.HTTPErrorProcessor(),
            _Redirects(insecure),
        ):
            self._opener.add_handler(handler)

    def below(self, name: str) -> WebFolder:
        return WebFolder(self.place_of(name), insecure=self._insecure)

    def beside(self, name: str) -> WebFolder:
        parent = self._folder.rpartition("/")[0]
        return WebFolder(self._parts._replace(path=f"{parent}/{quote(name)}").geturl(), insecure=self._insecure)

    def place_of(self, name: str) -> str:
        return self._parts._replace(path=f"{self._folder}/{quote(name)}").geturl()

    def read(self, name: str, limit: int) -> bytes | None:
        """A small file; None if there is none. One that is larger than the limit is cut after the byte that shows it."""

        def attempt() -> bytes:
            with self._open(url, {}) as response:
                data = b""
                while len(data) <= limit and (chunk := _read(response)):
                    data += chunk
                if response.length and len(data) <= limit:
                    raise _Interrupted(f"the server closed the connection after {len(data)} bytes")
                return data[: limit + 1]

        url = self.place_of(name)
        try:
            return _persistently(url, attempt)
        except _NotFound:
            return None

    def fetch(self, name: str, size: int, part: Path, report: Report) -> bool:
        """Write a file of this size to `part`, or the rest of it to what is there: whether something was there."""

        def attempt() -> None:
            try:
                self._continue(url, size, part, report)
            except _OutOfRange:
                part.unlink()
                raise

        url = self.place_of(name)
        found = part.stat().st_size if part.is_file() else 0
        if found > size:
            part.unlink()
            found = 0
        report(found)
        try:
            _persistently(url, attempt)
        except _NotFound:
            raise Failure(f"{url} is not there, although the manifest lists it") from None
        return found > 0

    def _continue(self, url: str, size: int, part: Path, report: Report) -> None:
        note = part.with_name(part.name + ".version")  # what the server calls the version of the file that the part is of
        version = note.read_text(encoding="latin-1") if note.is_file() else ""
        start = part.stat().st_size if part.is_file() and version else 0
        if start == size:
            return
        headers = {"Range": f"bytes={start}-", "If-Range": version} if start else {}
        with self._open(url, headers) as response:
            if response.status == 206:
                _check_range(url, response.headers["Content-Range"] or "", start, size)
            else:
                start = 0
                _check_length(url, response.length, size)
            version = _version(response.headers)
            note.write_text(version, encoding="latin-1")
            with part.open("ab" if start else "wb") as file:
                while chunk := _read(response):
                    start += len(chunk)
                    if start > size:
                        raise Failure(f"{url} is larger than the {size} bytes that the manifest says")
                    file.write(chunk)
                    report(start)
        if start < size:
            raise _Interrupted(f"the server closed the connection after {start} of {size} bytes")

    @contextmanager
    def _open(self, url: str, headers: dict[str, str]) -> Iterator[HTTPResponse]:
        asked = request.Request(url, headers={"User-Agent": "orthanc-python", "Accept-Encoding": "identity", **headers})
        try:
            response = self._opener.open(asked, timeout=TIMEOUT)
        except HTTPError as error:
            self._answered = True
            with error:
                if error.code in (404, 410):
                    raise _NotFound from None
                answer = f"the server answers {error.code} {' '.join(error.reason.splitlines()[:1])}"
            if error.code == 416:
                raise _OutOfRange(answer) from None
            raise (_Interrupted(answer) if error.code in PASSING else Failure(f"{url}: {answer}")) from None
        except URLError as error:
            if isinstance(error.reason, SSLCertVerificationError):
                raise Failure(f"{url}: {not_trusted(error.reason)}") from None
            reason = getattr(error.reason, "strerror", None) or str(error.reason)
            if not self._answered:
                raise Failure(f"{url}: {reason}: look at the address, and whether this machine reaches it") from None
            raise _Interrupted(reason) from None
        except InvalidURL as error:
            raise Failure(f"{url} is not an address: {error}") from None
        except (OSError, HTTPException) as error:
            raise _Interrupted(str(error) or type(error).__name__) from None
        self._answered = True
        with response:
            if (encoding := response.headers["Content-Encoding"] or "identity") != "identity":
                raise Failure(f"{url}: the server sends it encoded by {encoding}, which was not asked for")
            yield response


class _Redirects(request.HTTPRedirectHandler):
    """Redirects to what may be asked in the first place, and from HTTPS to nothing less."""

    def __init__(self, insecure: bool) -> None:
        self._insecure = insecure

    def redirect_request(
        self, req: request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> request.Request | None:
        try:
            _check(newurl, self._insecure)
        except Failure as error:
            raise Failure(f"{req.full_url} redirects: {error}") from None
        if req.type == "https" and urlsplit(newurl).scheme != "https" and not self._insecure:
            raise Failure(f"{req.full_url} redirects to {newurl}, which is not encrypted")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check(url: str, insecure: bool) -> None:
    shown = without_user(url)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        reason = f": {error}" if shown == url else ""  # that of a port may be a part of the password
        raise Failure(f"{shown} is not an address{reason}") from None
    if parts.scheme not in ("http", "https"):
        raise Failure(f"{shown} is neither https, nor http, nor a folder")
    if not host or parts.username is not None:
        raise Failure(f"{shown} must have the name of a server, and no user or password")
    if parts.scheme == "http" and host not in LOOPBACK and not insecure:
        raise Failure(f"{shown} is not encrypted, and others could change it: take https, or --insecure")


def _as_sent(url: str) -> SplitResult:
    """An address as HTTP takes it, without spaces and in ASCII (RFC 3987, section 3.1). Raises Failure."""
    parts = urlsplit(url)
    name, colon, port = parts.netloc.partition(":")
    try:
        server = name.encode("idna").decode("ascii") + colon + port
        return parts._replace(netloc=server, path=quote(parts.path, safe=ASCII), query=quote(parts.query, safe=ASCII))
    except UnicodeError as error:
        raise Failure(f"{url} is not an address: {error}") from None


def _check_range(url: str, text: str, start: int, size: int) -> None:
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", text)
    if found is None or int(found[1]) != start:
        raise Failure(f"{url}: asked for what follows byte {start}, the server answers the range {text!r}")
    if found[2] != "*":
        _check_length(url, int(found[2]), size)


def _check_length(url: str, length: int | None, size: int) -> None:
    if length is not None and length != size:
        raise Failure(f"{url} has {length} bytes, and the manifest says {size}: the file has been cut or replaced")


def _version(headers: HTTPMessage) -> str:
    """Return the version of the file for If-Range (RFC 9110). A weak tag is not valid there."""
    tag = str(headers["ETag"] or "")
    return tag if tag.startswith('"') else str(headers["Last-Modified"] or "")


def _read(response: HTTPResponse) -> bytes:
    try:
        return response.read(CHUNK)
    except (OSError, HTTPException) as error:
        raise _Interrupted(f"the connection broke: {error or type(error).__name__}") from None


def _persistently(url: str, attempt: Callable[[], Result]) -> Result:
    for number in range(ATTEMPTS):
        if number:
            time.sleep(FIRST_WAIT * 2 ** (number - 1))
        try:
            return attempt()
        except _Interrupted as error:
            reason = str(error)
    raise Failure(f"{url}: {reason}, {ATTEMPTS} times; run it again later: what has arrived is kept")
