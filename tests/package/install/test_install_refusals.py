# SPDX-License-Identifier: GPL-3.0-or-later
"""`orthanc-python install --from` refuses manifests, and plugins that are not what they say. The installed plugin stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import THIS_PYTHON
from release_server import InstalledFolder, ReleaseFolder

Break = Callable[[ReleaseFolder, Path, Path], object]


def change_byte(release: ReleaseFolder, linked: Path, targets: Path) -> None:
    content = bytearray(linked.read_bytes())
    content[len(content) // 2] ^= 1
    next(release.folder.glob("*.so")).write_bytes(content)


def other_library(pattern: str) -> Break:
    """A library in the place of the plugin, with a manifest that agrees with it."""

    def put(release: ReleaseFolder, linked: Path, targets: Path) -> None:
        (library,) = sorted(targets.glob(pattern))[-1:]
        release.manifest["files"].clear()
        release.plugin(library.read_bytes(), THIS_PYTHON)

    return put


def another_python(release: ReleaseFolder, linked: Path, targets: Path) -> None:
    others = [
        path for path in sorted(targets.glob("linux-x86_64/python3.*/*.so")) if path.parent.name != f"python{THIS_PYTHON}"
    ]
    release.manifest["files"].clear()
    release.plugin(others[0].read_bytes(), THIS_PYTHON)


def renamed(release: ReleaseFolder, linked: Path, targets: Path) -> None:
    (entry,) = release.manifest["files"]
    entry["name"] = "OrthancPython-0.1.0-python3.9-linux-x86_64.so"
    next(release.folder.glob("*.so")).rename(release.folder / entry["name"])


def content(data: bytes) -> Break:
    def put(release: ReleaseFolder, linked: Path, targets: Path) -> None:
        release.manifest["files"].clear()
        release.plugin(data, THIS_PYTHON)

    return put


def says(**entry: object) -> Break:
    return lambda release, linked, targets: release.entry.update(entry)


def lacks(key: str) -> Break:
    return lambda release, linked, targets: release.entry.pop(key)


def of_all(**entry: object) -> Break:
    return lambda release, linked, targets: release.manifest.update(entry)


BROKEN: dict[str, tuple[Break, str]] = {
    "checksum": (says(sha256="0" * 64), "and the manifest says 0000"),
    "one byte": (change_byte, "has the SHA-256"),
    "cut": (lambda release, linked, _: next(release.folder.glob("*.so")).write_bytes(linked.read_bytes()[:-1]), "has been cut"),
    "longer": (
        lambda release, linked, _: next(release.folder.glob("*.so")).write_bytes(linked.read_bytes() + b"x"),
        "has been cut or",
    ),
    "missing": (lambda release, *_: next(release.folder.glob("*.so")).unlink(), "although the manifest lists it"),
    "another Python": (another_python, f"the manifest says that it is for Python {THIS_PYTHON}, but it is built for 3."),
    "renamed": (renamed, f"its name says that it is for Python 3.9, but it is built for {THIS_PYTHON}"),
    "another processor": (
        other_library("linux-aarch64/python3.*/*.so"),
        "it is built for Linux arm64, not for Linux x86_64",
    ),
    "Windows": (other_library("windows-x86_64/python3.*/*.dll"), "it is built for Windows x86_64"),
    "macOS": (other_library("macos-arm64/python3.*/*.dylib"), "it is built for macOS arm64"),
    "loader alone": (other_library("linux-x86_64/*.so"), "should be a plugin for one version of Python"),
    "text": (content(b"<html>Please log in</html>"), "it is not a library"),
    "another program": (content(Path("/bin/true").read_bytes()), "it is not the plugin of this package"),
    "name of another Python": (says(name="OrthancPython-0.1.0-python3.9-linux-x86_64.so"), "although the manifest lists it"),
    "no file for this": (
        says(system="windows"),
        "there is no file for Linux x86_64, in version 0.1.0; there is Windows x86_64",
    ),
    "no file for this Python": (says(pythons=["3.8"]), "there is Python 3.8: choose by --python"),
    "no file": (of_all(files=[]), "there is none"),
    "newer system": (says(minimum="99.1"), "needs glibc 99.1 or later, and this machine has glibc 2."),
    "newer format": (of_all(format=2), "this manifest has format 2; upgrade orthanc-python"),
    "newer format, of other keys": (of_all(format=3, files={"a": 1}, version=None), "this manifest has format 3; upgrade"),
    "older format": (of_all(format=0), '"format" is 0'),
    "format of another type": (of_all(format="1"), "\"format\" is '1'"),
    "format that is true": (of_all(format=True), '"format" is True'),
    "version": (of_all(version="../../etc"), "\"version\" is '../../etc'"),
    "files": (of_all(files="all"), "\"files\" is 'all'"),
    "file": (of_all(files=["all"]), "'all' stands where an object should"),
    "no name": (lacks("name"), '"name" is missing'),
    "no size": (lacks("size"), '"size" is missing'),
    "no checksum": (lacks("sha256"), '"sha256" is missing'),
    "path as name": (says(name="../libOrthancPython.so"), "\"name\" is '../libOrthancPython.so'"),
    "URL as name": (says(name="https://example.org/x.so"), '"name" is \'https:'),
    "size that is text": (says(size="12"), "\"size\" is '12'"),
    "negative size": (says(size=-1), '"size" is -1'),
    "enormous size": (says(size=1 << 50), '"size" is 11258'),
    "short checksum": (says(sha256="abc"), "\"sha256\" is 'abc'"),
    "Pythons": (says(pythons=[3.13]), '"pythons" is [3.13]'),
    "system": (says(system=["linux"]), "\"system\" is ['linux']"),
    "control characters": (says(processor="\x1b[31m"), '"processor" is '),
    "twice": (lambda release, *_: release.manifest["files"].append(release.entry), "twice"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_refused(case: str, plugins: InstalledFolder, release: ReleaseFolder, linked_plugin: Path, targets: Path) -> None:
    damage, expected = BROKEN[case]
    damage(release, linked_plugin, targets)
    assert expected in plugins.refuse("--from", str(release.publish().folder))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"<!DOCTYPE html>", "it is not JSON"),
        (b"\xff\xfe\x00", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b'{"format": ' + b"1" * 10_000 + b"}", "it is not JSON"),
        (b"[]", "[] stands where an object should"),
        (b"{}", '"format" is missing'),
        (b" " * (5 << 20), "it has more than 4 MB"),
    ],
    ids=["HTML", "bytes", "nested", "number", "list", "empty", "huge"],
)
def test_manifest_that_is_none(plugins: InstalledFolder, tmp_path: Path, data: bytes, expected: str) -> None:
    (tmp_path / "release").mkdir()
    assert "manifest.json is not there" in plugins.refuse("--from", str(tmp_path / "release"))
    (tmp_path / "release" / "manifest.json").write_bytes(data)
    said = plugins.refuse("--from", str(tmp_path / "release"))
    assert expected in said and "is not a manifest of a release" in said and len(said) < 500


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"minimum": "9" * 5000}, '"minimum" is \'999'),
        ({"minimum": "any"}, "\"minimum\" is 'any'"),
        ({"minimum": "2..28"}, "\"minimum\" is '2..28'"),
        ({"pythons": ["3." + "9" * 5000]}, '"pythons" is [\'3.999'),
        ({"pythons": ["3.013"]}, "\"pythons\" is ['3.013']"),
        ({"name": "a" * 5000}, '"name" is \'aaa'),
        ({"kind": "plugin" * 100}, '"kind" is \'plugin'),
    ],
    ids=lambda value: str(value)[:30],
)
def test_fields_that_no_release_has(
    plugins: InstalledFolder, release: ReleaseFolder, entry: dict[str, object], expected: str
) -> None:
    """Numbers of 5,000 digits would stop the command with a traceback, before it looks at the signature."""
    release.entry.update(entry)
    assert expected in plugins.refuse("--from", str(release.publish(None).folder))


def test_a_version_of_5000_digits(plugins: InstalledFolder, release: ReleaseFolder) -> None:
    release.manifest["version"] = "9" * 5000
    assert '"version" is \'999' in plugins.refuse("--from", str(release.publish(None).folder), "--allow-unsigned")


def test_endless_files(plugins: InstalledFolder, release: ReleaseFolder) -> None:
    """A manifest of 4 MB has room for tens of thousands. Nobody has signed it."""
    entry = {"size": 1, "sha256": "0" * 64, "pythons": []}
    release.manifest["files"] = [{"name": f"a{number}", **entry} for number in range(30_000)]
    assert "it lists 30000 files, more than 5000" in plugins.refuse("--from", str(release.publish(None).folder))
