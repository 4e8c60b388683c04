# SPDX-License-Identifier: GPL-3.0-or-later
"""A wheel of a release that was tampered with is refused: a row for each way, on what ci/release has made."""

from __future__ import annotations

from pathlib import Path

import pytest
import tampered_macho as macho
from conftest import OTHER_VERSION, VERSION, unzipped, with_record
from tampered_elf import replaced
from tampering import MORE, WHEEL, Edit, Files, added, changed, changed_texts, refused, removed, rows

from orthanc_release.archives import write_zip
from orthanc_release.inspection import files, wheel
from orthanc_release.inspection.expected import NoHeaderError
from orthanc_release.inspection.files import inspect
from orthanc_release.sources import Source

pytestmark = pytest.mark.usefixtures("checked_once")
INFO = f"orthanc_python-{VERSION}.dist-info"
# Texts with another content than their sources: what, the text, a part of it and what stands in its place.
WHEEL_TEXTS: list[tuple[str, str, bytes, bytes]] = [
    ("a changed module", "orthanc_python/__init__.py", b'"""', b'import os\n"""'),
    ("a changed command", "orthanc_python/cli/install.py", b"import", b"import os, "),
    ("a changed sample", "orthanc_python/samples/hello.py", b"Hello", b"Hallo"),
    ("a changed template", "orthanc_python/templates/script.py.template", b"import", b"import os,"),
    ("a changed stub", "orthanc-stubs/__init__.pyi", b"-> None", b"-> bytes"),
    ("a changed module for tests", "orthanc_python/testing/module.py", b"import", b"import os,"),
    ("another version in its facts", "orthanc_python/build_facts.py", VERSION.encode(), OTHER_VERSION.encode()),
    ("another SDK in its facts", "orthanc_python/build_facts.py", b"1.13.0", b"1.12.7"),
    ("code in its facts", "orthanc_python/build_facts.py", b"\nSDK", b"\nimport os\nSDK"),
    ("another command", f"{INFO}/entry_points.txt", b"orthanc_python.__main__:main", b"os:abort"),
    ("a plugin of pytest", f"{INFO}/entry_points.txt", b"[pytest11]\n", b"[pytest11]\nx = os\n"),
    ("a dependency", f"{INFO}/METADATA", b"Requires-Dist", b"Requires-Dist: evil\nRequires-Dist"),
    ("an older dependency", f"{INFO}/METADATA", b"click<9,>=8.1", b"click<9,>=0.1"),
    ("another oldest Python", f"{INFO}/METADATA", b"Python: >=3.10", b"Python: >=2.7 "),
]
PLUGIN = "orthanc_python/plugin/OrthancPython/OrthancPython-python3.13.dylib"
LOADER = "orthanc_python/plugin/libOrthancPython.dylib"


def of_sdk(number: bytes) -> Edit:
    """Return an edit after which the libraries and the facts name an SDK, and the stubs and the module for tests do harm."""

    def edit(files: Files) -> Files:
        change = macho.signed_again(replaced(b"; SDK: 1.13.0", b"; SDK: " + number))
        harm = dict.fromkeys(("orthanc-stubs/__init__.pyi", "orthanc_python/testing/module.py"), b"import os\n")
        facts = files["orthanc_python/build_facts.py"].replace(b"1.13.0", number)
        libraries = {name: change(files[name]) for name in (PLUGIN, LOADER)}
        return {**files, **libraries, **harm, "orthanc_python/build_facts.py": facts}

    return edit


