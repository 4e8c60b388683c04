# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases made of real libraries, folders they are installed to, and an HTTP server that can misbehave."""

from __future__ import annotations

import hashlib
import json
import re
import ssl
import threading
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from click.testing import CliRunner, Result

from orthanc_python.cli import app
from orthanc_python.failure import Failure
from orthanc_python.trust.signers import Signers
from orthanc_release.signing.minisign import SecretKey, new_secret

KEY = SecretKey(new_secret())  # which signs the releases of these tests


def trusting(*options: str) -> list[str]:
    """Options for another process, with the key of these tests as the one that is trusted unless they name another."""
    needed = "--from" in options and "--rollback" not in options and "--signer" not in options
    return [*options, "--signer", KEY.public] if needed else [*options]


class ReleaseFolder:
    """The files of a release, as they are published: flat, with a manifest. What a test changes, `publish` writes."""

    def __init__(self, folder: Path, version: str) -> None:
        self.folder = folder
        self.version = version
        self.manifest: dict[str, Any] = {"format": 1, "version": version, "date": "2026-11-25", "commit": "0" * 40, "files": []}
        folder.mkdir(parents=True)

    def add(self, name: str, content: bytes, **entry: Any) -> Path:
        """Add a file, with the checksum of its content unless the entry has another."""
        path = self.folder / name
        path.write_bytes(content)
        known = {
            "name": name,
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "minimum": "2.28",
            "sdk": None,
        }
        self.manifest["files"].append({**known, "target": None, "compiler": None, **entry})
        return path

    def plugin(self, content: bytes, python: str, target: str = "linux-x86_64", **entry: Any) -> Path:
        """Add a plugin that stands alone."""
        system, processor = target.split("-")
        suffix = {"linux": "so", "windows": "dll", "macos": "dylib"}[system]
        name = f"OrthancPython-{self.version}-python{python}-{target}.{suffix}"
        known = {"kind": "plugin", "pythons": [python], "system": system, "processor": processor}
        return self.add(name, content, **{**known, **entry})

    def bundle(self, members: dict[str | zipfile.ZipInfo, bytes], pythons: list[str], target: str = "linux-x86_64") -> Path:
        """Add an archive."""
        path = self.folder / f"OrthancPython-{self.version}-{target}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content, zipfile.ZIP_DEFLATED)
        return self.archive(path.name, path.read_bytes(), pythons, target)

    def archive(self, name: str, content: bytes, pythons: list[str], target: str = "linux-x86_64") -> Path:
        """Add what is said to be an archive, instead of one that was added before."""
        self.manifest["files"] = [file for file in self.manifest["files"] if file["name"] != name]
        system, processor = target.split("-")
        return self.add(name, content, kind="bundle", pythons=pythons, system=system, processor=processor)

    def publish(self, key: SecretKey | None = KEY) -> ReleaseFolder:
        """Write the manifest, and its signature if there is a key."""
        content = json.dumps(self.manifest)
        (self.folder / "manifest.json").write_text(content)
        (self.folder / "manifest.json.minisig").unlink(missing_ok=True)
        if key is not None:
            (self.folder / "manifest.json.minisig").write_text(key.sign(content.encode(), "of a test"))
        return self

    @property
    def entry(self) -> dict[str, Any]:
        """Of the file that was added last."""
        last: dict[str, Any] = self.manifest["files"][-1]
        return last


