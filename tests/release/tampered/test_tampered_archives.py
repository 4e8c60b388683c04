# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive of a release that was tampered with is refused: a row for each way, on what ci/release has made."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import unzipped, with_record

from orthanc_release.archives import write_zip
from orthanc_release.inspection import model
from orthanc_release.inspection.files import inspect
from orthanc_release.libraries.checks import Checked, Promise, check_library
from orthanc_release.sources import Source, this_checkout

Files = dict[str, bytes]
Edit = Callable[[Files], Files]
BUNDLE = "OrthancPython-0.1.0-linux-aarch64.zip"
WHEEL = "orthanc_python-0.1.0-cp313-cp313-macosx_11_0_arm64.whl"
SDIST = "orthanc_python-0.1.0.tar.gz"
INFO = "orthanc_python-0.1.0.dist-info"
TOP = "orthanc_python-0.1.0"
OTHERS = "has other files than its sources: "
MORE = "has, unlike its sources, "


@pytest.fixture(scope="module")
def source() -> Source:
    return this_checkout()


@pytest.fixture(scope="module", autouse=True)
def checked_once() -> Iterator[None]:
    """Check each library once: most archives here have the same."""
    known: dict[tuple[bytes, Promise], Checked] = {}

    def check(file: Path, promise: Promise) -> Checked:
        key = hashlib.sha256(file.read_bytes()).digest(), promise
        if key not in known:
            known[key] = check_library(file, promise)
        return dataclasses.replace(known[key], file=file)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "check_library", check)
        yield


def changed(name: str, old: bytes, new: bytes) -> Edit:
    """Return an edit of a text."""

    def edit(files: Files) -> Files:
        assert old in files[name]
        return {**files, name: files[name].replace(old, new, 1)}

    return edit


def added(name: str, content: bytes = b"import os\n") -> Edit:
    """Return an edit that adds a file."""
    return lambda files: {**files, name: content}


def removed(name: str) -> Edit:
    """Return an edit that takes a file away."""
    return lambda files: {each: content for each, content in files.items() if each != name}


