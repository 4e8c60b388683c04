# SPDX-License-Identifier: GPL-3.0-or-later
"""src/orthanc_release/signing/sign.py signs with the key and the identity that users trust, and with no other."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from orthanc_python.trust import PUBLIC_KEY, REPOSITORY
from orthanc_python.trust.minisign import MinisignError, parse_public_key, parse_signature, verify
from orthanc_release.artifacts import project_version
from orthanc_release.signing import sign
from orthanc_release.signing import tag as tag_of_release
from orthanc_release.signing.minisign import SecretKey, new_secret

IDENTITY = {"ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1:9/", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "none"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "manifest.json").write_text("{}")
    return tmp_path


def test_what_the_package_trusts() -> None:
    assert sign.pinned() == sign.Pinned(PUBLIC_KEY, REPOSITORY)
    assert len(parse_public_key(PUBLIC_KEY).name) == 16
    assert PUBLIC_KEY in (ROOT / "docs" / "howto" / "verify.md").read_text()
    assert parse_public_key(PUBLIC_KEY).name in (ROOT / "docs" / "howto" / "verify.md").read_text()


def test_by_key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = new_secret()
    public = SecretKey(secret).public
    monkeypatch.setattr(sign, "pinned", lambda: sign.Pinned(public, ""))
    said = sign.sign(folder, {sign.SECRET: secret})
    assert said.startswith("signed manifest.json with the key of releases; unsigned: no identity")
    text = (folder / "manifest.json.minisig").read_text()
    verify(b"{}", parse_signature(text), parse_public_key(public))
    with pytest.raises(MinisignError):
        verify(b"{} ", parse_signature(text), parse_public_key(public))
    sign.sign(folder, {sign.SECRET: secret})
    assert (folder / "manifest.json.minisig").read_text() == text  # which can be published again


@pytest.mark.parametrize(
    ("secret", "text"),
    [(new_secret(), "has another key"), ("x", "RELEASE_SIGNING_KEY: "), ("QUJD", "is not one of")],
    ids=["another", "no base64", "too short"],
)
def test_another_key(folder: Path, secret: str, text: str) -> None:
    with pytest.raises(RuntimeError, match=text):
        sign.sign(folder, {sign.SECRET: secret})
    assert not (folder / "manifest.json.minisig").exists()


def test_another_repository(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign, "pinned", lambda: sign.Pinned("", "example/orthanc-python"))
    with pytest.raises(RuntimeError, match="this is the workflow of evil/fork, and "):
        sign.sign(folder, {**IDENTITY, "GITHUB_REPOSITORY": "evil/fork"})


def test_no_repository(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """While none is pinned, no identity signs, and the first job of a release says what to do."""
    monkeypatch.setattr(sign, "pinned", lambda: sign.Pinned("", ""))
    monkeypatch.setenv("GITHUB_REPOSITORY", "example/orthanc-python")
    with pytest.raises(RuntimeError, match="users trust no workflow"):
        sign.sign(folder, {**IDENTITY, "GITHUB_REPOSITORY": "example/orthanc-python"})
    assert sign.main(["--check"]) == 1
    expected = (
        'users trust no workflow: put REPOSITORY = "example/orthanc-python" into src/orthanc_python/trust/__init__.py, '
        "and commit it"
    )
    assert capsys.readouterr().err == f"ci/sign: {expected}\n"
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json"]


VERSION = project_version()


@pytest.mark.parametrize(
    ("repository", "tag", "changes", "missing", "refusal"),
    [
        ("example/orthanc-python", f"v{VERSION}", "Added", [], None),
        ("evil/fork", f"v{VERSION}", "Added", [], "this is the workflow of evil/fork, and "),
        (
            "example/orthanc-python",
            "v99.0",
            "Added",
            [],
            f"this runs for refs/tags/v99.0, and the release is that of refs/tags/v{VERSION}, by pyproject.toml",
        ),
        ("example/orthanc-python", f"v{VERSION}", "", [], f"CHANGELOG.md has no heading [{VERSION}]"),
        (
            "example/orthanc-python",
            f"v{VERSION}",
            "Added",
            ["a page", "another"],
            "not written for a release yet: a page; another",
        ),
    ],
    ids=["right", "another repository", "another version", "no changes", "pages of before"],
)
def test_first_question_of_a_release(
    repository: str,
    tag: str,
    changes: str,
    missing: list[str],
    refusal: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Before anything is built."""
    monkeypatch.setattr(sign, "pinned", lambda: sign.Pinned("", "example/orthanc-python"))
    monkeypatch.setattr(tag_of_release, "changes_of", {VERSION: changes}.get)
    monkeypatch.setattr(sign, "not_written", lambda: iter(missing))
    monkeypatch.setenv("GITHUB_REPOSITORY", repository)
    monkeypatch.setenv("GITHUB_REF", f"refs/tags/{tag}")
    assert sign.main(["--check"]) == (refusal is not None)
    printed = capsys.readouterr()
    assert (refusal or "users trust the workflow of example/orthanc-python") in printed.err + printed.out


@pytest.mark.parametrize("status", [0, 1])
def test_by_identity(folder: Path, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """sigstore signs each file but the signatures. What it says of a failure is shown."""
    program = folder / "bin" / "sigstore"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >"{folder}/bin/called"\necho "no such issuer" >&2\nexit {status}\n')
    program.chmod(0o755)
    release = folder / "release"
    release.mkdir()
    for name in ("b.so", "a.so", "a.so.sigstore.json", "manifest.json.minisig"):
        (release / name).touch()
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(sign, "pinned", lambda: sign.Pinned("", "example/orthanc-python"))
    environment = {**IDENTITY, "GITHUB_REPOSITORY": "example/orthanc-python"}
    if status:
        with pytest.raises(RuntimeError, match=r"^sigstore failed: no such issuer$"):
            sign.sign_by_identity(release, environment)
    else:
        assert sign.sign_by_identity(release, environment) == "signed 2 files"
    assert (folder / "bin" / "called").read_text() == f"sign --overwrite {release}/a.so {release}/b.so\n"


def test_a_new_key(tmp_path: Path) -> None:
    command = [sys.executable, ROOT / "ci" / "module.py", "signing.minisign", tmp_path / "release.key"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    match = re.fullmatch(r'PUBLIC_KEY = "(RW\S{54})"\n', printed)
    assert match and SecretKey((tmp_path / "release.key").read_text()).public == match[1]
    assert (tmp_path / "release.key").stat().st_mode & 0o777 == 0o600
    assert subprocess.run(command, capture_output=True).returncode == 1  # no key is written over


@pytest.mark.parametrize("present", [[], [sign.SECRET], [*IDENTITY]], ids=["neither", "key", "identity"])
def test_a_release_is_not_published_unsigned(
    folder: Path, present: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (sign.SECRET, *IDENTITY):
        monkeypatch.delenv(name, raising=False)
    for name in present:
        monkeypatch.setenv(name, "x")
    assert sign.main([str(folder)]) == 1
    missing = [name for name in (sign.SECRET, *IDENTITY) if name not in present]
    assert capsys.readouterr().err == f"ci/sign: {', '.join(missing)} is not set, and a release is not published unsigned\n"
