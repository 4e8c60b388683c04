# SPDX-License-Identifier: GPL-3.0-or-later
"""The SDK's header of a release is found wherever it is on a machine, and known by its checksum."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from orthanc_release.builds import sdk_header
from orthanc_release.builds.sdk_header import header_of, how_to_get
from orthanc_release.publish import publish


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sources that know two SDKs, on a machine without headers."""
    for name in ("FOLDER", "TARGETS", "SYSTEM"):
        monkeypatch.setattr(sdk_header, name, tmp_path / name)
    file = tmp_path / "sources" / "cmake" / "sdk" / "find_orthanc_sdk.cmake"
    file.parent.mkdir(parents=True)
    sums = {version: hashlib.sha256(version.encode()).hexdigest() for version in ("1.9.7", "1.13.0")}
    file.write_text("".join(f"set(ORTHANC_SDK_SHA256_{version} {digest})\n" for version, digest in sums.items()))
    return tmp_path / "sources"


def put(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "OrthancCPlugin.h").write_text(text)
    return folder / "OrthancCPlugin.h"


def test_where_the_header_is(sources: Path, tmp_path: Path) -> None:
    """In the folder of ci/build, into which the workflow brings it, also when Debian has a newer one."""
    put(tmp_path / "FOLDER" / "1.13.1", "1.13.1")
    put(tmp_path / "FOLDER" / "1.13.0", "changed")
    assert header_of("1.13.0", sources) is None
    for folder in ("SYSTEM", "TARGETS/sdk-1.13.0/orthanc", "FOLDER/1.13.0"):
        header = put(tmp_path / folder, "1.13.0")
        assert header_of("1.13.0", sources) == header
    assert header_of("1.13.1", sources) is None


def test_how_to_get_a_header_that_debian_has_no_more(sources: Path, tmp_path: Path) -> None:
    assert "ORTHANC_SDK_URL" in how_to_get("1.13.0") and str(tmp_path / "FOLDER" / "1.13.0") in how_to_get("1.13.0")


@pytest.mark.parametrize("option", ["--without-header", "--tested"])
def test_only_a_dry_run_goes_without_the_header(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def checked(folder: Path, scope: list[str]) -> None:
        raise publish.PublicationError(f"{scope}")

    monkeypatch.setattr(publish, "checked_manifest", checked)
    assert publish.main(["--dry-run", option, str(tmp_path)]) == 1
    assert f"ci/publish: ['{option}']" in capsys.readouterr().err
    if option == "--without-header":
        with pytest.raises(SystemExit):
            publish.main([option, str(tmp_path)])
        assert "--without-header is for --dry-run" in capsys.readouterr().err
