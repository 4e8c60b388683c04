# SPDX-License-Identifier: GPL-3.0-or-later
"""`orthanc-python install --from`: which file of a release it takes, and that Orthanc loads it."""

from __future__ import annotations

import getpass
import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import PYTHON, THIS_PYTHON
from release_server import InstalledFolder, ReleaseFolder, members

from orthanc_python import OrthancServer
from orthanc_python.cli import app
from orthanc_python.failure import Failure
from orthanc_python.libraries.machine import Machine
from orthanc_python.releases.manifest import choose, parse_manifest

LINUX = Machine("linux", "x86_64", (2, 36))
SCRIPT = """
import sys
import orthanc
version = sys.version.split()[0]
orthanc.RegisterRestCallback("/version", lambda output, uri, **request: output.AnswerBuffer(version, "text/plain"))
"""

USER = ["--user", getpass.getuser()]


def answer(script: Path, configuration: dict[str, object]) -> str:
    script.write_text(SCRIPT)
    with OrthancServer(script, configuration=configuration) as server:
        return server.get("/version").text


def test_plugin_alone(
    plugins: InstalledFolder, release: ReleaseFolder, bundle: Path, linked_plugin: Path, tmp_path: Path
) -> None:
    release.bundle(members(bundle, THIS_PYTHON), [THIS_PYTHON])
    release.add("orthanc.pyi", b"def f(): ...\n", kind="stub", pythons=[])
    done = plugins.install("--from", str(release.publish().folder / "manifest.json"))
    assert plugins.loader.read_bytes() == linked_plugin.read_bytes()
    assert done["version"] == "0.1.0" and done["former"] == "0.0.9" and done["files"] == [str(plugins.loader)]
    assert f"-python{THIS_PYTHON}-linux-x86_64.so: the plugin for Python {THIS_PYTHON} on Linux x86_64" in done["said"]
    assert answer(tmp_path / "script.py", {"Plugins": [str(plugins.path)]}).startswith(f"{THIS_PYTHON}.")


def test_bundle(
    plugins: InstalledFolder, release: ReleaseFolder, bundle: Path, targets: Path, other_python: str, tmp_path: Path
) -> None:
    content = {**members(targets / "linux-x86_64", other_python), **members(bundle, THIS_PYTHON)}
    release.bundle(content, [THIS_PYTHON, other_python])
    done = plugins.install("--from", str(release.publish().folder), "--bundle")
    names = {str(path.relative_to(plugins.path)) for path in plugins.path.glob("[!.]*/**/*")} | {plugins.loader.name}
    assert names == content.keys() - {"LICENSE", "README.txt"}
    assert "the bundle for Linux x86_64, which serves Python" in done["reason"]
    configuration = {"Plugins": [str(plugins.path)], "Python": {"Executable": PYTHON}}
    assert answer(tmp_path / "script.py", configuration).startswith(f"{THIS_PYTHON}.")


def test_bundle_for_want_of_a_plugin(
    plugins: InstalledFolder, release: ReleaseFolder, targets: Path, other_python: str
) -> None:
    release.bundle(members(targets / "linux-x86_64", other_python), [other_python])
    done = plugins.install("--from", str(release.publish().folder), "--python", other_python)
    assert done["file"].endswith(".zip") and f"there is no plugin for Python {other_python} alone" in done["said"]


def test_the_same_once_more(plugins: InstalledFolder, release: ReleaseFolder) -> None:
    assert plugins.install("--from", str(release.publish().folder))["changed"]
    again = plugins.install("--from", str(release.folder))
    assert not again["changed"] and again["former"] == "0.0.9"
    plugins.loader.write_bytes(plugins.loader.read_bytes() + b"x")  # not what was installed
    assert plugins.install("--from", str(release.folder))["changed"]


def test_version(plugins: InstalledFolder, release: ReleaseFolder, linked_plugin: Path) -> None:
    older = ReleaseFolder(release.folder / "0.0.8", "0.0.8")
    older.plugin(linked_plugin.read_bytes() + b"0.0.8", THIS_PYTHON)
    older.publish()
    release.publish()
    assert plugins.install("--from", str(release.folder), "--version", "0.0.8", "--downgrade")["version"] == "0.0.8"
    assert plugins.install("--from", str(release.folder), "--version", "0.1.0")["version"] == "0.1.0"
    said = plugins.refuse("--from", str(release.folder), "--version", "7.0")
    assert "there is no version 7.0" in said and "where version 0.1.0 is" in said


@pytest.mark.parametrize("name", ["0.0.8", "v0.0.8"])
def test_version_beside(
    plugins: InstalledFolder, release: ReleaseFolder, linked_plugin: Path, tmp_path: Path, name: str
) -> None:
    """As the site has its versions, and GitHub those of the project."""
    older = ReleaseFolder(release.folder.parent / name, "0.0.8")
    older.plugin(linked_plugin.read_bytes() + b"0.0.8", THIS_PYTHON)
    older.publish()
    release.publish()
    assert plugins.install("--from", str(release.folder), "--version", "0.0.8", "--downgrade")["version"] == "0.0.8"


def test_version_below_a_folder_without_a_release(
    plugins: InstalledFolder, release: ReleaseFolder, linked_plugin: Path
) -> None:
    older = ReleaseFolder(release.folder / "v0.0.8", "0.0.8")
    older.plugin(linked_plugin.read_bytes(), THIS_PYTHON)
    older.publish()
    (release.folder / "manifest.json").unlink(missing_ok=True)
    assert plugins.install("--from", str(release.folder), "--version", "0.0.8", "--downgrade")["version"] == "0.0.8"
    assert "name the folder that has the files of a release" in plugins.refuse(
        "--from", str(release.folder), "--version", "7.0"
    )


