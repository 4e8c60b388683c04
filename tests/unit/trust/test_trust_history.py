# SPDX-License-Identifier: GPL-3.0-or-later
"""The newer of two versions, the refusal of an older release, and the warning of an old one."""

from __future__ import annotations

import datetime
import itertools
import json
from pathlib import Path

import pytest

from orthanc_python.failure import Failure
from orthanc_python.releases.manifest import Release, parse_manifest
from orthanc_python.trust.history import (
    NEWEST,
    accepted,
    memory,
    newest_of,
    newest_seen,
    refuse_downgrade,
    warning_of_age,
)

# From the oldest to the newest, as PEP 440 sorts them.
ORDER = [
    *("0.9", "1.0.dev1", "1.0a1.dev1", "1.0a1", "1.0a1.post1", "1.0b1", "1.0rc1.dev1", "1.0rc1.dev2", "1.0rc1", "1.0rc2"),
    *("1.0", "1.0+a", "1.0+b", "1.0.post0", "1.0.post1.dev2", "1.0.post1", "1.0.1", "1.1", "1.10", "2.0", "1!0.1"),
]


def release(version: str, date: str = "") -> Release:
    return Release(version, (), date)


def test_order() -> None:
    for older, newer in itertools.combinations(ORDER, 2):
        assert newest_of(release(older), newer) == newest_of(release(newer), older) == newer
        with pytest.raises(Failure, match="is older than"):
            refuse_downgrade(release(older), newer, "")
    refuse_downgrade(release("1.0"), "1.0.0", "")
    refuse_downgrade(release("1.0.0"), "1.0", "")


@pytest.mark.parametrize(("seen", "installed"), [("", ""), ("1.0", ""), ("", "1.0"), ("1.0", "1.0"), ("0.9", "1.0rc1")])
def test_same_or_newer(seen: str, installed: str) -> None:
    for version in ("1.0", "1.0.1", "2.0"):
        refuse_downgrade(release(version), seen, installed)


@pytest.mark.parametrize(
    ("seen", "installed", "why"),
    [("1.0", "", "was offered before"), ("", "1.0", "is installed"), ("1.0", "0.9", "was offered before")],
)
def test_older(seen: str, installed: str, why: str) -> None:
    for version in ("1.0rc1", "0.9.9"):
        with pytest.raises(Failure, match=f"version {version} is older than 1.0, which {why}.*--downgrade"):
            refuse_downgrade(release(version), seen, installed)


def test_record_of_a_version_that_is_none() -> None:
    """An earlier command has installed it. That does not stop an installation."""
    refuse_downgrade(release("1.0"), "", "1.0-of-mine-2")
    assert memory("1.0", "1.0-of-mine-2", "1.0-of-mine-2") == memory("1.0", "")
    assert memory("", "1.0", "1.0-of-mine-2") == memory("", "")


@pytest.mark.parametrize("version", ["1.0-of-mine-2", "1..0", "1.0rc1.rc2"])
def test_release_whose_version_is_none(version: str) -> None:
    manifest = json.dumps({"format": 1, "version": version, "files": []}).encode()
    with pytest.raises(Failure, match=rf"\"version\" is '{version}'; who makes the release must write one such as 1\.0 or"):
        parse_manifest(manifest, "the manifest")


@pytest.mark.parametrize("depth", [*range(900, 1000, 9), 5000, 50_000])
def test_manifest_that_is_nested_deeply(depth: int) -> None:
    """Nobody has verified it yet. Some can be read as JSON, and not shown."""
    kind = "[" * depth + "]" * depth
    manifest = f'{{"format": 1, "version": "1.0", "files": [{{"name": "a", "size": 1, "pythons": [], "kind": {kind}}}]}}'
    with pytest.raises(Failure, match="the manifest is not a manifest of a release: "):
        parse_manifest(manifest.encode(), "the manifest")


@pytest.mark.parametrize(("seen", "newest"), [("", "1.0"), ("0.9", "1.0"), ("1.0", "1.0"), ("1.1", "1.1")])
def test_what_is_remembered(seen: str, newest: str) -> None:
    assert newest_of(release("1.0"), seen) == newest


@pytest.mark.parametrize(
    ("newest", "older", "installed", "kept"),
    [
        ("1.0", "0.9", "", "0.9"),
        ("1.0", "1.0", "", ""),
        ("", "0.9", "1.0", "0.9"),
        ("0.9", "0.9", "0.9", ""),
        ("1.0", "", "", ""),
    ],
)
def test_what_was_accepted(newest: str, older: str, installed: str, kept: str, tmp_path: Path) -> None:
    """Only an older version needs it."""
    (tmp_path / NEWEST).write_text(memory(newest, older, installed))
    assert (newest_seen(tmp_path), accepted(tmp_path)) == (newest, kept)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('{"version": "1.2"}', "1.2"),
        (None, ""),
        ("{", ""),
        ("[1]", ""),
        ("{}", ""),
        ('{"version": 3}', ""),
        ('{"version": "new"}', ""),
        (f'{{"version": "{"9" * 5000}"}}', ""),  # more digits than Python converts
        (b"\xff", ""),
    ],
)
def test_what_was_remembered(text: str | bytes | None, version: str, tmp_path: Path) -> None:
    """A file that is missing or damaged does not stop an installation."""
    if text is not None:
        (tmp_path / NEWEST).write_bytes(text if isinstance(text, bytes) else text.encode())
    assert newest_seen(tmp_path) == version


@pytest.mark.parametrize(("days", "old"), [(0, False), (364, False), (365, False), (366, True)])
def test_age(days: int, old: bool) -> None:
    date = datetime.date(2026, 1, 1)
    said = warning_of_age(release("1.0", date.isoformat()), "1.0", date + datetime.timedelta(days=days))
    assert said == ("version 1.0 is of 2026-01-01: look for a newer one" if old else "")


def test_release_that_is_older_than_the_command() -> None:
    today = datetime.date(2026, 1, 1)
    assert "is older than this command, 1.1" in warning_of_age(release("1.0"), "1.1", today)
    assert warning_of_age(release("1.1"), "1.1", today) == warning_of_age(release("1.1", "no date"), "1.0", today) == ""
    assert warning_of_age(release("1.0"), "", today) == ""  # a command that is not installed
