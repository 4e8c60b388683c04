# SPDX-License-Identifier: GPL-3.0-or-later
"""ci/verify gives a verdict on each file of a downloaded folder, whatever lies there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import verify_here
from small_releases import make_release

from orthanc_release.describe.sums import SUMS, write_sums
from orthanc_release.inspection import files
from orthanc_release.inspection.wheel import _problems_of_record

TEXTS = ("name", "kind", "sha256", "target", "system", "processor", "minimum", "sdk", "compiler")
ODD: tuple[Any, ...] = (1, 1.5, True, [], ["a"], {}, {"a": 1})


@pytest.fixture
def release(tmp_path: Path) -> Path:
    make_release(tmp_path / "release", "0.0.9")
    return tmp_path / "release"


def said_of(release: Path) -> str:
    """Return the table of a folder that is refused."""
    outcome = verify_here(release, "--without-header")
    assert outcome.status == 1
    return outcome.text


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *((key, value) for key in TEXTS for value in ODD),
        *((key, value) for key in ("pythons", "run") for value in (None, "3.13", 1, {"a": 1}, [1], [[]], [None])),
        ("size", True),
        ("size", None),
    ],
)
def test_manifest_with_a_value_of_another_type(key: str, value: object, release: Path) -> None:
    manifest = json.loads((release / "manifest.json").read_text())
    manifest["files"][0][key] = value
    (release / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    assert "manifest.json has" in said_of(release)


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither pipes nor such links")
@pytest.mark.parametrize(
    "make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")], ids=["pipe", "folder", "link"]
)
@pytest.mark.parametrize(
    "name", ["manifest.json", SUMS, "manifest.json.minisig", "OrthancPython-0.0.9.cdx.json", "orthanc.pyi"]
)
def test_name_that_is_no_file(name: str, make: Callable[[Path], object], release: Path) -> None:
    """A reader of a pipe would wait for ever."""
    (release / name).unlink(missing_ok=True)
    make(release / name)
    assert f"{name} is not a regular file" in said_of(release) or f"{name} beside it is not a regular file" in said_of(release)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
@pytest.mark.parametrize("name", ["manifest.json", SUMS, "manifest.json.minisig"])
def test_pipe_beside_a_single_file(name: str, release: Path) -> None:
    (release / name).unlink()
    os.mkfifo(release / name)
    assert f"cannot be compared: {name} beside it is not a regular file" in said_of(release / "orthanc.pyi")


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_name_of_other_bytes(release: Path) -> None:
    (release / os.fsdecode(b"evil-\xff.so")).write_text("harm")
    assert "does not belong to the release" in said_of(release)


def test_checksums_of_symbols_that_are_a_folder(release: Path) -> None:
    (release.with_name("release-symbols") / SUMS).mkdir(parents=True)
    assert f"{SUMS} is not as ci/release writes it for the symbol files" in said_of(release)


@pytest.mark.parametrize("text", ["-" * 3000 + "1", "-" * 100_000 + "1", "(" * 500, "a\0b"])
def test_stub_that_cannot_be_parsed(text: str, release: Path) -> None:
    make_release(release, "0.0.9", text=text)
    assert "orthanc.pyi is not Python: " in said_of(release)


def test_record_with_a_field_of_another_size() -> None:
    (found,) = _problems_of_record({"RECORD": b"x" * 200_000 + b",sha256=,1\n"}, "RECORD")
    assert found.startswith("has a RECORD that cannot be read: field larger than field limit")


def test_an_error_does_not_end_the_verdict_on_others(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a damage that no check foresees."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    (release / "evil.so").write_text("harm")
    write_sums(release, [release / name for name in ("evil.so", "manifest.json", "orthanc.pyi")])
    monkeypatch.setattr(files, "_look_at", fail)
    text = said_of(release)
    assert "orthanc.pyi cannot be inspected: ZeroDivisionError: division by zero" in text
    assert "evil.so does not belong to the release" in text
