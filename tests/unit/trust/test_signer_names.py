# SPDX-License-Identifier: GPL-3.0-or-later
"""The signer that a user names, in a folder that someone else has filled."""

from __future__ import annotations

from pathlib import Path

import pytest

from orthanc_python.failure import Failure
from orthanc_python.trust.signers import Signers, parse_signer
from orthanc_release.signing.minisign import SecretKey, new_secret


def new_key() -> str:
    """Return a public key that can be the name of a file."""
    return next(key for _ in range(1000) if "/" not in (key := SecretKey(new_secret()).public))


@pytest.fixture(autouse=True)
def download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The present folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_no_file_stands_for_a_key(download: Path) -> None:
    """The manifest need not list it, so that it could come with any download."""
    key = new_key()
    (download / key).write_text(new_key())
    assert parse_signer(key) == Signers(key=key)


def test_no_file_stands_for_a_repository(download: Path) -> None:
    (download / "owner").mkdir()
    assert parse_signer("owner/name") == Signers(repository="owner/name")
    key = new_key()
    (download / "owner" / "name").write_text(key)
    with pytest.raises(Failure, match=r"may be a repository and is a file here: for the file, write \./owner/name"):
        parse_signer("owner/name")
    assert parse_signer("./owner/name") == Signers(key=key)


def test_a_file(download: Path) -> None:
    key = new_key()
    text = f"untrusted comment: minisign public key\n{key}\n"
    (download / "release.pub").write_text(text)
    assert parse_signer("release.pub") == parse_signer(str(download / "release.pub")) == Signers(key=text)