def test_plugin_that_this_machine_cannot_open(plugins: InstalledFolder, release: ReleaseFolder, linked_plugin: Path) -> None:
    """Its Python's shared library is missing: it is installed, as Python may follow, but not in silence."""
    own = f"libpython{THIS_PYTHON}.so".encode()
    release.plugin(linked_plugin.read_bytes().replace(own, b"libpython3.99.so"), "3.99")
    done = plugins.install("--from", str(release.publish().folder), "--python", "3.99")
    assert "warning: " in done["said"] and "apt-get install libpython3.99" in done["said"]


def test_doctor_and_config_and_uninstall(plugins: InstalledFolder, release: ReleaseFolder, tmp_path: Path) -> None:
    plugins.install("--from", str(release.publish().folder))
    (tmp_path / "script.py").write_text("import orthanc\n")
    arguments = ["config", "--json", "--folder", str(plugins.path), "--script", str(tmp_path / "script.py"), *USER]
    (tmp_path / "orthanc.json").write_text(CliRunner().invoke(app, arguments, catch_exceptions=False).stdout)
    looked = CliRunner().invoke(app, ["doctor", "--json", str(tmp_path / "orthanc.json")], catch_exceptions=False)
    assert looked.exit_code == 0, looked.stdout
    removed = CliRunner().invoke(app, ["uninstall", "--json", "--from", str(plugins.path)], catch_exceptions=False)
    assert json.loads(removed.stdout) == {"removed": [str(plugins.loader)]}
    assert not list(plugins.path.iterdir())


def test_config_for_another_python(plugins: InstalledFolder, release: ReleaseFolder, targets: Path, other_python: str) -> None:
    library = targets / "linux-x86_64" / f"python{other_python}" / "libOrthancPython.so"
    release.plugin(library.read_bytes(), other_python)
    plugins.install("--from", str(release.publish().folder), "--python", other_python)
    told = CliRunner().invoke(app, ["config", "--json", "--folder", str(plugins.path), *USER], catch_exceptions=False)
    assert json.loads(told.stdout)["Python"].keys() == {"Path"}  # this environment's packages are of no use to it


@pytest.mark.parametrize(
    ("machine", "python", "bundle", "expected"),
    [
        (LINUX, "3.13", False, "python3.13-linux-x86_64.so"),
        (LINUX, "3.14", False, "0.1.0-linux-x86_64.zip"),
        (LINUX, "3.13", True, "0.1.0-linux-x86_64.zip"),
        (LINUX, "3.15", False, "there is Python 3.13, 3.14"),
        (Machine("linux", "x86_64", (2, 17)), "3.13", False, "needs glibc 2.28 or later, and this machine has glibc 2.17"),
        (Machine("windows", "x86_64", (6, 1)), "3.13", False, "needs Windows 10 or later, and this machine has Windows 7"),
        (Machine("linux", "riscv64"), "3.13", False, "there is Linux x86_64, Windows x86_64, macOS arm64, macOS universal2"),
        (Machine("macos", "arm64"), "3.13", False, "python3.13-macos-arm64.dylib"),
        (Machine("macos", "x86_64"), "3.13", False, "python3.13-macos-universal2.dylib"),
        (Machine("windows", "x86"), "3.13", False, "there is no file for Windows x86"),
        (Machine("windows", "x86_64"), "3.13", True, "there is the plugin alone for Python 3.13: leave --bundle out"),
        (
            Machine("macos", "riscv64"),
            "3.13",
            True,
            "there is no bundle for macOS riscv64, in version 0.1.0; there is Linux x86_64",
        ),
        (
            LINUX,
            "3.15",
            True,
            "there is no bundle for Python 3.15 for Linux x86_64, in version 0.1.0; there is Python 3.13, 3.14",
        ),
    ],
    ids=str,
)
def test_choice(tmp_path: Path, machine: Machine, python: str, bundle: bool, expected: str) -> None:
    release = ReleaseFolder(tmp_path / "release", "0.1.0")
    for target in ("linux-x86_64", "windows-x86_64", "macos-universal2", "macos-arm64"):
        release.plugin(b"x", "3.13", target, minimum="2.28" if "linux" in target else "10.0")
    release.bundle({"x": b""}, ["3.13", "3.14"])
    found = parse_manifest((release.publish().folder / "manifest.json").read_bytes(), "the manifest")
    try:
        assert choose(found, machine, python, bundle=bundle).file.name.endswith(expected)
    except Failure as error:
        assert expected in str(error)


def test_options(tmp_path: Path) -> None:
    for options in (["--bundle"], ["--version", "1"], ["--rollback", "--from", "x"]):
        assert CliRunner().invoke(app, ["install", "--to", str(tmp_path), *options]).exit_code == 2
    for source, expected in (
        ("nowhere", "nowhere is neither a folder nor a URL"),
        ("http://example.org/x", "is not encrypted"),
        ("file:///tmp", "is neither https, nor http, nor a folder"),
        ("ftp://example.org", "is neither https"),
        ("https://", "must have the name of a server"),
        ("https://user:word@example.org/", "no user or password"),
        ("http://[::1", "is not an address"),
        ("http://localhost:99999/", "is not an address"),
    ):
        done = CliRunner().invoke(app, ["install", "--to", str(tmp_path), "--from", source])
        assert isinstance(done.exception, Failure) and expected in str(done.exception)
    assert sys.platform == "linux" and not list(tmp_path.iterdir())
