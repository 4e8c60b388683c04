# SPDX-License-Identifier: GPL-3.0-or-later
"""mypy and pyright, both strict, with the stub of each SDK: they accept the samples, and find mistakes in scripts."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from orthanc_sdk.__main__ import main
from orthanc_sdk.binding.rules import Library

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = sorted((ROOT / "samples").glob("*.py"))
SCRIPTS = sorted((ROOT / "tests" / "typing" / "scripts").glob("*.py"))
PYTHON = "3.10"  # the oldest that the plugin is for

# Errors that pyright must let pass, by the import that they come from. mypy needs no such thing.
PYRIGHT_EXCEPTIONS = {
    # The types of pydicom 3 have a PathLike of nothing in dcmread().
    "pydicom": {"reportUnknownMemberType": "none"},
}


@dataclass(frozen=True)
class Found:
    """A problem that a checker has found."""

    file: str
    line: int
    text: str


@functools.cache
def folder_of(header: Path, parent: Path) -> Path:
    """A folder with the stub of a header and all scripts that are for it."""
    folder = parent / header.parent.name
    assert main(["--header", str(header), "--output", str(folder / "generated")]) == 0
    shutil.copy(folder / "generated" / "orthanc.pyi", folder)
    version = json.loads((folder / "generated" / "coverage.json").read_text())["sdk"]
    for script in (*SAMPLES, *SCRIPTS):
        since = re.search(r"_since_([\d_]+)$", script.stem)
        if since is None or _parts(since[1].replace("_", ".")) <= _parts(version):
            shutil.copy(script, folder)
    return folder


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


@functools.cache
def mypy(folder: Path) -> list[Found]:
    """Return mypy's errors in a folder. The headers' folders share its cache: most of its time goes to the libraries."""
    options = ["--strict", "--python-version", PYTHON, "--config-file", "", "--cache-dir", str(folder.parent / "mypy")]
    done = _run("mypy", *options, "--output", "json", *map(str, sorted(folder.glob("*.py*"))))
    assert done.returncode in (0, 1), done.stdout + done.stderr
    each = [json.loads(line) for line in done.stdout.splitlines()]
    return [Found(Path(one["file"]).name, one["line"], one["message"]) for one in each if one["severity"] == "error"]


@functools.cache
def pyright(folder: Path) -> list[Found]:
    """Return pyright's errors in a folder."""
    rules = [
        {"root": script.name, "extraPaths": ["."], **exceptions}
        for library, exceptions in PYRIGHT_EXCEPTIONS.items()
        for script in sorted(folder.glob("*.py"))
        if re.search(rf"^(import|from) {library}\b", script.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    settings = {
        "typeCheckingMode": "strict",
        "pythonVersion": PYTHON,
        "include": ["*.py", "*.pyi"],
        "executionEnvironments": rules,
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    done = _run("pyright", "--outputjson", "--project", str(folder), "--pythonpath", sys.executable)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    # Only Orthanc has the module itself: pyright warns that the stub is all there is.
    return [
        Found(Path(one["file"]).name, one["range"]["start"]["line"] + 1, one["message"])
        for one in json.loads(done.stdout)["generalDiagnostics"]
        if one.get("rule") != "reportMissingModuleSource" or '"orthanc"' not in one["message"]
    ]


def _run(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    # The Node.js of the package, not one that the machine may have, of any age.
    environment = {**os.environ, "PYRIGHT_PYTHON_GLOBAL_NODE": "0"}
    return subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True, env=environment)


@pytest.fixture(scope="session")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkers")


@pytest.fixture
def folder(sdk: Library, sdk_path: Path, parent: Path) -> Path:
    return folder_of(sdk_path, parent)


@pytest.fixture(params=[mypy, pyright], ids=lambda checker: checker.__name__)
def checker(request: pytest.FixtureRequest) -> Callable[[Path], list[Found]]:
    return request.param  # type: ignore[no-any-return]


def test_stub_samples_and_scripts_are_accepted(folder: Path, checker: Callable[[Path], list[Found]]) -> None:
    assert len(SAMPLES) >= 18
    assert (folder / "accepted.py").is_file()
    assert [found for found in checker(folder) if not found.file.startswith("rejected")] == []


def test_mistakes_are_reported(folder: Path, checker: Callable[[Path], list[Found]]) -> None:
    found = {(each.file, each.line) for each in checker(folder)}
    assert {each for each in found if each[0].startswith("rejected")} == set(expected(folder))


def expected(folder: Path) -> Iterator[tuple[str, int]]:
    """The lines of the mistakes."""
    for script in folder.glob("rejected*.py"):
        for number, line in enumerate(script.read_text(encoding="utf-8").splitlines(), start=1):
            if line.endswith("# error"):
                yield script.name, number
