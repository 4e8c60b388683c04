# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that must not be published are refused with one line that says why, and the former site stays."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from releases import Artifact, Manifest, make_site, sha256, write_manifest

Change = Callable[[Path], None]


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A small release: a stub."""
    folder = tmp_path / "release"
    folder.mkdir()
    stub = folder / "orthanc.pyi"
    stub.write_text("def LogWarning(message: str) -> None: ...\n")
    write_manifest(folder, Manifest("0.1.0", "2026-11-20", "0" * 40, (Artifact(stub.name, "stub", 42, sha256(stub)),)))
    return folder


def refused(*arguments: str | Path) -> str:
    """The one line that the command says."""
    done = make_site(*arguments)
    assert done.returncode == 1 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("ci/index: ")
    return line


def edit(**values: Any) -> Change:
    """Change the manifest, and the digests with it."""

    def change(folder: Path) -> None:
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps(manifest | values))
        (folder / "SHA256SUMS").write_text(
            "".join(f"{sha256(file)}  {file.name}\n" for file in folder.iterdir() if file.is_file())
        )

    return change


def edit_file(**values: Any) -> Change:
    """Change what the manifest says of the file."""

    def change(folder: Path) -> None:
        (file,) = json.loads((folder / "manifest.json").read_text())["files"]
        edit(files=[file | values])(folder)

    return change


def write(name: str, text: str) -> Change:
    def change(folder: Path) -> None:
        (folder / name).write_text(text)

    return change


def link_the_stub(folder: Path) -> None:
    (folder / "orthanc.pyi").rename(folder.parent / "orthanc.pyi")
    (folder / "orthanc.pyi").symlink_to(folder.parent / "orthanc.pyi")


def add_wheel(name: str, content: bytes) -> Change:
    def change(folder: Path) -> None:
        (folder / name).write_bytes(content)
        manifest = Manifest.read(folder)
        wheel = Artifact(name, "wheel", len(content), sha256(folder / name), ("3.13",))
        write_manifest(folder, replace(manifest, files=(*manifest.files, wheel)))

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(write("manifest.json", ""), "Expecting value", id="empty"),
        pytest.param(write("manifest.json", "[]"), "", id="list"),
        pytest.param(edit(files=[]), "the manifest has no files", id="no files"),
        pytest.param(edit(format=2), "manifest.json has the format 2; this reads 1", id="newer format"),
        pytest.param(edit(colour="red"), "colour", id="unknown key"),
        pytest.param(edit(version="../0.1.0"), "version ../0.1.0 is not written as PEP 440 says", id="version"),
        pytest.param(edit(date="yesterday"), "yesterday", id="date"),
        pytest.param(edit(commit="0\n1"), "cannot be printed", id="line break"),
        pytest.param(edit(commit="\u202egpj"), "cannot be printed", id="reversed text"),
        pytest.param(edit(commit=7.5), "7.5 where a text belongs", id="type"),
        pytest.param(edit_file(name="../orthanc.pyi"), "'../orthanc.pyi' is not the name of a file", id="path"),
        pytest.param(edit_file(name="/etc/passwd"), "'/etc/passwd' is not the name of a file", id="absolute path"),
        pytest.param(edit_file(name="index.html"), "index.html is the name of a file that the site makes", id="reserved"),
        pytest.param(edit_file(kind="script"), "script is not one of", id="kind"),
        pytest.param(edit_file(sha256="0" * 64), "the manifest 00000000", id="other digest"),
        pytest.param(edit_file(size=41), "has 42 bytes; the manifest says 41", id="size"),
        pytest.param(edit_file(pythons=["3.13<b>"]), "has an invalid version of Python", id="python"),
        pytest.param(lambda folder: (folder / "orthanc.pyi").unlink(), "orthanc.pyi is missing", id="missing file"),
        pytest.param(write("orthanc.pyi", "def LogWarning(massage: str) -> None: ...\n"), "has the SHA-256", id="altered file"),
        pytest.param(link_the_stub, "not a regular file", id="link"),
        pytest.param(lambda folder: (folder / "SHA256SUMS").unlink(), "SHA256SUMS: No such file", id="no sums"),
        pytest.param(write("SHA256SUMS", "orthanc.pyi\n"), "a line that sha256sum does not write", id="bad sums"),
        pytest.param(
            add_wheel("other-0.1.0-cp313-cp313-win_amd64.whl", b"PK"), "other-0.1.0-cp313-cp313-win_amd64.whl", id="no zip"
        ),
    ],
)
def test_unfit_release(change: Change, reason: str, release: Path, tmp_path: Path) -> None:
    assert make_site(release, "--output", tmp_path / "site").returncode == 0
    before = (tmp_path / "site" / "index.html").read_bytes()
    change(release)
    assert reason in refused(release, "--output", tmp_path / "site")
    assert (tmp_path / "site" / "index.html").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "orthanc.pyi") == ["release", "site"]


def test_wheel_of_another_project(release: Path, releases: list[Path], tmp_path: Path) -> None:
    wheel = next(releases[0].glob("*-win32.whl"))
    add_wheel(wheel.name.replace("orthanc_python", "orthanc_pyhton"), wheel.read_bytes())(release)
    assert "is orthanc-pyhton 0.1.0, not orthanc-python 0.1.0" in refused(release, "--output", tmp_path / "site")


def test_same_version_twice(release: Path, tmp_path: Path) -> None:
    assert "the same version: 0.1.0, 0.1.0" in refused(release, release, "--output", tmp_path / "site")


def test_folder_that_is_no_site_is_not_replaced(release: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_text("work of years")
    assert "exists and is not a download site" in refused(release, "--output", tmp_path / "thesis")
    assert (tmp_path / "thesis" / "thesis.tex").read_text() == "work of years"


def test_release_in_the_site_is_not_replaced(release: Path, tmp_path: Path) -> None:
    assert make_site(release, "--output", tmp_path / "site").returncode == 0
    (tmp_path / "site" / "0.1.0" / "index.html").unlink()
    assert "which is to be replaced" in refused(tmp_path / "site" / "0.1.0", "--output", tmp_path / "site")
    assert (tmp_path / "site" / "0.1.0" / "orthanc.pyi").exists()


def test_former_site_comes_back(release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new site is complete, and cannot be moved to its place."""
    assert make_site(release, "--output", tmp_path / "site").returncode == 0
    (tmp_path / "site" / "0.1.0" / "orthanc.pyi.sigstore.json").touch()
    rename = Path.rename

    def fail(path: Path, target: Path) -> Path:
        if path.parent.name == "made":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    assert "site: Permission denied" in refused(release, "--output", tmp_path / "site")
    assert (tmp_path / "site" / "0.1.0" / "orthanc.pyi.sigstore.json").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["release", "site"]