class InstalledFolder:
    """An Orthanc plugin folder, and the command on it, run in this process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.loader = path / "libOrthancPython.so"
        self.pinned: Signers | None = Signers(key=KEY.public)  # whom the command trusts; None for those of the package
        path.mkdir()

    def install(self, *options: str) -> dict[str, Any]:
        """Return the command's output for programs, and in "said" that for users."""
        done = self.run("--json", *options, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return {**json.loads(done.stdout), "said": done.stderr}

    def refuse(self, *options: str) -> str:
        """Return the failure of the command. It must leave what is installed as it was."""
        before = self.content()
        done = self.run(*options)
        assert isinstance(done.exception, Failure), (done.exception, done.output)
        assert self.content() == before
        (text,) = str(done.exception).splitlines()
        own = re.sub(r"\S*/(?=[\w.-]+)", "", text)  # without folders and addresses
        assert len(own) <= 170, f"an error of {len(own)} characters: {own}"
        return text

    def run(self, *options: str, catch_exceptions: bool = True) -> Result:
        with pytest.MonkeyPatch.context() as patch:
            if self.pinned is not None:
                patch.setattr(import_module("orthanc_python.cli.install"), "PINNED", self.pinned)
            return CliRunner().invoke(app, ["install", "--to", str(self.path), *options], catch_exceptions=catch_exceptions)

    def content(self) -> dict[str, bytes]:
        """All files that are installed or kept, but not what has arrived of a download, or was seen."""
        files = (path for path in self.path.rglob("*") if path.is_file() and path.parent.name != "downloads")
        others = ("lock", "newest.json")
        return {str(path.relative_to(self.path)): path.read_bytes() for path in files if path.name not in others}


def members(bundle: Path, *pythons: str) -> dict[str | zipfile.ZipInfo, bytes]:
    """The content of a bundle's archive, for these Pythons."""
    names = ["libOrthancPython.so", *(f"OrthancPython/OrthancPython-python{python}.so" for python in pythons)]
    return {"LICENSE": b"GPL\n", "README.txt": b"", **{name: (bundle / name).read_bytes() for name in names}}


@dataclass
class Misbehaviour:
    """Set the server's behaviour for files other than the manifest and its signatures."""

    cuts: list[int] = field(default_factory=list)  # bytes after which it closes the connection, of one request after the other
    statuses: list[int] = field(default_factory=list)  # answers to the first requests
    headers: dict[str, str] = field(default_factory=dict)  # that replace those of the answer
    tag: str | None = '"one"'  # of all files; None for a server that gives none
    ranges: bool = True  # whether it knows them
    range_answer: str = ""  # what it says that it sends, when asked for a range
    redirect: str = ""  # where it sends everyone
    hold: threading.Event | None = None  # it waits for this after half of a file


class _CountingServer(ThreadingHTTPServer):
    connections = 0

    def get_request(self) -> tuple[Any, Any]:
        self.connections += 1  # before the handshake
        return super().get_request()


class Server:
    """Serves a folder on the loopback interface, and keeps what it was asked."""

    def __init__(self, folder: Path, context: ssl.SSLContext | None = None) -> None:
        self.does = Misbehaviour()
        self.asked: list[tuple[str, dict[str, str]]] = []  # of files other than those: the path, and the headers
        self.holding = threading.Event()
        self.http = _CountingServer(("127.0.0.1", 0), _handler(self, folder))
        if context is not None:
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.http.server_address[1]}"
        self._thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def connections(self) -> int:
        """Return the number of connections, with those that failed in the TLS handshake."""
        return self.http.connections

    def ranges(self) -> list[str | None]:
        return [headers.get("Range") for _, headers in self.asked]

    def stop(self) -> None:
        if self._thread.is_alive():
            if self.does.hold is not None:
                self.does.hold.set()
            self.http.shutdown()
            self._thread.join()
            self.http.server_close()


def _handler(server: Server, folder: Path) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = folder / unquote(self.path.partition("?")[0]).lstrip("/")
            described = path.name.startswith("manifest.json")
            does = Misbehaviour() if described else server.does
            if not described:
                server.asked.append((self.path, dict(self.headers)))
            if does.redirect:
                return self.answer(302, {"Location": does.redirect, "Content-Length": "0"})
            if does.statuses and (status := does.statuses.pop(0)) != 200:
                return self.answer(status, {"Content-Length": "0"})
            if not path.is_file():
                return self.answer(404, {"Content-Length": "0"})
            return self.send(path.read_bytes(), path, does)

        def send(self, content: bytes, path: Path, does: Misbehaviour) -> None:
            headers = {"Last-Modified": formatdate(path.stat().st_mtime, usegmt=True)}
            if does.tag:
                headers["ETag"] = does.tag
            start = 0
            wanted = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
            if wanted and does.ranges and self.headers["If-Range"] in (None, *headers.values()):
                start = int(wanted[1])
                if start >= len(content):
                    return self.answer(416, {"Content-Range": f"bytes */{len(content)}", "Content-Length": "0"})
                headers["Content-Range"] = does.range_answer or f"bytes {start}-{len(content) - 1}/{len(content)}"
            headers["Content-Length"] = str(len(content) - start)
            self.answer(206 if "Content-Range" in headers else 200, headers | does.headers)
            body = content[start:]
            if does.hold is not None:
                self.wfile.write(body[: len(body) // 2])
                server.holding.set()
                does.hold.wait(60)
                body = body[len(body) // 2 :]
            cut = does.cuts.pop(0) if does.cuts else len(body)
            self.wfile.write(body[:cut])
            if cut < len(body):
                self.close_connection = True
            return None

        def answer(self, status: int, headers: dict[str, str]) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if value:
                    self.send_header(name, value)
            self.end_headers()
            if headers.get("Connection") == "close":
                self.close_connection = True

        def handle(self) -> None:
            with suppress(OSError):  # the client has gone
                super().handle()

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    return Handler
