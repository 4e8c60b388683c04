# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive of a release that was tampered with is refused: a row for each way, on what ci/release has made."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import unzipped, with_record
from tampered_tar import HOLES, TOP, members_of, of_member, padded, tar_of, with_member
from tampered_zip import (
    ends_with,
    renamed,
    with_bytes_behind_stored,
    with_comment,
    with_entry,
    with_folder,
    with_gap,
    with_large_file,
    with_large_list,
    with_other_header,
    with_twice,
)

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
    ("a file of DOS", with_entry(create_system=0), "has a file with more than these archives have"),
    ("a folder", with_folder, "has a file with"),
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
    (
        "a text below its lines",
        changed(f"{INFO}/WHEEL", b"\n\n", b"\n\npayload\n"),
        "has a file WHEEL with more than its lines",
    ),
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


def test_a_wheel_for_two_cpythons(release: Path, tmp_path: Path, source: Source) -> None:
    """Its name and its tags agree."""
    files = unzipped(release / WHEEL)
    name = WHEEL.replace("-cp313-cp313-", "-cp313-cp310-")
    files[f"{INFO}/WHEEL"] = files[f"{INFO}/WHEEL"].replace(b"cp313-cp313-", b"cp313-cp310-")
    write_zip(tmp_path / name, with_record(files), source.seconds)
    refused(tmp_path / name, tmp_path, source, "for CPython 3.13 with the interface of CPython 3.10")


@rows(RECORDS)
def test_a_tampered_list_of_files(change: Edit, text: str, release: Path, tmp_path: Path, source: Source) -> None:
    write_zip(tmp_path / WHEEL, change(unzipped(release / WHEEL)), source.seconds)
    refused(tmp_path / WHEEL, tmp_path, source, text)


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