def ends_with(more: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content + more


def with_comment(content: bytes) -> bytes:
    return content[:-2] + b"\5\0hello"


def with_gap(content: bytes) -> bytes:
    """Put bytes between the files and their list."""
    start = int.from_bytes(content[-6:-2], "little")
    return content[:start] + b"payload!" + content[start:-6] + (start + 8).to_bytes(4, "little") + b"\0\0"


def with_other_header(content: bytes) -> bytes:
    """Change the date in the header of the first file, and not in the list."""
    return content[:10] + b"\0\0" + content[12:]


def with_entry(**attributes: object) -> Callable[[bytes], bytes]:
    """Return a change of what the archive says of its last file."""

    def change(content: bytes) -> bytes:
        output = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as new:
            entries = old.infolist()
            for entry in entries:
                if entry is entries[-1]:
                    for name, value in attributes.items():
                        setattr(entry, name, value)
                new.writestr(entry, old.read(entry.orig_filename), compresslevel=9)
        return output.getvalue()

    return change


def with_folder(content: bytes) -> bytes:
    output = io.BytesIO(content)
    with zipfile.ZipFile(output, "a") as file:
        file.writestr("folder/", b"")
    return output.getvalue()


def with_twice(content: bytes) -> bytes:
    output = io.BytesIO(content)
    with zipfile.ZipFile(output, "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
        file.writestr(file.infolist()[0], b"another")
    return output.getvalue()


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
    ("a link", with_entry(external_attr=0o120777 << 16), "has a link or a special file"),
    ("a file of DOS", with_entry(create_system=0), "has a file with other rights"),
    ("a folder", with_folder, "has a file with"),
    ("two files of one name", with_twice, "has two files of one name"),
    ("a byte less", lambda content: content[:-1], "is damaged"),
    ("half of it", lambda content: content[: len(content) // 2], "is damaged"),
    ("a byte of a file", lambda content: content[:5000] + bytes([content[5000] ^ 1]) + content[5001:], "is damaged"),
]
BUNDLES: list[tuple[str, Edit, str]] = [
    ("another README", changed("README.txt", b"0.1.0", b"0.1.1"), f"{OTHERS}README.txt"),
    ("another licence", changed("LICENSE", b"Version 3", b"Version 2"), f"{OTHERS}LICENSE"),
    ("another configuration", changed("orthanc.json", b"hello.py", b"../h.py"), f"{OTHERS}orthanc.json"),
    ("another sample", changed("hello.py", b"Hello", b"Hallo"), f"{OTHERS}hello.py"),
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
        changed("libOrthancPython.so", b"orthanc-python 0.1.0; CPython", b"orthanc-python 0.0.9; CPython"),
        "is version 0.0.9, its name says 0.1.0",
    ),
    (
        "a tail of a library",
        lambda files: {**files, "libOrthancPython.so": files["libOrthancPython.so"] + b"x"},
        "after its end",
    ),
]
WHEELS: list[tuple[str, Edit, str]] = [
    (
        "a changed module",
        changed("orthanc_python/__init__.py", b'"""', b'import os\n"""'),
        f"{OTHERS}orthanc_python/__init__.py",
    ),
    (
        "a changed command",
        changed("orthanc_python/cli/install.py", b"import", b"import os, "),
        f"{OTHERS}orthanc_python/cli/install",
    ),
    (
        "a changed sample",
        changed("orthanc_python/samples/hello.py", b"Hello", b"Hallo"),
        f"{OTHERS}orthanc_python/samples/hello.py",
    ),
    (
        "a changed template",
        changed("orthanc_python/templates/script.py.template", b"import", b"import os,"),
        f"{OTHERS}orthanc_python",
    ),
    ("a changed stub", changed("orthanc-stubs/__init__.pyi", b"-> None", b"-> bytes"), f"{OTHERS}orthanc-stubs/__init__.pyi"),
    (
        "a changed module for tests",
        changed("orthanc_python/testing/module.py", b"import", b"import os,"),
        f"{OTHERS}orthanc_python/te",
    ),
    (
        "another version in its facts",
        changed("orthanc_python/build_facts.py", b"0.1.0", b"0.0.9"),
        f"{OTHERS}orthanc_python/build_f",
    ),
    (
        "another SDK in its facts",
        changed("orthanc_python/build_facts.py", b"1.13.0", b"1.12.7"),
        f"{OTHERS}orthanc_python/build_f",
    ),
    (
        "code in its facts",
        changed("orthanc_python/build_facts.py", b"\nSDK", b"\nimport os\nSDK"),
        f"{OTHERS}orthanc_python/build_f",
    ),
    ("a module more", added("orthanc_python/telemetry.py"), f"{MORE}orthanc_python/telemetry.py"),
    ("a package more", added("orthanc_pyhton/__init__.py"), f"{MORE}orthanc_pyhton/__init__.py"),
    ("a module in site-packages", added("sitecustomize.py"), f"{MORE}sitecustomize.py"),
    ("code at each start", added("orthanc_python.pth"), f"{MORE}orthanc_python.pth"),
    ("a script", added("orthanc_python-0.1.0.data/scripts/python"), f"{MORE}orthanc_python-0.1.0.data/scripts/python"),
    ("a file for /etc", added("orthanc_python-0.1.0.data/data/etc/x.conf"), f"{MORE}orthanc_python-0.1.0.data/data/etc/x.conf"),
    ("compiled code", added("orthanc_python/__pycache__/x.cpython-313.pyc"), f"{MORE}orthanc_python/__pycache__"),
    ("a library more", added("orthanc_python/plugin/evil.dylib"), f"{MORE}orthanc_python/plugin/evil.dylib"),
    ("no module", removed("orthanc_python/server/orthanc_server.py"), "lacks orthanc_python/server/orthanc_server.py"),
    ("no licence", removed(f"{INFO}/licenses/LICENSE"), f"lacks {INFO}/licenses/LICENSE"),
    ("no stubs", removed("orthanc-stubs/__init__.pyi"), "lacks orthanc-stubs/__init__.pyi"),
    ("no plugin", removed("orthanc_python/plugin/OrthancPython/OrthancPython-python3.13.dylib"), "has no plugin"),
    (
        "another command",
        changed(f"{INFO}/entry_points.txt", b"orthanc_python.cli:main", b"os:abort"),
        f"{OTHERS}{INFO}/entry_points",
    ),
    (
        "a plugin of pytest",
        changed(f"{INFO}/entry_points.txt", b"[pytest11]\n", b"[pytest11]\nx = os\n"),
        f"{OTHERS}{INFO}/entry_poi",
    ),
    (
        "a dependency",
        changed(f"{INFO}/METADATA", b"Requires-Dist", b"Requires-Dist: evil\nRequires-Dist"),
        f"{OTHERS}{INFO}/METADATA",
    ),
    ("an older dependency", changed(f"{INFO}/METADATA", b"click<9,>=8.1", b"click<9,>=0.1"), f"{OTHERS}{INFO}/METADATA"),
    ("another oldest Python", changed(f"{INFO}/METADATA", b"Python: >=3.10", b"Python: >=2.7 "), f"{OTHERS}{INFO}/METADATA"),
    (
        "another project",
        changed(f"{INFO}/METADATA", b"Name: orthanc-python", b"Name: orthanc-pyhton"),
        "is orthanc-pyhton 0.1.0",
    ),
    ("another tag", changed(f"{INFO}/WHEEL", b"Tag: cp313-", b"Tag: cp312-"), "is for cp312-cp313-macosx_11_0_arm64, its name"),
    ("a tag more", changed(f"{INFO}/WHEEL", b"Tag: ", b"Tag: py3-none-any\nTag: "), "py3-none-any, its name says"),
    ("a folder for pure Python", changed(f"{INFO}/WHEEL", b"Purelib: false", b"Purelib: true"), "has a file WHEEL with"),
    ("a number of a build", changed(f"{INFO}/WHEEL", b"Tag: ", b"Build: 1\nTag: "), "has a file WHEEL with"),
]
# RECORD itself, after which it is not made anew.
RECORDS: list[tuple[str, Edit, str]] = [
    ("no list", removed(f"{INFO}/RECORD"), "has no RECORD"),
    ("another checksum", changed(f"{INFO}/RECORD", b"sha256=", b"sha256=x"), "RECORD says sha256=x"),
    ("another size", changed(f"{INFO}/RECORD", b",118\n", b",119\n"), "has 118 bytes, RECORD says"),
    (
        "no checksum",
        changed(f"{INFO}/RECORD", b"orthanc_python/__init__.py,sha256=", b"orthanc_python/__init__.py,,"),
        "RECORD says",
    ),
    (
        "a file twice",
        changed(f"{INFO}/RECORD", f"{INFO}/RECORD,,".encode(), f"{INFO}/RECORD,,\n{INFO}/RECORD,,".encode()),
        "twice",
    ),
    ("a file that is not there", changed(f"{INFO}/RECORD", b"orthanc_python/", b"x.py,,\northanc_python/"), "differ in x.py"),
    ("a signature of its own", added(f"{INFO}/RECORD.jws"), f"differ in {INFO}/RECORD.jws"),
]


def verdict(file: Path, folder: Path, source: Source) -> list[str]:
    """Return what ci/verify finds wrong with a file."""
    (folder / "work").mkdir()
    return inspect(file, folder / "work", source).all_problems


def refused(file: Path, folder: Path, source: Source, text: str) -> None:
    problems = verdict(file, folder, source)
    assert any(text in problem for problem in problems), problems


def rows(table: list[tuple[str, Callable[..., object], str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("change", "text"), [pytest.param(*row[1:], id=row[0]) for row in table])


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


@rows(WHEELS)
def test_a_tampered_wheel(change: Edit, text: str, release: Path, tmp_path: Path, source: Source) -> None:
    write_zip(tmp_path / WHEEL, with_record(change(unzipped(release / WHEEL))), source.seconds)
    refused(tmp_path / WHEEL, tmp_path, source, text)


@rows(RECORDS)
def test_a_tampered_list_of_files(change: Edit, text: str, release: Path, tmp_path: Path, source: Source) -> None:
    write_zip(tmp_path / WHEEL, change(unzipped(release / WHEEL)), source.seconds)
    refused(tmp_path / WHEEL, tmp_path, source, text)


def tar_of(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """Return a source distribution of these members."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(output.getvalue(), mtime=0)


def members_of(content: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
    """Return the members of a source distribution."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return [(member, stream.read()) for member in archive if (stream := archive.extractfile(member)) is not None]


def of_member(name: str, edit: Callable[[bytes], bytes] | None = None, **attributes: object) -> Callable[[bytes], bytes]:
    """Return a change of one file of a source distribution."""

    def change(content: bytes) -> bytes:
        members = members_of(content)
        place = next(place for place, (member, _) in enumerate(members) if member.name == f"{TOP}/{name}")
        member, text = members[place]
        for key, value in attributes.items():
            setattr(member, key, value)
        members[place] = member, edit(text) if edit else text
        return tar_of(members)

    return change


def with_member(name: str, **attributes: object) -> Callable[[bytes], bytes]:
    """Return a change that adds a file to a source distribution."""

    def change(content: bytes) -> bytes:
        members = members_of(content)
        member = tarfile.TarInfo(name)
        for key, value in {"mtime": members[0][0].mtime, **attributes}.items():
            setattr(member, key, value)
        return tar_of([*members, (member, b"")])

    return change


SDISTS: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("a changed file", of_member("CMakeLists.txt", ends_with(b"\n")), f"{OTHERS}CMakeLists.txt"),
    ("a changed source", of_member("src/plugin/entry_points.cpp", ends_with(b"\n")), f"{OTHERS}src/plugin/entry_points.cpp"),
    ("other metadata", of_member("PKG-INFO", lambda text: text.replace(b"rich<16", b"evil<16")), f"{OTHERS}PKG-INFO"),
    (
        "another version",
        of_member("PKG-INFO", lambda text: text.replace(b"Version: 0.1.0", b"Version: 0.0.9")),
        "is orthanc-python 0.0.9",
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
    ("a file twice", with_member(f"{TOP}/CMakeLists.txt"), "has two files of one name"),
    ("another date", of_member("LICENSE", mtime=1), "has orthanc_python-0.1.0/LICENSE with another date"),
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


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (b"-> None", b"-> bytes", "is not what its sources make of the SDK 1.13.0"),
        (b"the SDK 1.13.0", b"the SDK 1.12.7", "is not what its sources make of the SDK 1.12.7"),
        (b"the SDK 1.13.0", b"the SDK", "does not say of which SDK it is"),
        (b"\nfrom collections", b"\nfr0m collections", "is not Python"),
        (b"Do not edit.", b"/home/jane/x", "contains the path /home/jane/x"),
    ],
)
def test_a_tampered_stub(old: bytes, new: bytes, text: str, release: Path, tmp_path: Path, source: Source) -> None:
    file = tmp_path / "orthanc.pyi"
    file.write_bytes((release / file.name).read_bytes().replace(old, new, 1))
    refused(file, tmp_path, source, text)
