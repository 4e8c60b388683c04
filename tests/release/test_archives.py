# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives that would harm who unpacks them are refused, before anything of them is written outside of their folder."""

from __future__ import annotations

import stat
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from conftest import VERSION, unzipped, verify_here, zipped

from orthanc_python.releases.archives import LARGEST_CONTENT, MOST_MEMBERS
from orthanc_release.archives import MOST_CHARACTERS, HostileArchiveError, unpack
from orthanc_release.verify.symbol_checks import MOST_BYTES_OF_SYMBOLS, _problems_of_archive


@pytest.mark.parametrize("name", ["../escaped", "/tmp/escaped", "a/../../escaped", "..\\escaped", "C:escaped", "a\0../escaped"])
def test_names_that_lead_out(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "hostile.zip"
    entry = zipfile.ZipInfo("placeholder")
    entry.filename = name
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(entry, b"harm")
    with pytest.raises(HostileArchiveError, match="leads out"):
        unpack(archive, tmp_path / "a" / "b")
    assert [path for path in tmp_path.rglob("*") if path.name.endswith("escaped")] == []


@pytest.mark.parametrize("name", ["aux.txt", "folder/NUL", "COM1.so", "CONIN$", "README.txt.", "folder /a", "lpt\u00b9"])
def test_names_that_windows_takes_for_others(tmp_path: Path, name: str) -> None:
    with pytest.raises(HostileArchiveError, match="has a file with a name that Windows takes for another"):
        unpack(zipped(tmp_path / "hostile.zip", {name: b"harm"}), tmp_path / "out")


def test_a_long_name_is_cut_in_the_error(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "hostile.zip", {"../" + "x" * 60_000: b"harm"})
    with pytest.raises(HostileArchiveError, match=f"leads out of it: '../{'x' * (MOST_CHARACTERS - 3)}'$"):
        unpack(archive, tmp_path / "out")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK], ids=oct)
def test_links(tmp_path: Path, kind: int) -> None:
    archive = tmp_path / "hostile.zip"
    entry = zipfile.ZipInfo("folder")
    entry.create_system = 3
    entry.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(entry, b"/tmp")
        file.writestr("folder/escaped", b"harm")
    with pytest.raises(HostileArchiveError, match="has a link or a special file"):
        unpack(archive, tmp_path / "out")


def zeros_that_say(archive: Path, says: int) -> Path:
    """Write an archive of 10 MB of zeros, whose list of files gives another size."""
    zipped(archive, {"zeros": bytes(10_000_000)})
    with zipfile.ZipFile(archive) as file:
        size = file.start_dir + 24  # where the list of files has that of the first one
    content = bytearray(archive.read_bytes())
    content[size : size + 4] = says.to_bytes(4, "little")
    archive.write_bytes(content)
    return archive


@pytest.mark.parametrize(("says", "text"), [(LARGEST_CONTENT + 1, "at most"), (10, "is damaged")])
def test_more_than_is_expected_or_than_it_says(tmp_path: Path, says: int, text: str) -> None:
    archive = zeros_that_say(tmp_path / "hostile.zip", says)
    with pytest.raises(HostileArchiveError, match=text):
        unpack(archive, tmp_path / "out")
    assert sum(path.stat().st_size for path in tmp_path.glob("out/*")) <= 10


@pytest.mark.parametrize(("says", "refused"), [(LARGEST_CONTENT + 1, False), (MOST_BYTES_OF_SYMBOLS + 1, True)])
def test_symbols_are_larger_than_libraries(tmp_path: Path, says: int, refused: bool) -> None:
    """A target for Windows has 17 PDBs, each of some 25 MB."""
    archive = zeros_that_say(tmp_path / "symbols.zip", says)
    problems = list(_problems_of_archive(archive, {}, None))
    assert any("bytes unpacked; at most" in problem for problem in problems) is refused, problems


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_without_a_bound(tmp_path: Path, method: int) -> None:
    """A kilobyte of bzip2 is 2 GB before anybody can ask for its first bytes."""
    with zipfile.ZipFile(tmp_path / "hostile.zip", "w", method) as file:
        file.writestr("a", bytes(1000))
    with pytest.raises(HostileArchiveError, match=f"has a file that is compressed by the method {method}: 'a'"):
        unpack(tmp_path / "hostile.zip", tmp_path / "out")


def test_no_more_memory_than_needed(tmp_path: Path) -> None:
    """The size in the list is not that of the content."""
    archive = zeros_that_say(tmp_path / "hostile.zip", 10)
    tracemalloc.start()
    with pytest.raises(HostileArchiveError, match="is damaged"):
        unpack(archive, tmp_path / "out")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5_000_000


def test_too_many_files_and_one_name_twice(tmp_path: Path) -> None:
    most = {str(number): b"" for number in range(MOST_MEMBERS)}
    assert len(unpack(zipped(tmp_path / "most.zip", most), tmp_path / "most")) == MOST_MEMBERS
    archive = zipped(tmp_path / "many.zip", {**most, "more": b""})
    with pytest.raises(HostileArchiveError, match=f"{MOST_MEMBERS + 1} files"):
        unpack(archive, tmp_path / "out")
    archive = zipped(tmp_path / "twice.zip", {"LICENSE": b"", "license": b""})  # one file on Windows and macOS
    with pytest.raises(HostileArchiveError, match="two files of one name"):
        unpack(archive, tmp_path / "out")


def test_the_command_refuses_it_as_a_bundle(release: Path, tmp_path: Path) -> None:
    name = f"OrthancPython-{VERSION}-linux-x86_64.zip"
    outcome = verify_here(zipped(tmp_path / name, {**unzipped(release / name), "../../escaped": b"harm"}))
    assert outcome.status == 1 and "has a file whose name leads out of it: '../../escaped'" in outcome.text, outcome.text
