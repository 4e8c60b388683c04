# SPDX-License-Identifier: GPL-3.0-or-later
"""The content of each wheel, the systems that pip gives it to, and a second run that makes the same."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from conftest import FOLDER, ROOT, Wheel, built, make_wheels, run

from orthanc_release.libraries.read import read_libraries

# Of each target, what pip calls systems that it is for, and one that it is not for: an older one, or another processor.
PLATFORMS = {
    "linux-x86_64": (["manylinux_2_28_x86_64"], "manylinux_2_17_x86_64"),
    "linux-aarch64": (["manylinux_2_28_aarch64"], "manylinux_2_28_x86_64"),
    "windows-x86_64": (["win_amd64"], "win_arm64"),
    "windows-x86": (["win32"], "win_amd64"),
    "windows-arm64": (["win_arm64"], "win_amd64"),
    "macos-arm64": (["macosx_11_0_arm64", "macosx_15_0_arm64"], "macosx_11_0_x86_64"),
    "macos-x86_64": (["macosx_11_0_x86_64", "macosx_15_0_x86_64"], "macosx_10_15_x86_64"),
    "macos-universal2": (["macosx_11_0_arm64", "macosx_11_0_x86_64"], "macosx_10_15_x86_64"),
}


def test_there_are_wheels() -> None:
    assert built(), f"there is nothing in {FOLDER} to make wheels of; build it by ci/build --tested"


def test_what_has_not_been_built_is_named(tmp_path: Path) -> None:
    folders = ["--libraries", str(tmp_path / "none"), "--output", str(tmp_path / "made")]
    done = subprocess.run(
        [sys.executable, str(ROOT / "ci" / "module.py"), "wheels.make", *folders, "windows-arm64"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and not list((tmp_path / "made").iterdir())
    assert "left out" in done.stdout and "ci/build --output" in done.stderr and "Traceback" not in done.stderr


def pip_installs(wheel: Wheel, folder: Path, platform: str, python: str) -> bool:
    """Return whether pip takes the wheel on such a system and CPython; it is installed into the folder then."""
    number = python.rstrip("t")
    abi = f"cp{number.replace('.', '')}{'t' if python.endswith('t') else ''}"
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--only-binary=:all:",
        "--target",
        folder,
    ]
    options = ["--implementation", "cp", "--python-version", number, "--abi", abi, "--platform", platform]
    done = subprocess.run([*map(str, command), *options, str(wheel.file)], capture_output=True, text=True)
    assert done.returncode == 0 or "is not a supported wheel on this platform" in done.stderr, done.stderr
    return done.returncode == 0


def test_pip_takes_it_where_it_runs(wheel: Wheel, tmp_path: Path) -> None:
    for platform in PLATFORMS[wheel.target.name][0]:
        assert pip_installs(wheel, tmp_path / platform, platform, wheel.python)
        assert (tmp_path / platform / wheel.libraries[1]).is_file()


def test_pip_refuses_it_elsewhere(wheel: Wheel, tmp_path: Path) -> None:
    (own, *_), other = PLATFORMS[wheel.target.name]
    assert not pip_installs(wheel, tmp_path / "platform", other, wheel.python)
    number = int(wheel.python.rstrip("t").split(".")[1])
    assert not pip_installs(wheel, tmp_path / "python", own, f"3.{number + 1}")


def test_each_file_has_its_hash_in_the_list(wheel: Wheel) -> None:
    with zipfile.ZipFile(wheel.file) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    (record,) = [name for name in content if name.endswith(".dist-info/RECORD")]
    rows = list(csv.reader(io.StringIO(content[record].decode())))
    assert sorted(row[0] for row in rows) == sorted(content)
    for name, digest, size in rows:
        if name != record:
            expected = base64.urlsafe_b64encode(hashlib.sha256(content[name]).digest()).rstrip(b"=").decode()
            assert (digest, size) == (f"sha256={expected}", str(len(content[name]))), name


def test_only_our_libraries_are_in_it(wheel: Wheel) -> None:
    names = zipfile.ZipFile(wheel.file).namelist()
    libraries = [
        name for name in names if re.search(r"\.(so|dylib|dll|pyd)(\.|$)|libpython|\.libs/|\.dylibs/", name, re.IGNORECASE)
    ]
    assert sorted(libraries) == sorted(wheel.libraries)


def test_the_libraries_are_for_its_cpython_and_processor(wheel: Wheel, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel.file) as archive:
        loader, plugin = (Path(archive.extract(name, tmp_path)) for name in wheel.libraries)
        facts = archive.read("orthanc_python/build_facts.py").decode()
        (information,) = [name for name in archive.namelist() if name.endswith(".dist-info/WHEEL")]
        tags = re.findall(r"^Tag: (.*)$", archive.read(information).decode(), re.MULTILINE)
    processors = {"x86_64", "arm64"} if wheel.target.processor == "universal2" else {wheel.target.processor}
    for file in (loader, plugin):
        assert {library.processor for library in read_libraries(file)} == processors
    assert plugin.read_bytes() == (FOLDER / wheel.target.name / wheel.target.plugin(wheel.python)).read_bytes()
    dlls = {name.lower() for library in read_libraries(plugin) for name in library.dependencies if "python" in name.lower()}
    assert dlls == ({f"python{wheel.python.replace('.', '')}.dll"} if wheel.target.system == "windows" else set())
    assert f'\nPYTHON = "{wheel.python}" ' in facts
    system = {"linux": "Linux", "macos": "Darwin", "windows": "Windows"}[wheel.target.system]
    assert f'\nSYSTEM = "{system} ' in facts
    assert tags == [wheel.file.stem.split("-", 2)[2]]


def test_the_package_is_complete(any_wheel: Wheel) -> None:
    names = set(zipfile.ZipFile(any_wheel.file).namelist())
    samples = {f"orthanc_python/samples/{path.name}" for path in (ROOT / "samples").glob("*.py")}
    modules = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src" / "orthanc_python").rglob("*.py")}
    made = {"orthanc-stubs/__init__.pyi", "orthanc_python/py.typed", "orthanc_python/testing/module.py"}
    assert samples | modules | made <= names
    assert not [name for name in names if name.endswith(("/", ".pyc"))]


def test_what_an_index_asks_for(wheels: dict[tuple[str, str], Wheel]) -> None:
    files = [wheel.file for wheel in wheels.values()]
    commands = Path(sys.executable).parent
    run([commands / "twine", "check", "--strict", *files])
    run([commands / "check-wheel-contents", *files], cwd=ROOT)


def test_a_second_run_makes_the_same(wheels: dict[tuple[str, str], Wheel], tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        again = make_wheels(tmp_path)
    finally:
        os.umask(before)
    assert again.keys() == wheels.keys()
    for key, wheel in wheels.items():
        assert again[key].file.read_bytes() == wheel.file.read_bytes(), wheel.file.name
