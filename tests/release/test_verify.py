# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that is not what its name says is refused, with both values."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import FOLDER, OTHER_VERSION, USED, VERSION, alter, unzipped, verify_here, with_record, zipped

from orthanc_release.artifacts import sha256
from orthanc_release.scope import Scope
from orthanc_release.verify.verify import rows_of

Copy = Callable[..., Path]
PLUGINS = {
    "linux-x86_64": f"OrthancPython-{VERSION}-python3.13-linux-x86_64.so",
    "linux-aarch64": f"OrthancPython-{VERSION}-python3.11-linux-aarch64.so",
    "windows-x86_64": f"OrthancPython-{VERSION}-python3.13-windows-x86_64.dll",
    "macos-arm64": f"OrthancPython-{VERSION}-python3.13-macos-arm64.dylib",
}


def refused(path: Path, *texts: str) -> None:
    """Have ci/verify refuse a file or folder, with these texts."""
    outcome = verify_here(path)
    assert outcome.status == 1, outcome.text
    for text in texts:
        assert text in outcome.text, outcome.text


def test_what_was_built_and_the_release_are_as_they_should_be(release: Path) -> None:
    outcome = verify_here(release)
    assert outcome.status == 0, outcome.text
    assert outcome.text.count("as it should be") >= len(PLUGINS) * 4
    files = sorted(path for path in release.iterdir() if path.name.startswith((f"OrthancPython-{VERSION}-", "orthanc")))
    outcome = verify_here(*files)
    assert outcome.status == 0 and "was not compared" not in outcome.text, outcome.text


@pytest.mark.parametrize(
    "name",
    [
        f"OrthancPython-{VERSION}-linux-x86_64.zip",
        PLUGINS["linux-x86_64"],
        f"orthanc_python-{VERSION}-cp313-cp313-win_amd64.whl",
        f"orthanc_python-{VERSION}.tar.gz",
    ],
)
def test_a_byte_is_another_one(release: Path, copy_of: Copy, name: str) -> None:
    folder = copy_of(release)
    alter(folder / name)
    sums = [f"has the SHA-256 {sha256(folder / name)}", f"SHA256SUMS says {sha256(release / name)}"]
    refused(folder, *sums, f"manifest.json says {sha256(release / name)}")
    # As it was downloaded, with the checksums beside it.
    (folder / "manifest.json").unlink()
    refused(folder / name, *sums)


def test_a_byte_of_an_archive_without_its_checksum(release: Path, copy_of: Copy) -> None:
    bundle = copy_of(release / f"OrthancPython-{VERSION}-linux-x86_64.zip")
    alter(bundle)
    refused(bundle, "is damaged")


def test_a_truncated_file(release: Path, copy_of: Copy) -> None:
    folder = copy_of(release)
    file = folder / PLUGINS["windows-x86_64"]
    size = file.stat().st_size
    file.write_bytes(file.read_bytes()[:-1000])
    refused(folder, f"has {size - 1000} bytes, manifest.json says {size}")


def test_files_that_are_missing_or_do_not_belong(release: Path, copy_of: Copy) -> None:
    folder = copy_of(release)
    (folder / PLUGINS["macos-arm64"]).rename(folder / "other.dylib")
    refused(folder, "is missing, manifest.json has it", "does not belong to the release")


@pytest.mark.parametrize("target", list(PLUGINS))
def test_a_plugin_of_another_python(release: Path, copy_of: Copy, target: str) -> None:
    name = PLUGINS[target].replace(f"python{USED[target]}", "python3.12")
    refused(copy_of(release / PLUGINS[target], name), f"is for CPython {USED[target]}, its name says 3.12")


@pytest.mark.parametrize("name", ["orthanc_python-9.9.9-cp313-cp313-win_amd64.whl", "orthanc_python-9.9.9.tar.gz"])
def test_a_file_whose_sources_are_not_here(tmp_path: Path, name: str) -> None:
    """Its texts could be any code, as those of a wheel that is compared with nothing."""
    text = "was not compared with its sources: it is version 9.9.9, of which this checkout has no tag"
    (tmp_path / name).write_bytes(b"a file")
    refused_row, *_ = rows_of(tmp_path / name, tmp_path, None, Scope(()))
    assert any(text in problem for problem in refused_row.problems), refused_row
    row, *_ = rows_of(tmp_path / name, tmp_path, None, Scope(()), without_sources=True)
    assert any(text in note for note in row.notes) and not any(text in problem for problem in row.problems)


@pytest.mark.parametrize("target", list(PLUGINS))
def test_a_plugin_of_another_processor(release: Path, copy_of: Copy, target: str) -> None:
    # The name that the matrix has for the other processor of that system.
    others = {"linux-x86_64": "linux-aarch64", "linux-aarch64": "linux-x86_64"}
    others |= {"windows-x86_64": "windows-arm64", "macos-arm64": "macos-x86_64"}
    own, other = ("arm64" if "x86_64" not in each else "x86_64" for each in (target, others[target]))
    refused(
        copy_of(release / PLUGINS[target], PLUGINS[target].replace(target, others[target])),
        f"is for the processor {own}, its name says {other}",
    )


