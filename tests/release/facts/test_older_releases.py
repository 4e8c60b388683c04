# SPDX-License-Identifier: GPL-3.0-or-later
"""A release of other sources is compared with what these were built with."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, VERSION

from orthanc_release import materials
from orthanc_release.artifacts import Artifact, Manifest
from orthanc_release.describe.describe import name_of_bill, name_of_provenance
from orthanc_release.describe.provenance import provenance
from orthanc_release.describe.sbom import bill_of_materials
from orthanc_release.describe.sums import write_sums
from orthanc_release.lock.locked import LOCK
from orthanc_release.sources import Source
from orthanc_release.verify.release_checks import problems_of_release

COMMIT = "0" * 40
MANIFEST = Manifest(
    "0.0.9",
    "2026-10-01",
    COMMIT,
    (
        Artifact("orthanc_python-0.0.9-cp313-cp313-linux.whl", "wheel", 1, "1" * 64, sdk="1.12.0", compiler="Clang 20.1.2"),
        Artifact("orthanc_python-0.0.9.tar.gz", "sdist", 1, "2" * 64),
    ),
)
CMAKE = "cmake/sdk/find_orthanc_sdk.cmake"


@pytest.fixture
def older(tmp_path: Path) -> Source:
    """Sources whose package needs another version of click, and whose SDK is not known here."""
    folder = tmp_path / "sources"
    for name in ("pyproject.toml", LOCK, "tests/requirements.txt", CMAKE):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    project = folder / "pyproject.toml"
    project.write_text(
        project.read_text().replace('"click>=8', '"click>=7').replace(f'version = "{VERSION}"', 'version = "0.0.9"')
    )
    with (folder / CMAKE).open("a") as cmake:
        cmake.write(f"set(ORTHANC_SDK_SHA256_1.12.0 {'3' * 64})\n")
    return Source(folder, COMMIT, 1790812800)


def describe(folder: Path, source: Source) -> Path:
    """Write the descriptions of a release of some sources."""
    folder.mkdir()
    MANIFEST.write(folder)
    (folder / name_of_bill("0.0.9")).write_text(bill_of_materials(MANIFEST, source.folder))
    (folder / name_of_provenance("0.0.9")).write_text(provenance(MANIFEST, {}, source.folder))
    write_sums(folder, list(folder.iterdir()))
    return folder


def problems(folder: Path, source: Source) -> Iterator[str]:
    """Yield the names of the descriptions that are refused."""
    names = {name_of_bill("0.0.9"), name_of_provenance("0.0.9")}
    return (name for name, _ in problems_of_release(folder, MANIFEST, source) if name in names)


def test_requirements_are_those_of_the_sources(older: Source, tmp_path: Path) -> None:
    folder = describe(tmp_path / "release", older)
    assert "click" in (folder / name_of_bill("0.0.9")).read_text() and ">=7" in (folder / name_of_bill("0.0.9")).read_text()
    assert "3" * 64 in (folder / name_of_provenance("0.0.9")).read_text()
    assert list(problems(folder, older)) == []
    other = describe(tmp_path / "other", Source(ROOT, COMMIT, older.seconds))
    assert name_of_bill("0.0.9") in problems(other, older)


def test_a_release_that_other_tools_have_built(older: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the lock has their versions: after ci/lock --upgrade, former releases are as good as before."""
    nanobind, robin_map = materials.nanobind()
    lock = older.folder / LOCK
    with monkeypatch.context() as patch:
        patch.setattr(materials, "nanobind", lambda: [dataclasses.replace(nanobind, version="0.0.1"), robin_map])
        same_lock = describe(tmp_path / "same", older)
        lock.write_text(lock.read_text().replace(f"nanobind=={nanobind.version}", "nanobind==0.0.1"))
        other_lock = describe(tmp_path / "other", older)
    assert list(problems(other_lock, older)) == []
    shutil.copy(ROOT / LOCK, lock)
    assert {*problems(same_lock, older)} == {name_of_bill("0.0.9"), name_of_provenance("0.0.9")}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (name_of_bill("0.0.9"), '"click"', '"clack"'),
        (name_of_bill("0.0.9"), "BSD-3-Clause", "MIT"),
        (name_of_bill("0.0.9"), '"version": "20.1.2"', '"version": "9.0.0"'),
        (name_of_provenance("0.0.9"), "3" * 64, "4" * 64),
        (name_of_provenance("0.0.9"), "orthanc-plugin-sdk@1.12.0", "orthanc-plugin-sdk@1.11.0"),
    ],
)
def test_other_tools_are_all_that_may_differ(name: str, old: str, new: str, older: Source, tmp_path: Path) -> None:
    """With another lock, only the versions of tools are left out of the comparison."""
    lock = older.folder / LOCK
    lock.write_text(f"{lock.read_text()}# of another day\n")
    folder = describe(tmp_path / "release", older)
    assert list(problems(folder, older)) == []
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1))
    assert list(problems(folder, older)) == [name]
