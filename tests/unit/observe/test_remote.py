# SPDX-License-Identifier: GPL-3.0-or-later
"""The address of the Orthanc that `top`, `threads` and `profile` ask."""

from __future__ import annotations

import errno
import http.client
import io
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from orthanc_python import cli
from orthanc_python.failure import Failure
from orthanc_python.observe.remote import DEFAULT_URL, RemoteOrthanc
from orthanc_python.releases.sources import open_source
from orthanc_python.server.client import basic_authorization, not_trusted

asked: list[tuple[str, str]] = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        asked.append((self.path, self.headers["Authorization"]))
        self.send_response(404 if "missing" in self.path else 503 if "busy" in self.path else 403)
        self.end_headers()
        self.wfile.write(b'{"Text": "No stacks."}' if "reason" in self.path else b"<html>" if "proxy" in self.path else b"")

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """Return the port of a server that refuses every request, or has no such page."""
    asked.clear()
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_password_is_sent_but_not_shown(port: int) -> None:
    remote = RemoteOrthanc(f"http://a%20b:p%40ss@127.0.0.1:{port}/prefix/")
    assert remote.address == f"http://127.0.0.1:{port}/prefix"
    with pytest.raises(Failure) as failure:
        remote.get("/python/status")
    assert "wants another user or password" in str(failure.value) and "p%40ss" not in str(failure.value)
    assert asked == [("/prefix/python/status", basic_authorization("a b", "p@ss")["Authorization"])]


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://[::1]:8042", "http://[::1]:8042"),
        ("http://ada:p%40ss@[2001:DB8::1]/prefix/", "http://[2001:db8::1]/prefix"),
        ("[::1]:8042", "http://[::1]:8042"),
        ("https://ORTHANC.example:443", "https://orthanc.example:443"),
    ],
)
def test_address_that_is_shown(url: str, address: str) -> None:
    """It can be given to a command again."""
    assert RemoteOrthanc(url).address == RemoteOrthanc(address).address == address


