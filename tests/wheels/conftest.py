# SPDX-License-Identifier: GPL-3.0-or-later
"""The wheels that ci/wheels makes of what ci/build has built, made anew for these tests.

ORTHANC_PYTHON_TARGETS is the folder that ci/build has written; by default build/targets.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orthanc_release.targets import Target, read_targets, versions_of
from orthanc_release.wheels.make import build_wheels

ROOT = Path(__file__).resolve().parents[2]
# The host program and Wine, as those tests run them. By its path, as this file has the same name.
specification = importlib.util.spec_from_file_location("host_tests", ROOT / "tests" / "host" / "conftest.py")
assert specification is not None and specification.loader is not None
host_tests = importlib.util.module_from_spec(specification)
sys.modules["host_tests"] = host_tests
specification.loader.exec_module(host_tests)
FOLDER: Path = host_tests.FOLDER
wine = host_tests.wine


@dataclass(frozen=True)
class Wheel:
    """A wheel, and what it is for."""

    file: Path
    target: Target
    python: str

    @property
    def libraries(self) -> tuple[str, str]:
        """Return the libraries that it must have: the loader and the plugin."""
        folder = "orthanc_python/plugin"
        return f"{folder}/{self.target.loader}", f"{folder}/{self.target.plugin(self.python).as_posix()}"


def run(command: Sequence[str | Path], **options: Any) -> str:
    """A command's output; its failure shows all of it."""
    done = subprocess.run(
        [*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}"
    return done.stdout


def built() -> list[tuple[Target, str]]:
    """The targets and CPython versions of which there are libraries."""
    found = []
    for target in read_targets().values():
        tree = FOLDER / (target.parts[0] if target.parts else target.name)
        for python in versions_of(target, tested=False):
            if (FOLDER / target.name / target.plugin(python)).exists() and (tree / target.wheel_tree(python)).exists():
                found.append((target, python))
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "wheel" in metafunc.fixturenames:
        runner = metafunc.definition.get_closest_marker("runner")
        chosen = [(target, python) for target, python in built() if runner is None or target.runner in runner.args]
        names = [f"{target.name}-python{python}" for target, python in chosen]
        metafunc.parametrize("wheel", chosen, indirect=True, ids=names)


def make_wheels(folder: Path) -> dict[tuple[str, str], Wheel]:
    """All wheels that can be made, in a folder: by target and CPython version."""
    targets = read_targets()
    results = build_wheels(list(targets.values()), FOLDER, folder, tested=False)
    failed = [result for result in results if result.state == "failed"]
    assert not failed, "\n".join(f"{result.target}, CPython {result.python}: {result.detail}" for result in failed)
    return {
        (result.target, result.python): Wheel(folder / result.detail, targets[result.target], result.python)
        for result in results
        if result.state == "built"
    }


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Wheel]:
    return make_wheels(tmp_path_factory.mktemp("wheels"))


@pytest.fixture
def wheel(request: pytest.FixtureRequest, wheels: dict[tuple[str, str], Wheel]) -> Wheel:
    target, python = request.param
    return wheels[target.name, python]


@pytest.fixture(scope="session")
def any_wheel(wheels: dict[tuple[str, str], Wheel]) -> Wheel:
    """That of the first of CI's targets that has been built, for tests of what does not differ between them."""
    return next(iter(wheels.values()))


def copy_of(wheel: Wheel, folder: Path, name: str | None = None) -> Wheel:
    """A copy to be spoilt, with another name if one is given."""
    folder.mkdir(exist_ok=True)
    return Wheel(Path(shutil.copy2(wheel.file, folder / (name or wheel.file.name))), wheel.target, wheel.python)
