# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives of a release: limits at one less, just so and one more, and a member for each name and kind that is refused."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from orthanc_python.failure import Failure
from orthanc_python.releases import archives

LOADER, PLUGINS = "libOrthancPython.so", "OrthancPython"


def write(folder: Path, members: list[tuple[zipfile.ZipInfo | str, bytes]]) -> Path:
    path = folder / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in [(LOADER, b"loader"), *members]:
            archive.writestr(name, content)
    return path


def unpack(folder: Path, members: list[tuple[zipfile.ZipInfo | str, bytes]]) -> set[str]:
    target = folder / "target"
    target.mkdir()
    archives.unpack(write(folder, members), "bundle.zip", LOADER, PLUGINS, target)
    return {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}


def test_only_libraries_are_taken(tmp_path: Path) -> None:
    assert unpack(tmp_path, [(f"{PLUGINS}/a.so", b"a"), ("README.txt", b"b"), ("other/c.so", b"c")]) == {
        LOADER,
        f"{PLUGINS}/a.so",
    }


@pytest.mark.parametrize(("more", "refused"), [(-1, False), (0, False), (1, True)])
def test_number_of_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: int, refused: bool) -> None:
    monkeypatch.setattr(archives, "MOST_MEMBERS", 10)
    members: list[tuple[zipfile.ZipInfo | str, bytes]] = [(f"{PLUGINS}/{number}.so", b"") for number in range(9 + more)]
    if not refused:
        assert len(unpack(tmp_path, members)) == 10 + more
        return
    with pytest.raises(Failure, match="it has 11 members"):
        unpack(tmp_path, members)


@pytest.mark.parametrize(("more", "refused"), [(-1, False), (0, False), (1, True)])
def test_size_of_the_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: int, refused: bool) -> None:
    monkeypatch.setattr(archives, "LARGEST_CONTENT", 1000)
    members: list[tuple[zipfile.ZipInfo | str, bytes]] = [(f"{PLUGINS}/a.so", bytes(1000 - len(b"loader") + more))]
    if not refused:
        assert len(unpack(tmp_path, members)) == 2
        return
    with pytest.raises(Failure, match="unpacked, it would have"):
        unpack(tmp_path, members)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("/etc/a.so", "has an absolute name"),
        ("C:/a.so", "has an absolute name"),
        (f"{PLUGINS}\\a.so", "a backslash or a control character"),
        (f"{PLUGINS}/a\n.so", "a backslash or a control character"),
        (f"{PLUGINS}/../a.so", "leads out of the folder"),
        (f"{PLUGINS}/./a.so", "leads out of the folder"),
        (f"{PLUGINS}//a.so", "leads out of the folder"),
        ("../a.so", "leads out of the folder"),
        (f"{PLUGINS}/NUL.so", "that Windows takes for another"),
        (f"{PLUGINS}/com1", "that Windows takes for another"),
        (f"{PLUGINS}/a.so.", "that Windows takes for another"),
        (f"{PLUGINS}/a.so ", "that Windows takes for another"),
        (LOADER.upper(), "are the same file"),
    ],
)
def test_name(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(Failure, match=rf"bundle\.zip is refused: .*{why}"):
        unpack(tmp_path, [(name, b"x")])
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["bundle.zip"]
    assert not any((tmp_path / "target").iterdir())


@pytest.mark.parametrize(
    ("kind", "refused"), [(stat.S_IFREG, False), (stat.S_IFLNK, True), (stat.S_IFIFO, True), (stat.S_IFCHR, True)]
)
def test_kind_of_a_member(tmp_path: Path, kind: int, refused: bool) -> None:
    member = zipfile.ZipInfo(f"{PLUGINS}/a.so")
    member.create_system, member.external_attr = 3, (kind | 0o777) << 16
    if not refused:
        assert len(unpack(tmp_path, [(member, b"x")])) == 2
        return
    with pytest.raises(Failure, match="is a link or a device"):
        unpack(tmp_path, [(member, b"x")])


def test_compression_and_encryption(tmp_path: Path) -> None:
    member = zipfile.ZipInfo(f"{PLUGINS}/a.so")
    member.compress_type = zipfile.ZIP_LZMA
    with pytest.raises(Failure, match="is compressed in an unusual way"):
        unpack(tmp_path, [(member, b"x" * 100)])
    path = write(tmp_path, [])
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1  # the flag in the directory at the end
    path.write_bytes(data)
    with pytest.raises(Failure, match="is encrypted"):
        archives.unpack(path, "bundle.zip", LOADER, PLUGINS, tmp_path / "target")


@pytest.mark.parametrize("kept", [0, 10, 100])
def test_damaged(tmp_path: Path, kept: int) -> None:
    path = write(tmp_path, [(f"{PLUGINS}/a.so", b"a" * 1000)])
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(Failure, match="it is not a valid zip archive"):
        archives.unpack(path, "bundle.zip", LOADER, PLUGINS, tmp_path)


def test_no_loader(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{PLUGINS}/a.so", b"a")
    with pytest.raises(Failure, match=f"it has no {LOADER}"):
        archives.unpack(path, "bundle.zip", LOADER, PLUGINS, tmp_path)
