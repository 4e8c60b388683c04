# SPDX-License-Identifier: GPL-3.0-or-later
"""The SDK's header of a release is found wherever it is on a machine, and known by its checksum."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import pytest

from orthanc_release import release
from orthanc_release.builds import cross
from orthanc_release.builds.cross import sdk_root
from orthanc_release.inspection import sdk_header
from orthanc_release.inspection.sdk_header import download, header_of, how_to_get, why_no_release
from orthanc_release.materials import newest_sdk
from orthanc_release.publish import publish
from orthanc_release.targets import ROOT


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


def test_the_header_of_other_sources(sources: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As ci/former_docs asks for it: that of their newest SDK, also when there is a newer one."""
    put(tmp_path / "SYSTEM", "1.13.1")
    assert sdk_header.main([str(sources)]) == 1
    found = capsys.readouterr()
    assert not found.out and "no header of the SDK 1.13.0 here" in found.err
    put(tmp_path / "there-1.13.0", "1.13.0")
    with (sources / "cmake" / "sdk" / "find_orthanc_sdk.cmake").open("a") as file:
        file.write(f'set(ORTHANC_SDK_URL "{tmp_path.as_uri()}/there-<version>/OrthancCPlugin.h"\n')
    assert sdk_header.main([str(sources)]) == 0
    assert capsys.readouterr().out == f"{tmp_path}/FOLDER/1.13.0/OrthancCPlugin.h\n"


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


def test_a_release_is_built_with_the_newest_sdk_of_the_sources(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not with a newer one that Debian has; only tests are content with others, where it cannot be had."""
    made = tmp_path / "TARGETS"
    monkeypatch.setattr(cross, "CACHE", tmp_path)
    monkeypatch.setattr(cross, "newest_sdk", lambda: "1.13.0")
    monkeypatch.setattr(cross, "header_of", lambda version: header_of(version, sources))
    monkeypatch.setattr(cross, "download", lambda version: download(version, sources))
    assert sdk_root(made) is None
    for version in ("1.12.7", "99.0.0"):
        put(tmp_path / "sdk" / version, version)
        assert sdk_root(made) == made / f"sdk-{version}" and why_no_release(sources) is not None
    with (sources / "cmake" / "sdk" / "find_orthanc_sdk.cmake").open("a") as file:
        file.write(f'set(ORTHANC_SDK_URL "{tmp_path.as_uri()}/there-<version>/OrthancCPlugin.h"\n')
    assert sdk_root(made) == made / "sdk-99.0.0"  # no such file
    put(tmp_path / "there-1.13.0", "another text")
    assert sdk_root(made) == made / "sdk-99.0.0"
    put(tmp_path / "there-1.13.0", "1.13.0")
    damaged = put(tmp_path / "FOLDER" / "1.13.0", "damaged")
    assert sdk_root(made) == made / "sdk-99.0.0"  # the damaged one is not used
    shutil.rmtree(damaged.parent)
    assert sdk_root(made) == made / "sdk-1.13.0" and header_of("1.13.0", sources) == tmp_path / "FOLDER/1.13.0/OrthancCPlugin.h"
    shutil.rmtree(tmp_path / "FOLDER")
    assert sdk_root(made) == made / "sdk-1.13.0"  # of a former build


def test_cmake_downloads_the_newest_sdk_of_the_sources() -> None:
    """Else the libraries that a release takes from Windows are built with another one."""
    text = (ROOT / "CMakeLists.txt").read_text()
    assert re.findall(r"set\(ORTHANC_SDK_VERSION ([0-9.]+) CACHE", text) == [newest_sdk()]


def test_ci_release_fails_at_once(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no header of the SDK 1.13.0" in str(why_no_release(sources))
    put(tmp_path / "FOLDER" / "1.13.0", "1.13.0")
    assert why_no_release(sources) is None
    monkeypatch.setattr(release, "why_no_release", lambda: "no header of the SDK 1.13.0 here")
    assert release.main(["--output", str(tmp_path / "release"), "--targets", str(tmp_path)]) == 1
    assert "ci/release: no header of the SDK" in capsys.readouterr().err and not (tmp_path / "release").exists()


def test_sources_without_an_sdk(sources: Path) -> None:
    (sources / "cmake" / "sdk" / "find_orthanc_sdk.cmake").write_text("")
    assert newest_sdk(sources) == "" and "no checksum of an SDK" in str(why_no_release(sources))
