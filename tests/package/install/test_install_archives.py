# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives that `orthanc-python install --from` refuses, hostile or not what they say. What is installed stays."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest
from conftest import THIS_PYTHON
from release_server import InstalledFolder, ReleaseFolder, members


def link(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.create_system, member.external_attr = 3, 0o120777 << 16
    return member


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("../evil.so", "leads out of the folder"),
        ("OrthancPython/../../evil.so", "leads out of the folder"),
        ("OrthancPython//evil.so", "leads out of the folder"),
        ("/etc/cron.d/evil", "has an absolute name"),
        ("C:/Windows/evil.dll", "has an absolute name"),
        ("OrthancPython\\evil.so", "a backslash or a control character"),
        ("OrthancPython/evil.so\0.txt", "a backslash or a control character"),
        ("OrthancPython/NUL", "Windows takes for another"),
        ("aux.txt", "Windows takes for another"),
        ("libOrthancPython.so.", "Windows takes for another"),
        (link("OrthancPython/OrthancPython-python3.9.so"), "is a link or a device"),
        ("LIBORTHANCPYTHON.so", "are the same file"),
        ("OrthancPython/readme.txt", "it is not called as a plugin for Linux x86_64"),
    ],
    ids=lambda value: repr(getattr(value, "filename", value))[:40],
)
def test_hostile_member(
    plugins: InstalledFolder, release: ReleaseFolder, bundle: Path, tmp_path: Path, member: str | zipfile.ZipInfo, expected: str
) -> None:
    sound = members(bundle, THIS_PYTHON)
    if member == "OrthancPython/evil.so\0.txt":  # which zipfile would not write
        path = release.bundle({**sound, "OrthancPython/evil.so#.txt": b""}, [THIS_PYTHON])
        release.archive(path.name, path.read_bytes().replace(b"evil.so#", b"evil.so\0"), [THIS_PYTHON])
    else:
        release.bundle({**sound, member: b"/etc/passwd"}, [THIS_PYTHON])
    release.publish()
    outside = {path for path in tmp_path.rglob("*") if plugins.path not in path.parents}
    assert expected in plugins.refuse("--from", str(release.folder), "--bundle")
    assert {path for path in tmp_path.rglob("*") if plugins.path not in path.parents} - outside == set()


def test_archive_that_holds_a_name_twice(plugins: InstalledFolder, release: ReleaseFolder, bundle: Path) -> None:
    twice = {**members(bundle, THIS_PYTHON), zipfile.ZipInfo("libOrthancPython.so"): b"the other one"}
    with pytest.warns(UserWarning, match="Duplicate name"):
        release.bundle(twice, [THIS_PYTHON])
    assert "are the same file" in plugins.refuse("--from", str(release.publish().folder), "--bundle")


def test_bombs(plugins: InstalledFolder, release: ReleaseFolder, bundle: Path) -> None:
    sound = members(bundle, THIS_PYTHON)
    path = release.bundle({**sound, "OrthancPython/OrthancPython-python3.9.so": b"\0" * (200 << 20)}, [THIS_PYTHON])
    release.publish()
    assert "unpacked, it would have 20" in plugins.refuse("--from", str(release.folder), "--bundle")
    # The same that declares a hundred bytes, in the directory of the archive and before the data.
    declared = struct.pack("<I", 200 << 20)
    content = path.read_bytes()
    assert content.count(declared) == 2
    release.archive(path.name, content.replace(declared, struct.pack("<I", 100)), [THIS_PYTHON])
    release.publish()
    assert "it is not a valid zip archive (Bad CRC-32" in plugins.refuse("--from", str(release.folder), "--bundle")
    release.bundle({**sound, **{f"{number}.txt": b"" for number in range(2000)}}, [THIS_PYTHON])
    release.publish()
    assert "it has 200" in plugins.refuse("--from", str(release.folder), "--bundle")


@pytest.mark.parametrize("damage", ["not a zip", "no loader", "no plugins", "a Python less", "renamed", "another processor"])
def test_bundle_that_is_none(
    damage: str, plugins: InstalledFolder, release: ReleaseFolder, bundle: Path, targets: Path
) -> None:
    content = members(bundle, THIS_PYTHON)
    own = f"OrthancPython/OrthancPython-python{THIS_PYTHON}.so"
    pythons = [THIS_PYTHON]
    if damage == "no loader":
        del content["libOrthancPython.so"]
        expected = "it has no libOrthancPython.so"
    elif damage == "no plugins":
        del content[own]
        expected = f"plugins for Python none, and the manifest says {THIS_PYTHON}"
    elif damage == "a Python less":
        pythons = [THIS_PYTHON, "3.12t"]
        expected = f"plugins for Python {THIS_PYTHON}, and the manifest says {THIS_PYTHON}, 3.12t"
    elif damage == "renamed":
        content["OrthancPython/OrthancPython-python3.12t.so"] = content[own]
        expected = f"its name says that it is for Python 3.12t, but it is built for {THIS_PYTHON}"
    elif damage == "another processor":
        content["libOrthancPython.so"] = (targets / "linux-aarch64" / "libOrthancPython.so").read_bytes()
        expected = "is refused: it is built for Linux arm64"
    else:
        expected = "it is not a valid zip archive"
    if damage == "not a zip":
        release.add("bundle.zip", b"PK\3\4" + b"\0" * 100, kind="bundle", pythons=pythons, system="linux", processor="x86_64")
    else:
        release.bundle(content, pythons)
    assert expected in plugins.refuse("--from", str(release.publish().folder), "--bundle")