WHEELS: list[tuple[str, Edit, str]] = [
    *changed_texts(WHEEL_TEXTS),
    ("a module more", added("orthanc_python/telemetry.py"), f"{MORE}orthanc_python/telemetry.py"),
    ("a package more", added("orthanc_pyhton/__init__.py"), f"{MORE}orthanc_pyhton/__init__.py"),
    ("a module in site-packages", added("sitecustomize.py"), f"{MORE}sitecustomize.py"),
    ("code at each start", added("orthanc_python.pth"), f"{MORE}orthanc_python.pth"),
    ("a script", added(f"orthanc_python-{VERSION}.data/scripts/python"), f"{MORE}orthanc_python-{VERSION}.data/scripts/python"),
    (
        "a file for /etc",
        added(f"orthanc_python-{VERSION}.data/data/etc/x.conf"),
        f"{MORE}orthanc_python-{VERSION}.data/data/etc/x.conf",
    ),
    ("compiled code", added("orthanc_python/__pycache__/x.cpython-313.pyc"), f"{MORE}orthanc_python/__pycache__"),
    ("a library more", added("orthanc_python/plugin/evil.dylib"), f"{MORE}orthanc_python/plugin/evil.dylib"),
    ("no module", removed("orthanc_python/server/orthanc_server.py"), "lacks orthanc_python/server/orthanc_server.py"),
    ("no licence", removed(f"{INFO}/licenses/LICENSE"), f"lacks {INFO}/licenses/LICENSE"),
    ("no stubs", removed("orthanc-stubs/__init__.pyi"), "lacks orthanc-stubs/__init__.pyi"),
    ("an SDK that does not exist", of_sdk(b"9.99.9"), "cannot be compared with its sources: they have no SDK 9.99.9"),
    ("no plugin", removed(PLUGIN), "has no plugin"),
    (
        "another project",
        changed(f"{INFO}/METADATA", b"Name: orthanc-python", b"Name: orthanc-pyhton"),
        f"is orthanc-pyhton {VERSION}",
    ),
    ("another tag", changed(f"{INFO}/WHEEL", b"Tag: cp313-", b"Tag: cp312-"), "is for cp312-cp313-macosx_11_0_arm64, its name"),
    ("a tag more", changed(f"{INFO}/WHEEL", b"Tag: ", b"Tag: py3-none-any\nTag: "), "py3-none-any, its name says"),
    ("a folder for pure Python", changed(f"{INFO}/WHEEL", b"Purelib: false", b"Purelib: true"), "has a file WHEEL with"),
    (
        "a text below its lines",
        changed(f"{INFO}/WHEEL", b"\n\n", b"\n\npayload\n"),
        "has a file WHEEL with more than its lines",
    ),
    (
        "a text in place of its maker",
        changed(f"{INFO}/WHEEL", b"Generator: ", b"Generator: payload; "),
        "has a file WHEEL with another generator",
    ),
    ("a number of a build", changed(f"{INFO}/WHEEL", b"Tag: ", b"Build: 1\nTag: "), "has a file WHEEL with"),
]
# RECORD itself, after which it is not made anew.
RECORDS: list[tuple[str, Edit, str]] = [
    ("no list", removed(f"{INFO}/RECORD"), "has no RECORD"),
    ("another checksum", changed(f"{INFO}/RECORD", b"sha256=", b"sha256=x"), "RECORD says sha256=x"),
    ("another size", changed(f"{INFO}/RECORD", b",123\n", b",124\n"), "has 123 bytes, RECORD says"),
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


MANY = {f"orthanc_python/{number}-{'x' * 200}.py": b"" for number in range(300)}


@pytest.mark.parametrize("compared", [True, False], ids=["with sources", "without sources"])
def test_errors_are_short(compared: bool, release: Path, tmp_path: Path, source: Source) -> None:
    """Names in an archive can be as many and as long as its maker likes, and can hold what a terminal obeys."""
    files = {**unzipped(release / WHEEL), **MANY, "\x1b[2J.py": b"", "evil.so": b""}
    files[f"{INFO}/WHEEL"] += b"Tag: py3-none-any\n" * 500
    write_zip(tmp_path / WHEEL, files, source.seconds)
    (tmp_path / "work").mkdir()
    problems = inspect(tmp_path / WHEEL, tmp_path / "work", source if compared else None).all_problems
    assert problems and all(len(problem) < 1000 and problem.isprintable() for problem in problems), problems
    assert any("and 298 more" in problem or "and 297 more" in problem for problem in problems), problems


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


@pytest.mark.parametrize("name", ["orthanc.pyi", WHEEL])
def test_without_the_header(name: str, release: Path, tmp_path: Path, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse what was not compared, or name it in a note by --without-header: whoever made the file has chosen the SDK."""

    def missing(source: Source, sdk: str) -> dict[str, bytes]:
        raise NoHeaderError(f"no header of the SDK {sdk} here")

    for module in (files, wheel):
        monkeypatch.setattr(module, "texts_of_sdk", missing)
    what = " in orthanc-stubs/__init__.pyi and orthanc_python/testing/module.py" if name == WHEEL else ""
    text = f"was not compared{what}: no header of the SDK 1.13.0 here"
    for without_header, expected in ((False, ([text], [])), (True, ([], [text]))):
        (tmp_path / str(without_header)).mkdir()
        found = inspect(release / name, tmp_path / str(without_header), source, without_header)
        assert (found.all_problems, found.notes) == expected
