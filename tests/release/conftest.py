# SPDX-License-Identifier: GPL-3.0-or-later
"""A release of libraries that ci/build has made, and what the tests do to it.

ORTHANC_PYTHON_TARGETS is the folder that ci/build has written; by default build/targets.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from orthanc_release.artifacts import Manifest, project_version, sha256
from orthanc_release.describe import describe
from orthanc_release.inspection import model
from orthanc_release.inspection.model import Inspection
from orthanc_release.libraries.checks import Checked, Promise, check_library
from orthanc_release.sources import Source, UnknownSourceError, this_checkout
from orthanc_release.targets import Target, read_targets
from orthanc_release.verify import release_checks, single_file, verify

ROOT = Path(__file__).resolve().parents[2]
VERSION = project_version()  # of the releases of these tests
OTHER_VERSION = re.sub(r"\d", lambda digit: "8" if digit[0] == "9" else "9", VERSION)  # of the same length
FOLDER = Path(os.environ.get("ORTHANC_PYTHON_TARGETS", ROOT / "build" / "targets")).resolve()
# A system and processor each, with a CPython version that `ci/build --tested` makes.
USED = {"linux-x86_64": "3.13", "linux-aarch64": "3.11", "windows-x86_64": "3.13", "macos-arm64": "3.13"}
# The options that name what such a release has.
SCOPE = ["--tested", *(f"--target={target}" for target in USED)]


@dataclass
class Outcome:
    """The output of a command, in one line, because tables break theirs."""

    status: int
    text: str


@pytest.fixture(scope="session")
def targets() -> dict[str, Target]:
    """The targets of USED. They have been built."""
    known = read_targets()
    for name, python in USED.items():
        for path in (known[name].plugin(python), known[name].stand_alone(python), known[name].wheel_tree(python)):
            if not (FOLDER / name / path).exists():
                command = f"ci/build --tested --output {FOLDER} {' '.join(USED)}"
                pytest.exit(f"there is no {FOLDER / name / path}; run {command}", returncode=2)
    return {name: known[name] for name in USED}


def run(module: str, *arguments: str | Path, root: Path = ROOT, **environment: str) -> Outcome:
    """Run a module of src/orthanc_release."""
    command = [sys.executable, str(root / "ci" / "module.py"), module, *map(str, arguments)]
    everything = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "ACTIONS_"))}
    done = subprocess.run(command, capture_output=True, text=True, env={**everything, "COLUMNS": "1000", **environment})
    return Outcome(done.returncode, done.stdout + done.stderr)


def verify_here(*arguments: str | Path) -> Outcome:
    """Run ci/verify in this process, to save many starts."""
    with contextlib.redirect_stdout(io.StringIO()) as output, contextlib.redirect_stderr(output):
        status = verify.main([*SCOPE, *(str(argument) for argument in arguments)])
    return Outcome(status, output.getvalue())


@pytest.fixture(scope="session", autouse=True)
def without_tags() -> Iterator[None]:
    """Have no tag: that of the last release is of another commit than this checkout, where the version is the same."""

    def source_of(version: str) -> Source:
        if version != project_version():
            raise UnknownSourceError(f"is version {version}, of which this checkout has no tag")
        return this_checkout()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release_checks, "commit_of_tag", lambda version: None)
        patch.setattr(single_file, "source_of_version", source_of)
        yield


@pytest.fixture(scope="session")
def making(targets: dict[str, Target], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """A folder, and what ci/release said when it made a release in it."""
    folder = tmp_path_factory.mktemp("made") / "release"
    return folder, run("release", "--targets", FOLDER, "--output", folder, "--no-run", "--tested", *targets)


@pytest.fixture(scope="session")
def release(making: tuple[Path, Outcome]) -> Path:
    """A release, as ci/release makes it; not to be changed."""
    folder, made = making
    assert made.status == 0, made.text
    return folder


@pytest.fixture(scope="module")
def source() -> Source:
    """The sources that the release was made of."""
    return this_checkout()


@pytest.fixture(scope="module")
def checked_once() -> Iterator[None]:
    """Check each library once: most tampered archives have the same."""
    known: dict[tuple[bytes, Promise], Checked] = {}

    def check(file: Path, promise: Promise) -> Checked:
        key = hashlib.sha256(file.read_bytes()).digest(), promise
        if key not in known:
            known[key] = check_library(file, promise)
        return dataclasses.replace(known[key], file=file)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "check_library", check)
        yield


@pytest.fixture(scope="session")
def small_release(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of one target."""
    folder = tmp_path_factory.mktemp("small") / "release"
    folder.mkdir()
    for pattern in ("*linux-aarch64*", "*manylinux_2_28_aarch64*", "*.tar.gz", "orthanc.pyi", "manifest.json"):
        for file in release.glob(pattern):
            shutil.copy2(file, folder)
    return described_again(folder)


@pytest.fixture(scope="module")
def inspected_once() -> Iterator[None]:
    """Look into each file once: all but the descriptions is the same in these releases."""
    known: dict[tuple[str, str, Source | None, bool], Inspection] = {}
    inspect_in = verify.inspect_in

    with tempfile.TemporaryDirectory() as work, pytest.MonkeyPatch.context() as patch:

        def inspect(file: Path, _: Path, source: Source | None, without_header: bool = False) -> Inspection:
            key = file.name, sha256(file), source, without_header
            if key not in known:
                known[key] = inspect_in(file, Path(work), source, without_header)
            found = known[key]
            found.file = file
            return found

        patch.setattr(verify, "inspect_in", inspect)
        yield


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[..., Path]:
    """Copy a file, under a new name, or a folder."""

    def copy(path: Path, name: str | None = None) -> Path:
        target = tmp_path / "copies" / (name or path.name)
        target.parent.mkdir(exist_ok=True)
        return Path(shutil.copytree(path, target) if path.is_dir() else shutil.copyfile(path, target))

    return copy


def alter(file: Path, offset: int | None = None) -> None:
    """Change one byte of a file, in its middle."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2 if offset is None else offset] ^= 1
    file.write_bytes(content)


def in_one_line(outcome: Outcome) -> str:
    """Return the output of a command without the borders of its table, in which notes can have several lines."""
    return " ".join(outcome.text.replace("│", " ").split())


def zipped(archive: Path, files: dict[str, bytes]) -> Path:
    """Write an archive of files."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return archive


def unzipped(archive: Path) -> dict[str, bytes]:
    """The files of an archive."""
    with zipfile.ZipFile(archive) as file:
        return {name: file.read(name) for name in file.namelist()}


def with_record(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files of a wheel, with a RECORD that has the checksum of each."""
    files = {name: content for name, content in files.items() if not name.endswith("/RECORD")}
    (information,) = {name.split("/")[0] for name in files if ".dist-info/" in name}
    lines = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        lines.append(f"{name},sha256={digest},{len(content)}\n")
    return {**files, f"{information}/RECORD": "".join([*lines, f"{information}/RECORD,,\n"]).encode()}


def described_again(folder: Path) -> Path:
    """A release's folder whose descriptions were made anew for its files, as by who can make releases."""
    version = Manifest.read(folder).version
    for path in folder.iterdir():
        if path.name in ("manifest.json", "SHA256SUMS") or path.name.endswith((".cdx.json", ".intoto.json", ".sigstore.json")):
            path.unlink()
    with tempfile.TemporaryDirectory() as work:
        describe.describe(folder, version, [verify.inspect_in(path, Path(work), None) for path in sorted(folder.iterdir())])
    return folder