def test_a_plugin_of_another_system_or_version(release: Path, copy_of: Copy) -> None:
    linux = release / PLUGINS["linux-x86_64"]
    refused(copy_of(linux, PLUGINS["windows-x86_64"]), "is for linux, its name says windows")
    refused(
        copy_of(linux, PLUGINS["linux-x86_64"].replace(VERSION, OTHER_VERSION)),
        f"is version {VERSION}, its name says {OTHER_VERSION}",
    )
    refused(copy_of(linux, "plugin.so"), "has a name that no file of a release has")


def test_a_bundle_with_a_plugin_of_another_python_or_processor(release: Path, tmp_path: Path) -> None:
    name = f"OrthancPython-{VERSION}-linux-x86_64.zip"
    files = unzipped(release / name)
    renamed = {key.replace("python3.13", "python3.12"): content for key, content in files.items()}
    refused(zipped(tmp_path / name, renamed), "is for CPython 3.13, its name says 3.12")
    other = (FOLDER / "linux-aarch64" / "OrthancPython" / "OrthancPython-python3.11.so").read_bytes()
    mixed = {**files, "OrthancPython/OrthancPython-python3.11.so": other}
    refused(zipped(tmp_path / name, mixed), "is for the processor arm64, its name says x86_64")
    del files["LICENSE"], files["libOrthancPython.so"]
    refused(zipped(tmp_path / name, files), "lacks LICENSE", "lacks the loader libOrthancPython.so")


def wheel_of(release: Path, platform: str) -> Path:
    """The wheel of a release for CPython 3.13."""
    (wheel,) = release.glob(f"orthanc_python-*-cp313-cp313-{platform}.whl")
    return wheel


@pytest.mark.parametrize("platform", ["manylinux_2_28_x86_64", "win_amd64", "macosx_11_0_arm64"])
def test_a_wheel_of_another_python(release: Path, copy_of: Copy, platform: str) -> None:
    wheel = wheel_of(release, platform)
    refused(copy_of(wheel, wheel.name.replace("cp313", "cp312")), "is for CPython 3.13, its name says 3.12")


def test_a_wheel_of_another_processor_or_oldest_system(release: Path, copy_of: Copy) -> None:
    wheel = wheel_of(release, "manylinux_2_28_x86_64")
    for platform, text in {
        "manylinux_2_28_aarch64": "is for the processor x86_64, its name says arm64",
        "manylinux_2_17_x86_64": "needs linux 2.27, not 2.17",
        "win_amd64": "lacks the loader OrthancPython.dll",
        "linux_x86_64": "has the platform linux_x86_64, but an index of packages does not take it",
    }.items():
        refused(copy_of(wheel, wheel.name.replace("manylinux_2_28_x86_64", platform)), text)


def test_a_byte_of_a_wheel(release: Path, copy_of: Copy) -> None:
    wheel = copy_of(wheel_of(release, "win_amd64"))
    files = unzipped(wheel)
    library = "orthanc_python/plugin/OrthancPython.dll"
    changed = bytearray(files[library])
    changed[len(changed) // 2] ^= 1
    recorded = files[f"orthanc_python-{VERSION}.dist-info/RECORD"].decode().split(f"{library},")[1].split(",")[0]
    refused(zipped(wheel, {**files, library: bytes(changed)}), "has the checksum sha256=", f"RECORD says {recorded}")
    alter(wheel)
    refused(wheel, "is damaged")


def test_a_wheel_of_another_project_or_with_another_library(release: Path, copy_of: Copy) -> None:
    wheel = copy_of(wheel_of(release, "manylinux_2_28_x86_64"))
    files = unzipped(wheel)
    metadata = f"orthanc_python-{VERSION}.dist-info/METADATA"
    other = files[metadata].replace(b"Name: orthanc-python", b"Name: orthanc-pyhton")
    refused(
        zipped(wheel, with_record({**files, metadata: other})),
        f"is orthanc-pyhton {VERSION}, its name says orthanc-python {VERSION}",
    )
    more = {**files, "orthanc_python.libs/libpython3.13.so.1.0": b"\x7fELF"}
    refused(zipped(wheel, with_record(more)), "has, unlike its sources, orthanc_python.libs/libpython3.13.so.1.0")


def test_growth_since_the_last_release(release: Path, tmp_path: Path) -> None:
    manifest = json.loads((release / "manifest.json").read_text())
    for file in manifest["files"]:
        file["size"] = file["size"] * 7 // 10 if file["kind"] == "stub" else file["size"]
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "version": "0.0.9"}))
    outcome = verify_here("--former", tmp_path, release)
    assert outcome.status == 0, outcome.text
    assert outcome.text.count("grew by") == 1 and "grew by 43 % since 0.0.9" in outcome.text
