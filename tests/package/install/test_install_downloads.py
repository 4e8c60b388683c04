# SPDX-License-Identifier: GPL-3.0-or-later
"""`orthanc-python install --from URL`: interruptions, servers that misbehave, and where a redirect may lead."""

from __future__ import annotations

import errno
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest
import trustme
from conftest import ROOT, clean_environment
from release_server import InstalledFolder, ReleaseFolder, Server, trusting

from orthanc_python.releases import downloads


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between attempts, for a server that comes to itself at once."""
    monkeypatch.setattr(downloads, "FIRST_WAIT", 0.0)


@pytest.fixture
def server(release: ReleaseFolder, serve: Callable[..., Server]) -> Server:
    return serve(release.publish().folder)


def start_command(folder: Path, *options: str) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "orthanc_python", "install", "--to", str(folder), *trusting(*options)]
    environment = clean_environment(PYTHONPATH=str(ROOT / "src"))
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def test_download(plugins: InstalledFolder, server: Server, linked_plugin: Path) -> None:
    assert plugins.install("--from", server.url)["version"] == "0.1.0"
    assert plugins.loader.read_bytes() == linked_plugin.read_bytes()
    assert server.ranges() == [None]
    assert not list(plugins.path.rglob("*.part"))


def test_download_that_cannot_be_removed(plugins: InstalledFolder, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, while another program reads it. The release is installed, and the next one as well."""
    rmdir = os.rmdir

    def refuse(path: str, **options: int) -> None:
        if Path(path).name == "downloads":
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        rmdir(path, **options)

    monkeypatch.setattr(os, "rmdir", refuse)
    assert plugins.install("--from", server.url)["changed"]
    assert not plugins.install("--from", server.url)["changed"]
    plugins.install("--rollback")


@pytest.mark.parametrize("address", ["/", "/manifest.json", "/?token=1"])
def test_address(plugins: InstalledFolder, server: Server, address: str) -> None:
    plugins.install("--from", server.url + address)
    assert server.asked and all(path.endswith(address.partition("?")[2]) for path, _ in server.asked)


def test_address_that_is_not_ascii(
    plugins: InstalledFolder, server: Server, release: ReleaseFolder, linked_plugin: Path
) -> None:
    other = ReleaseFolder(release.folder / "Klinik für 1 %", "0.1.0")
    other.plugin(linked_plugin.read_bytes(), release.entry["pythons"][0])
    other.publish()
    assert plugins.install("--from", f"{server.url}/Klinik für 1 %25")["version"] == "0.1.0"
    assert [path for path, _ in server.asked] == [f"/Klinik%20f%C3%BCr%201%20%25/{other.entry['name']}"]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("bücher.example:8443", "xn--bcher-kva.example:8443"),
        ("bücher:8443", "xn--bcher-kva:8443"),
        ("[::1]:8443", "[::1]:8443"),
    ],
)
def test_server_with_a_name_that_is_not_ascii(given: str, sent: str) -> None:
    folder = downloads.WebFolder(f"https://{given}/ä?key=ß")
    assert folder.place_of("x") == f"https://{sent}/%C3%A4/x?key=%C3%9F"


@pytest.mark.parametrize("address", ["https://a b/", "https://a..b/", f"https://{64 * 'ä'}/", "https://a.b/\udce4"])
def test_no_address(plugins: InstalledFolder, address: str) -> None:
    assert f"{address[:9]}" in (said := plugins.refuse("--from", address)) and "is not an address" in said


def test_older_version_on_a_server(
    plugins: InstalledFolder, release: ReleaseFolder, server: Server, linked_plugin: Path
) -> None:
    older = ReleaseFolder(release.folder / "0.0.8", "0.0.8")
    older.plugin(linked_plugin.read_bytes() + b"0.0.8", release.entry["pythons"][0])
    older.publish()
    assert plugins.install("--from", server.url, "--version", "0.0.8", "--downgrade")["version"] == "0.0.8"
    assert "there is no version 7.0" in plugins.refuse("--from", server.url, "--version", "7.0")
    (release.folder / "0.0.8").rename(release.folder / "v0.0.8")  # as GitHub has it, beside that of another version
    (release.folder / "v0.1.0").mkdir()
    for path in release.folder.glob("*.*"):
        path.rename(release.folder / "v0.1.0" / path.name) if path.is_file() else None
    plugins.install("--from", f"{server.url}/v0.1.0", "--version", "0.0.8", "--downgrade")


