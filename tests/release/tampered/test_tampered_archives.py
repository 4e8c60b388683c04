# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive of a release that was tampered with is refused: a row for each way, on what ci/release has made."""

from __future__ import annotations

import dataclasses
import gzip
import re
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import OTHER_VERSION, VERSION, unzipped, zipped
from tampered_elf import written
from tampered_tar import HOLES, TOP, members_of, of_member, padded, tar_of, with_member
from tampered_zip import (
    ends_with,
    renamed,
    with_bytes_behind_stored,
    with_comment,
    with_dates,
    with_entry,
    with_folder,
    with_folder_of_bytes,
    with_gap,
    with_large_file,
    with_large_list,
    with_more_than_its_size,
    with_other_header,
    with_twice,
)
from tampering import BUNDLE, MORE, OTHERS, WHEEL, Edit, added, changed, changed_texts, refused, removed, rows, verdict

from orthanc_python.releases import archives, inspection
from orthanc_release.archives import write_zip
from orthanc_release.inspection import for_users
from orthanc_release.inspection.files import inspect
from orthanc_release.inspection.model import Inspection
from orthanc_release.sources import Source
from orthanc_release.targets import read_targets

pytestmark = pytest.mark.usefixtures("checked_once")
FOR_USERS = f"cannot be installed by users: {BUNDLE} is refused: "
SDIST = f"orthanc_python-{VERSION}.tar.gz"
# Damages to the bytes of any zip archive.
LAYOUT: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("bytes before it", lambda content: b"#!/bin/sh\n" + content, "has bytes before it"),
    ("bytes behind it", ends_with(b"payload!"), "has bytes after its end, or a comment"),
    ("a comment", with_comment, "has bytes after its end, or a comment"),
    ("bytes before its list", with_gap, "has bytes between its files and their list"),
    ("another archive behind it", lambda content: content + content, "has bytes before it"),
    ("two headers that differ", with_other_header, "has a file about which its two headers differ"),
    ("another date", with_entry(date_time=(2001, 2, 3, 4, 5, 6)), "has a file with another date than its sources"),
    ("a field of its own", with_entry(extra=b"\xfe\xca\4\0four"), "has a file with more than these archives have"),
    ("a comment of a file", with_entry(comment=b"hello"), "has a file with more than these archives have"),
    ("a program", with_entry(external_attr=0o100755 << 16), "has a file with other rights"),
    ("a file that runs as its owner", with_entry(external_attr=0o104644 << 16), "has a file with other rights"),
    ("a file that runs as its group", with_entry(external_attr=0o102644 << 16), "has a file with other rights"),
    ("a file that all may write", with_entry(external_attr=0o100666 << 16), "has a file with other rights"),
    ("a sticky file", with_entry(external_attr=0o101644 << 16), "has a file with other rights"),
    ("a file without a kind", with_entry(external_attr=0o644 << 16), "has a file with other rights"),
    ("attributes of DOS", with_entry(external_attr=0o100644 << 16 | 0x27), "has a file with other rights"),
    ("a link", with_entry(external_attr=0o120777 << 16), "has a link or a special file"),
    ("a disk", with_entry(external_attr=0o060644 << 16), "has a link or a special file"),
    ("a terminal", with_entry(external_attr=0o020644 << 16), "has a link or a special file"),
    ("a pipe", with_entry(external_attr=0o010644 << 16), "has a link or a special file"),
    ("a socket", with_entry(external_attr=0o140644 << 16), "has a link or a special file"),
    ("a file of DOS", with_entry(create_system=0), "has a file with more than these archives have"),
    ("a folder", with_folder, "has a file with"),
    ("a folder with bytes", with_folder_of_bytes, "has a file of another name than it is unpacked to: 'payload/'"),
    ("a name with a folder more", with_entry(filename="./orthanc.json"), "than it is unpacked to: './orthanc.json'"),
    ("a name with a slash more", with_entry(filename=".//orthanc.json"), "than it is unpacked to: './/orthanc.json'"),
    ("a file of more bytes than its size", with_more_than_its_size, "has a file of another size than its two headers say"),
    ("two files of one name", with_twice, "has two files of one name"),
    ("bytes behind a file that is not packed", with_bytes_behind_stored, "has bytes after a file"),
    ("a file of 16 exabytes", with_large_file, "has a file with more than these archives have"),
    ("a list for large archives", with_large_list, "has bytes before it, or between its files"),
    ("a newer version of the format", with_entry(extract_version=63), "has a file with more than these archives have"),
    ("another program that made it", with_entry(create_version=63), "has a file with more than these archives have"),
    ("a note of its own kind", with_entry(internal_attr=0x8000), "has a file with more than these archives have"),
    ("a file that its owner may not write", with_entry(external_attr=0o100444 << 16), "has a file with other rights"),
    ("a file that leads out of it", renamed("README.txt", "../ADME.txt"[:10]), "leads out of it"),
    ("a name for DOS", renamed("README.txt", "READ\\E.txt"), "leads out of it"),
    ("a name that is cut", renamed("README.txt", "README\0txt"), "leads out of it"),
    ("a name of two cases", renamed("README.txt", "ORTHANC.js"), f"{MORE}ORTHANC.js"),
    ("a name of look-alikes", renamed("LICENSE", "LICEN\u0405"), f"{MORE}LICEN"),
    ("a byte less", lambda content: content[:-1], "is damaged"),
    ("half of it", lambda content: content[: len(content) // 2], "is damaged"),
    ("a byte of a file", lambda content: content[:5000] + bytes([content[5000] ^ 1]) + content[5001:], "is damaged"),
]
# Texts with another content than their sources: what, the text, a part of it and what stands in its place.
BUNDLE_TEXTS: list[tuple[str, str, bytes, bytes]] = [
    ("another README", "README.txt", VERSION.encode(), OTHER_VERSION.encode()),
    ("another licence", "LICENSE", b"Version 3", b"Version 2"),
    ("another configuration", "orthanc.json", b"hello.py", b"../h.py"),
    ("another sample", "hello.py", b"Hello", b"Hallo"),
]
BUNDLES: list[tuple[str, Edit, str]] = [
    *changed_texts(BUNDLE_TEXTS),
    ("no licence", removed("LICENSE"), "lacks LICENSE"),
    ("no configuration", removed("orthanc.json"), "lacks orthanc.json"),
    ("no loader", removed("libOrthancPython.so"), "lacks the loader libOrthancPython.so"),
    ("no plugin", removed("OrthancPython/OrthancPython-python3.11.so"), "has no plugin"),
    ("a file more", added("setup.py"), f"{MORE}setup.py"),
    ("a library more", added("OrthancPython/libevil.so", b"\x7fELF"), f"{MORE}OrthancPython/libevil.so"),
    ("a plugin that is no library", added("OrthancPython/OrthancPython-python3.12.so", b"#!/bin/sh\n"), "is not a library of"),
    (
        "a plugin under another CPython's name",
        lambda files: {
            **files,
            "OrthancPython/OrthancPython-python3.12.so": files["OrthancPython/OrthancPython-python3.11.so"],
        },
        "is for CPython 3.11, its name says 3.12",
    ),
    (
        "a plugin in the loader's place",
        lambda files: {**files, "libOrthancPython.so": files["OrthancPython/OrthancPython-python3.11.so"]},
        "is for CPython 3.11, its name says the one that it finds",
    ),
    (
        "a loader of another SDK",
        changed("libOrthancPython.so", b"finds; SDK: 1.13.0", b"finds; SDK: 1.10.1"),
        "has libraries of different builds",
    ),
    (
        "a loader of another version",
        changed(
            "libOrthancPython.so",
            f"orthanc-python {VERSION}; CPython".encode(),
            f"orthanc-python {OTHER_VERSION}; CPython".encode(),
        ),
        f"is version {OTHER_VERSION}, its name says {VERSION}",
    ),
    (
        "a tail of a library",
        lambda files: {**files, "libOrthancPython.so": files["libOrthancPython.so"] + b"x"},
        "after its end",
    ),
    # By the code of users' command, as is test_what_users_cannot_install.
    ("1,500 files", lambda files: {**files, **dict.fromkeys(map(str, range(1500)), b"")}, f"{FOR_USERS}it has 1506 members"),
    ("a file of 129 MB", added("zeros", bytes(129 << 20)), f"{FOR_USERS}unpacked, it would have "),
    ("a device of Windows", added("aux.txt"), f"{FOR_USERS}its member 'aux.txt' has a name that Windows takes for another"),
    ("a name that Windows cuts", added("README.txt."), f"{FOR_USERS}its member 'README.txt.' has a name that Windows takes"),
    (
        "a control character",
        added("READ\x1bME"),
        f"{FOR_USERS}its member 'READ\\x1bME' has a name with a backslash or a control",
    ),
    (
        "a file below another",
        lambda files: {**files, "OrthancPython/a": b"", "OrthancPython/a/b": b""},
        "cannot be installed by users: [Errno ",
    ),
]


@pytest.mark.parametrize(
    ("limit", "value", "text"),
    [
        ("MOST_MEMBERS", 5, "it has 6 members"),
        ("LARGEST_CONTENT", 1 << 20, "unpacked, it would have"),
        ("DEVICES", re.compile("LICENSE"), "its member 'LICENSE' has a name that Windows takes for another"),
    ],
)
def test_what_users_cannot_install(
    limit: str, value: object, text: str, release: Path, tmp_path: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else is wrong with that bundle."""
    monkeypatch.setattr(archives, limit, value)
    refused(release / BUNDLE, tmp_path, source, f"{FOR_USERS}{text}")


@pytest.mark.parametrize("name", [BUNDLE, f"OrthancPython-{VERSION}-python3.11-linux-aarch64.so"])
def test_a_library_that_users_cannot_install(
    name: str, release: Path, tmp_path: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = inspection.read_library
    monkeypatch.setattr(inspection, "read_library", lambda path: dataclasses.replace(read(path), processor="x86_64"))
    refused(release / name, tmp_path, source, f"{name} is refused: it is built for Linux x86_64, not for Linux arm64")


def test_a_bundle_of_two_processors_is_unpacked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked, checked = list[Path](), list[str]()
    monkeypatch.setattr(for_users, "unpack", lambda archive, *_: unpacked.append(archive))
    monkeypatch.setattr(for_users, "check_bundle", lambda loader, plugins, file, machine: checked.append(machine.processor))
    file = zipped(tmp_path / f"OrthancPython-{VERSION}-macos-universal2.zip", {})
    found = Inspection(file, "bundle", VERSION, read_targets()["macos-universal2"])
    assert list(for_users.problems_of_file(found)) == []
    assert unpacked == [file] and checked == ["arm64", "x86_64"]


@pytest.mark.parametrize("name", [BUNDLE, WHEEL, SDIST, "orthanc.pyi"])
def test_nothing_is_wrong(name: str, release: Path, tmp_path: Path, source: Source) -> None:
    assert verdict(release / name, tmp_path, source) == []


@rows(LAYOUT)
def test_a_tampered_layout(change: Callable[[bytes], bytes], text: str, release: Path, tmp_path: Path, source: Source) -> None:
    file = tmp_path / BUNDLE
    file.write_bytes(change((release / BUNDLE).read_bytes()))
    refused(file, tmp_path, source, text)


@rows(BUNDLES)
def test_a_tampered_bundle(change: Edit, text: str, release: Path, tmp_path: Path, source: Source) -> None:
    write_zip(tmp_path / BUNDLE, change(unzipped(release / BUNDLE)), source.seconds)
    refused(tmp_path / BUNDLE, tmp_path, source, text)


SDISTS: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("a changed file", of_member("CMakeLists.txt", ends_with(b"\n")), f"{OTHERS}CMakeLists.txt"),
    ("a changed source", of_member("src/plugin/entry_points.cpp", ends_with(b"\n")), f"{OTHERS}src/plugin/entry_points.cpp"),
    ("other metadata", of_member("PKG-INFO", lambda text: text.replace(b"rich<16", b"evil<16")), f"{OTHERS}PKG-INFO"),
    (
        "another version",
        of_member("PKG-INFO", lambda text: text.replace(f"Version: {VERSION}".encode(), f"Version: {OTHER_VERSION}".encode())),
        f"is orthanc-python {OTHER_VERSION}",
    ),
    (
        "no licence",
        lambda content: tar_of([each for each in members_of(content) if "LICENSE" not in each[0].name]),
        "lacks LICENSE",
    ),
    ("a file more", with_member(f"{TOP}/conftest.py"), f"{MORE}conftest.py"),
    ("an environment", with_member(f"{TOP}/env/bin/python"), f"{MORE}env/bin/python"),
    ("a file outside", with_member("setup.py"), "has setup.py, which is outside of"),
    ("a file far outside", with_member(f"{TOP}/../../setup.py"), "which is outside of"),
    ("a link", with_member(f"{TOP}/link", type=tarfile.SYMTYPE, linkname="/etc/passwd"), "has the link"),
    ("a hard link", with_member(f"{TOP}/link", type=tarfile.LNKTYPE, linkname=f"{TOP}/LICENSE"), "has the link"),
    ("a disk", with_member(f"{TOP}/disk", type=tarfile.BLKTYPE, devmajor=8), "has the link, folder or special file"),
    ("a terminal", with_member(f"{TOP}/tty", type=tarfile.CHRTYPE, devmajor=5), "has the link, folder or special file"),
    ("a pipe", with_member(f"{TOP}/pipe", type=tarfile.FIFOTYPE), "has the link, folder or special file"),
    ("a folder", with_member(f"{TOP}/src", type=tarfile.DIRTYPE, mode=0o755), "has the link, folder or special file"),
    ("a file that all may write", of_member("LICENSE", mode=0o666), "LICENSE with an owner, or with rights"),
    ("a date before 1970", of_member("LICENSE", mtime=-1), f"has orthanc_python-{VERSION}/LICENSE with another date"),
    ("a file of another kind", of_member("LICENSE", type=tarfile.CONTTYPE), "has the link, folder or special file"),
    (
        "a file with holes, of 10 terabytes",
        with_member(f"{TOP}/LICENSE2", pax_headers={**HOLES, "GNU.sparse.name": f"{TOP}/LICENSE2"}),
        "has the link, folder or special file",
    ),
    (
        "rights of the system",
        of_member("LICENSE", pax_headers={"SCHILY.xattr.security.capability": "x"}),
        "has more in it than",
    ),
    ("a comment", of_member("LICENSE", pax_headers={"comment": "payload"}), "has more in it than files"),
    ("bytes behind a file", padded, "has more in it than files"),
    (
        "a name of its own",
        lambda content: content[:3] + b"\x08" + content[4:10] + b"payload\0" + content[10:],
        "its header has another name",
    ),
    ("a file twice", with_member(f"{TOP}/CMakeLists.txt"), "has two files of one name"),
    ("a date that is no number", of_member("LICENSE", pax_headers={"mtime": "inf"}), "has a date with fractions of a second"),
    ("another date", of_member("LICENSE", mtime=1), f"has orthanc_python-{VERSION}/LICENSE with another date"),
    ("a program", of_member("CMakeLists.txt", mode=0o755), "CMakeLists.txt with other rights than its sources"),
    ("a program that is none", of_member("macos/sign", mode=0o644), "macos/sign with other rights than its sources"),
    ("another date in its header", lambda content: written(4, b"date")(content), "has another date, level or system in its"),
    ("another level in its header", lambda content: written(8, b"!")(content), "has another date, level or system in its"),
    ("another system in its header", lambda content: written(9, b"!")(content), "has another date, level or system in its"),
    ("an owner", of_member("LICENSE", uid=1000, uname="jane"), "LICENSE with an owner"),
    ("a file that runs as its owner", of_member("LICENSE", mode=0o4755), "LICENSE with an owner, or with rights"),
    ("bytes behind it", ends_with(b"payload!"), "is damaged: 8 bytes follow its end"),
    ("another archive behind it", lambda content: content + gzip.compress(b"payload!"), "follow its end"),
    (
        "bytes behind its files",
        lambda content: gzip.compress(gzip.decompress(content) + b"payload!"),
        "has bytes after its end",
    ),
    ("half of it", lambda content: content[: len(content) // 2], "is damaged"),
]


@rows(SDISTS)
def test_a_tampered_sdist(change: Callable[[bytes], bytes], text: str, release: Path, tmp_path: Path, source: Source) -> None:
    file = tmp_path / SDIST
    file.write_bytes(change((release / SDIST).read_bytes()))
    refused(file, tmp_path, source, text)


# Attributes of files are checked without sources too.
ATTRIBUTES: list[tuple[str, str, Callable[[bytes], bytes], str]] = [
    ("a bundle with another date", BUNDLE, with_entry(date_time=(2001, 2, 3, 4, 5, 6)), "has a file with another date"),
    ("a bundle without a date", BUNDLE, with_dates(0, 0), "has a file with an invalid date"),
    ("a bundle of 30 February", BUNDLE, with_dates(46 << 9 | 2 << 5 | 30, 0), "has a file with an invalid date"),
    ("a bundle of 31 o'clock", BUNDLE, with_dates(46 << 9 | 2 << 5 | 3, 31 << 11), "has a file with an invalid date"),
    ("a bundle with a program", BUNDLE, with_entry(external_attr=0o104755 << 16), "has a file with other rights"),
    ("a wheel with a disk", WHEEL, with_entry(external_attr=0o060644 << 16), "has a link or a special file"),
    ("sources with another date", SDIST, of_member("LICENSE", mtime=1), "LICENSE with another date"),
    ("sources that run as their owner", SDIST, of_member("LICENSE", mode=0o4755), "LICENSE with an owner, or with rights"),
    ("sources of someone", SDIST, of_member("LICENSE", uid=1000), "LICENSE with an owner, or with rights"),
    ("sources with a disk", SDIST, with_member(f"{TOP}/disk", type=tarfile.BLKTYPE), "has the link, folder or special file"),
]


@pytest.mark.parametrize(("name", "change", "text"), [pytest.param(*row[1:], id=row[0]) for row in ATTRIBUTES])
def test_attributes_without_sources(
    name: str, change: Callable[[bytes], bytes], text: str, release: Path, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_bytes(change((release / name).read_bytes()))
    (tmp_path / "work").mkdir()
    problems = inspect(file, tmp_path / "work").all_problems
    assert any(text in problem for problem in problems), problems


@pytest.mark.parametrize("name", [BUNDLE, WHEEL, SDIST])
def test_nothing_is_wrong_without_sources(name: str, release: Path, tmp_path: Path) -> None:
    assert inspect(release / name, tmp_path).all_problems == []


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (b"-> None", b"-> bytes", "is not what its sources make of the SDK 1.13.0"),
        (b"the SDK 1.13.0", b"the SDK 1.12.7", "is not what its sources make of the SDK 1.12.7"),
        (b"the SDK 1.13.0", b"the SDK", "does not say of which SDK it is"),
        (b"\nfrom collections", b"\nfr0m collections", "is not Python"),
        (b"the SDK 1.13.0", b"the SDK 9.9.9", "cannot be compared with its sources: they have no SDK 9.9.9"),
        (b"Do not edit.", b"/home/jane/x", "contains the path /home/jane/x"),
    ],
)
def test_a_tampered_stub(old: bytes, new: bytes, text: str, release: Path, tmp_path: Path, source: Source) -> None:
    file = tmp_path / "orthanc.pyi"
    file.write_bytes((release / file.name).read_bytes().replace(old, new, 1))
    refused(file, tmp_path, source, text)