def test_password_is_asked_for(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    prompts: list[str] = []

    def answer(prompt: str) -> str:
        prompts.append(prompt)
        return "p@ss"

    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin", terminal)
    monkeypatch.setattr("getpass.getpass", answer)
    remote = RemoteOrthanc(f"http://ada@127.0.0.1:{port}")
    with pytest.raises(Failure):
        remote.get("/python/status")
    assert prompts == ["Password of ada at 127.0.0.1: "]
    assert asked == [("/python/status", basic_authorization("ada", "p@ss")["Authorization"])]


def test_nobody_can_be_asked_for_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(Failure, match="no password for ada"):
        RemoteOrthanc("http://ada@127.0.0.1:1")


def test_route_that_is_missing(port: int) -> None:
    with pytest.raises(Failure, match=rf"^http://127.0.0.1:{port} has no /python/missing: it runs no Python script"):
        RemoteOrthanc(f"127.0.0.1:{port}").get("/python/missing?seconds=1")


def test_measurement_beside_another(port: int) -> None:
    with pytest.raises(Failure, match="refuses /python/profile now: another measurement is running there"):
        RemoteOrthanc(f"http://127.0.0.1:{port}").get("/python/profile?busy")


@pytest.mark.parametrize(
    ("query", "said"), [("busy+reason", "/python/profile: No stacks."), ("busy+proxy", "/python/profile now: another")]
)
def test_reason_of_a_refusal(port: int, query: str, said: str) -> None:
    with pytest.raises(Failure, match=f"refuses {said}"):
        RemoteOrthanc(f"http://127.0.0.1:{port}").get(f"/python/profile?{query}")


def test_proxy_before_an_orthanc_that_is_down(port: int) -> None:
    with pytest.raises(Failure, match="has answered /python/status/busy with HTTP status 503"):
        RemoteOrthanc(f"http://127.0.0.1:{port}").get("/python/status/busy")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "Connection refused"),
        (socket.gaierror(-2, "Name or service not known"), "Name or service not known"),
        (TimeoutError("timed out"), "timed out"),
        (ssl.SSLError(1, "[SSL] wrong version number"), "[SSL] wrong version number"),
    ],
    ids=["refused", "unknown", "late", "tls"],
)
def test_no_answer(error: OSError, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason without its number, and what to do."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(http.client.HTTPConnection, "request", fail)
    with pytest.raises(Failure) as raised:
        RemoteOrthanc(DEFAULT_URL).get("/python/status")
    fix = "start Orthanc there, or name another address"
    assert str(raised.value) == f"{DEFAULT_URL} does not answer: {reason}: {fix}"
    with pytest.raises(Failure) as raised:
        RemoteOrthanc("http://127.0.0.1:1").get("/python/status")
    assert str(raised.value).endswith(f"{fix}, such as {DEFAULT_URL}")


def test_url_with_a_space() -> None:
    with pytest.raises(Failure, match="/x y is not the URL of an Orthanc: it has a space or a control character"):
        RemoteOrthanc("http://127.0.0.1:1/x y").get("/python/status")


def test_certificate_that_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Orthanc has been started, and there is nothing wrong with its address."""

    def fail(*_: object, **__: object) -> None:
        raise ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")

    monkeypatch.setattr(http.client.HTTPSConnection, "request", fail)
    with pytest.raises(Failure, match=r"localhost: the certificate is not trusted .*CERTIFICATE_VERIFY_FAILED") as raised:
        RemoteOrthanc("https://localhost").get("/python/status")
    said = str(raised.value)
    assert "SSL_CERT_FILE=FILE" in said and "your company's proxy" in said and "start Orthanc" not in said


@pytest.mark.parametrize(("code", "fix"), [(62, "use the name that the certificate has"), (64, "use a name"), (10, "renew it")])
def test_certificate_of_another_name_or_time(code: int, fix: str) -> None:
    """Its authority may be known: a file of certificates would mend nothing."""
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    error.verify_code, error.verify_message = code, "the reason"
    assert f"(the reason): {fix}" in not_trusted(error) and "SSL_CERT_FILE" not in not_trusted(error)


def test_password_of_a_variable(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a program without a terminal. One in the URL wins."""
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.setenv("ORTHANC_PYTHON_PASSWORD", "p@ss")
    for user in ("ada", "ada:other"):
        with pytest.raises(Failure):
            RemoteOrthanc(f"http://{user}@127.0.0.1:{port}").get("/python/status")
    passwords = ("p@ss", "other")
    assert asked == [("/python/status", basic_authorization("ada", each)["Authorization"]) for each in passwords]
    with pytest.raises(Failure):
        RemoteOrthanc(f"http://127.0.0.1:{port}").get("/python/status")
    assert asked[-1][1] is None  # without a user nobody has asked for one


def test_advice_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other accounts can read the arguments of a command."""
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.setenv("ORTHANC_PYTHON_PASSWORD", "")
    with pytest.raises(Failure) as raised:
        RemoteOrthanc("http://ada@127.0.0.1:1")
    assert "set the environment variable ORTHANC_PYTHON_PASSWORD" in str(raised.value) and "PASSWORD@" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("ftp://ada:swordfish@host", "ftp://host"),
        ("http://ada:swordfish@host:port", "http://host:port"),
        ("ada:swordfish@host:port/x", "host:port/x"),
        ("http://ada:swordfish@", "http://"),
        ("http://ada:swordfish@[::1", "http://[::1"),
        ("http://ada:swordfish/1@host:8042", "http://host:8042"),
        ("http://ada:12/swordfish@host:8042", "http://host:8042"),
        ("http://ada:12?swordfish@host:8042", "http://host:8042"),
        ("http://ada:12#swordfish@host:8042", "http://host:8042"),
        ("http:/ada:swordfish@host:8042", "host:8042"),
    ],
)
def test_wrong_url_with_a_password(
    url: str, shown: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("interrupt_on_signals", "ignore_signals"):
        monkeypatch.setattr(cli, name, lambda: None)
    for command in ("top", "threads", "profile"):
        monkeypatch.setattr("sys.argv", ["orthanc-python", command, url])
        with pytest.raises(SystemExit):
            cli.main()
        said = "".join(capsys.readouterr())
        assert (
            said.startswith(f"error: {shown} is not the URL of an Orthanc; ") and "swordfish" not in said and "ada" not in said
        )


@pytest.mark.parametrize(
    "url",
    ["https://ada:swordfish@host", "ftp://ada:swordfish@host", "https://ada:swordfish/x@host", "https://ada:swordfish@[::1"],
)
def test_wrong_source_with_a_password(url: str) -> None:
    with pytest.raises(Failure) as raised:
        open_source(url)
    assert "swordfish" not in str(raised.value) and "ada" not in str(raised.value)