def test_cut_connections(plugins: InstalledFolder, server: Server, release: ReleaseFolder, linked_plugin: Path) -> None:
    """A file that is there is not asked for again."""
    server.does.cuts = [1000, 500_000, 0]
    plugins.install("--from", server.url)
    assert server.ranges() == [None, "bytes=1000-", "bytes=501000-", "bytes=501000-"]
    assert {headers.get("If-Range") for _, headers in server.asked[1:]} == {'"one"'}
    assert plugins.loader.read_bytes() == linked_plugin.read_bytes()


def test_killed_and_run_again(plugins: InstalledFolder, server: Server, release: ReleaseFolder, linked_plugin: Path) -> None:
    before = plugins.content()
    server.does.hold = threading.Event()
    process = start_command(plugins.path, "--from", server.url)
    assert server.holding.wait(60)
    while not any(part.stat().st_size for part in _parts(plugins)):
        assert process.poll() is None
    (part,) = _parts(plugins)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    server.does.hold.set()
    server.does.hold = None
    assert plugins.content() == before
    there = part.stat().st_size
    plugins.install("--from", server.url)
    assert 0 < there < release.entry["size"] and server.ranges() == [None, f"bytes={there}-"]
    assert plugins.loader.read_bytes() == linked_plugin.read_bytes()


def _parts(plugins: InstalledFolder) -> list[Path]:
    return list(plugins.path.glob(".orthanc-python/downloads/*.part"))


@pytest.mark.parametrize("how", ["another tag", "no ranges", "no tag", "damaged part", "too long", "nothing to go on from"])
def test_parts_of_no_use(
    how: str, plugins: InstalledFolder, server: Server, release: ReleaseFolder, linked_plugin: Path
) -> None:
    server.does.cuts = [1000] + [0] * (downloads.ATTEMPTS - 1)
    assert "closed the connection after 1000 of" in plugins.refuse("--from", server.url)
    (part,) = _parts(plugins)
    server.asked.clear()
    if how == "another tag":
        server.does.tag = '"two"'
    elif how == "no ranges":
        server.does.ranges = False
    elif how == "no tag":  # then the date does
        server.does.tag = None
        part.with_name(part.name + ".version").unlink()
    elif how == "damaged part":
        part.write_bytes(b"x" * 1000)
    elif how == "too long":
        part.write_bytes(b"x" * (release.entry["size"] + 1))
    else:
        server.does.statuses = [416]
    plugins.install("--from", server.url)
    assert plugins.loader.read_bytes() == linked_plugin.read_bytes()
    wanted = {"no tag": [None], "damaged part": ["bytes=1000-", None], "too long": [None]}
    assert server.ranges() == wanted.get(how, ["bytes=1000-", *([None] if how.startswith("nothing") else [])])


def test_date_instead_of_a_tag(plugins: InstalledFolder, server: Server) -> None:
    server.does.tag = 'W/"weak"'
    server.does.cuts = [1000]
    plugins.install("--from", server.url)
    assert server.ranges() == [None, "bytes=1000-"] and server.asked[1][1]["If-Range"].endswith("GMT")


def test_server_that_is_busy(plugins: InstalledFolder, server: Server) -> None:
    server.does.statuses = [503, 429, 500]
    assert plugins.install("--from", server.url)["changed"]


@pytest.mark.parametrize(
    ("statuses", "expected", "requests"),
    [
        ([503] * 100, "the server answers 503", downloads.ATTEMPTS),
        ([403], "the server answers 403", 1),
        ([404], "is not there", 1),
    ],
)
def test_server_that_refuses(
    plugins: InstalledFolder, server: Server, statuses: list[int], expected: str, requests: int
) -> None:
    server.does.statuses = statuses
    assert expected in plugins.refuse("--from", server.url)
    assert len(server.asked) == requests


@pytest.mark.parametrize("wrong", ["gone", "another name", "no https"])
def test_wrong_address(plugins: InstalledFolder, server: Server, monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    """One error at once: asking again is for a server that has answered."""
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail("it waits"))
    url = server.url
    if wrong == "gone":
        server.stop()
    elif wrong == "another name":
        url = "https://nowhere.invalid/"
    else:
        url = server.url.replace("http:", "https:")
    said = plugins.refuse("--from", url)
    assert "manifest.json: " in said and "look at the address" in said