def test_former_site_that_cannot_come_back(release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays beside its place, and the error names it."""
    assert make_site(release, "--output", tmp_path / "site").returncode == 0
    (tmp_path / "site" / "0.1.0" / "orthanc.pyi.sigstore.json").touch()
    rename = Path.rename

    def fail(path: Path, target: Path) -> Path:
        if path != tmp_path / "site":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    line = refused(release, "--output", tmp_path / "site")
    (former,) = (path for path in tmp_path.iterdir() if path.name != "release")
    reason = f"the former site is in {former}, and cannot be moved back: Permission denied"
    assert line == f"ci/index: {tmp_path}/site is missing: {reason}"
    assert (former / "0.1.0" / "orthanc.pyi.sigstore.json").exists()


@pytest.mark.parametrize("option", ["--url", "--downloads"])
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.org/", "is not the address of a folder"),
        ("javascript:alert(1)", "is not the address of a folder"),
        ("https://example.org/?a=b", "is not the address of a folder"),
        ("https://example.org/?", "is not the address of a folder"),
        ("https://", "is not the address of a folder"),
        (" https://example.org/", "is not the address of a folder"),
        ("http://[::1", "Invalid IPv6 URL"),
        ("https://example.org:http/", "Port could not be cast"),
        ("https://example.org:99999/", "Port out of range"),
        ("https://example.org\\evil/", "write characters such as"),
        ("https://example.org/R&D/", "write characters such as & as %26"),
        ("https://example.org/$(id)/", "write characters such as"),
        ("https://example.org/it's/", "write characters such as"),
        ("https://example.org/files;id/", "write characters such as"),
        ("https://example.org/100%/", "write characters such as"),
        ("https://example.org/\u00e4/", "write characters such as"),
        ("https://b\u00fccher.example/", "the name of a server in ASCII"),
        ("https://me:secret@example.org/", "must have no user and no password"),
        ("https://@example.org/", "must have no user and no password"),
    ],
)
def test_address(option: str, url: str, reason: str, release: Path, tmp_path: Path) -> None:
    """Pages have it in commands: a shell must read it as it is."""
    line = refused(release, "--output", tmp_path / "site", option, url)
    assert reason in line and "secret" not in line


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "http://127.0.0.1:8000/",
        "http://[::1]:8000/files",
        "https://example.org/R%26D/a%20b/",
        "https://files_1.example.org/~me/a+b=c/@now/",
        "HTTPS://Example.org/",
    ],
)
def test_address_that_is_taken(url: str, release: Path, tmp_path: Path) -> None:
    assert make_site(release, "--output", tmp_path / "site", "--downloads", url).returncode == 0
    page = (tmp_path / "site" / "index.html").read_text()
    assert f'href="{url.rstrip("/")}/v0.1.0/orthanc.pyi"' in page