@pytest.mark.parametrize(
    ("headers", "cut", "expected"),
    [
        ({"Content-Length": "100"}, 100, "has 100 bytes, and the manifest says"),
        ({"Content-Length": str(1 << 40)}, 100, "has 1099511627776 bytes, and the manifest says"),
        ({"Content-Length": "", "Connection": "close"}, 100, "closed the connection after 100 of"),
        ({"Content-Encoding": "gzip"}, None, "encoded by gzip, which was not asked for"),
    ],
    ids=["less", "more", "no length", "encoded"],
)
def test_server_that_lies(
    plugins: InstalledFolder, server: Server, headers: dict[str, str], cut: int | None, expected: str
) -> None:
    server.does.headers = headers
    server.does.cuts = [cut] * 100 if cut else []
    server.does.ranges = False
    assert expected in plugins.refuse("--from", server.url)


@pytest.mark.parametrize("text", ["bytes 0-9/10", "bytes 1000-1001/1002", "bytes 2000-9999/*", "nonsense"])
def test_range_that_was_not_asked_for(plugins: InstalledFolder, server: Server, text: str) -> None:
    server.does.cuts = [1000]
    server.does.range_answer = text
    said = plugins.refuse("--from", server.url)
    assert "the server answers the range" in said or "has 1002 bytes, and the manifest says" in said


def test_longer_than_the_manifest_says(plugins: InstalledFolder, server: Server, release: ReleaseFolder) -> None:
    with next(release.folder.glob("*.so")).open("ab") as file:
        file.write(b"x" * 100)
    server.does.headers = {"Content-Length": "", "Connection": "close"}
    assert "is larger than the" in plugins.refuse("--from", server.url)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("ftp://127.0.0.1/x", "is neither https, nor http"),
        ("http://example.org/x", "is not encrypted"),
        ("data:text/plain,x", "data:text/plain,x"),
    ],
)
def test_redirect_elsewhere(plugins: InstalledFolder, server: Server, target: str, expected: str) -> None:
    server.does.redirect = target
    assert expected in plugins.refuse("--from", server.url)


def test_redirect(plugins: InstalledFolder, server: Server, release: ReleaseFolder, serve: Callable[..., Server]) -> None:
    """Also of a part, as from a page of releases to a server of files."""
    other = serve(release.folder)
    server.does.redirect = f"{other.url}/{release.entry['name']}"
    other.does.cuts = [1000]
    plugins.install("--from", server.url)
    assert server.ranges() == other.ranges() == [None, "bytes=1000-"]


def test_redirects_in_a_circle(plugins: InstalledFolder, server: Server) -> None:
    server.does.redirect = f"{server.url}/again"
    assert "302" in plugins.refuse("--from", server.url)


def test_https(
    plugins: InstalledFolder,
    release: ReleaseFolder,
    serve: Callable[..., Server],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    secure = serve(release.publish().folder, context)
    assert "certificate is not trusted" in plugins.refuse("--from", secure.url)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    secure.does.redirect = f"{serve(release.folder).url}/{release.entry['name']}"
    assert "which is not encrypted" in plugins.refuse("--from", secure.url)
    secure.does.redirect = ""
    assert plugins.install("--from", secure.url)["changed"]


@pytest.mark.parametrize("wrong", ["authority", "name", "expired"])
def test_wrong_certificate(
    wrong: str, plugins: InstalledFolder, serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One connection, and one error: another attempt meets the same certificate."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    until = datetime(2020, 1, 1, tzinfo=timezone.utc) if wrong == "expired" else None
    authority.issue_cert("other.example" if wrong == "name" else "127.0.0.1", not_after=until).configure_cert(context)
    if wrong != "authority":
        authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    secure = serve(ReleaseFolder(tmp_path / "release", "0.1.0").publish().folder, context)
    said = plugins.refuse("--from", secure.url)
    fixes = {"authority": "SSL_CERT_FILE", "name": "use a name that the certificate has", "expired": "renew it"}
    assert said.count("certificate is not trusted") == 1 and fixes[wrong] in said
    assert secure.connections == 1 and not secure.asked


def test_two_at_once(plugins: InstalledFolder, server: Server, linked_plugin: Path) -> None:
    server.does.hold = threading.Event()
    first = start_command(plugins.path, "--from", server.url)
    assert server.holding.wait(60)
    assert "another orthanc-python is at work in" in plugins.refuse("--from", server.url)
    assert "another orthanc-python is at work in" in plugins.refuse("--rollback")
    server.does.hold.set()
    said = first.communicate(timeout=60)
    assert first.returncode == 0, said
    assert plugins.loader.read_bytes() == linked_plugin.read_bytes()
    assert not _parts(plugins)


def test_one_line_for_a_user(plugins: InstalledFolder, server: Server) -> None:
    server.does.statuses = [403]
    process = start_command(plugins.path, "--from", server.url)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 1 and "Traceback" not in said
    assert said.splitlines()[-1].startswith(f"error: {server.url}/OrthancPython-0.1.0-")
