# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and folders that `install` and `setup` make under a strict umask: Orthanc's account has to read them."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from orthanc_python.install import deployment
from orthanc_python.install.place import RECORD, Place
from orthanc_python.libraries.file_names import LOADER, PLUGINS, plugin_for
from orthanc_python.libraries.installation import python_version
from orthanc_python.releases.sources import sha256
from orthanc_python.setup import work
from orthanc_python.setup.backup import Backup
from orthanc_python.setup.environment import Environment
from tests.unit.setup.test_setup_backup import LIBRARY, OUR_LOADER

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")


@pytest.fixture(autouse=True, params=[0o077, 0o027], ids=["077", "027"])
def umask(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    former = os.umask(request.param)
    yield
    os.umask(former)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of an Orthanc's plugins. The command has a loader and a plugin."""
    loader = tmp_path / "package" / LOADER
    beside = plugin_for(loader, python_version())
    beside.parent.mkdir(parents=True)
    loader.write_bytes(OUR_LOADER)
    beside.write_bytes(LIBRARY)
    for module in (deployment, work):
        monkeypatch.setattr(module, "find_plugin", lambda: loader)
    folder = tmp_path / "plugins"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    return folder


def closed(folder: Path) -> list[str]:
    """Return what an account without rights of its own cannot read or enter, apart from what the command keeps for itself."""
    kept = [folder / ".orthanc-python" / name for name in ("lock", "former")]
    paths = (path for path in (folder, *folder.rglob("*")) if not any(path == each or each in path.parents for each in kept))
    modes = {path: path.stat().st_mode for path in paths if not path.is_symlink()}
    return [str(path) for path, mode in modes.items() if ~mode & (0o555 if stat.S_ISDIR(mode) else 0o444)]


def test_install(folder: Path) -> None:
    assert deployment.install(folder).changed
    assert not closed(folder)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder / PLUGINS, *folder.glob(f"{PLUGINS}/*"))} == {0o755}


def test_folder_that_an_earlier_version_has_closed(folder: Path) -> None:
    """Another installation opens it, also if nothing else changes, and so does the way back."""
    deployment.install(folder)
    (folder / PLUGINS).chmod(0o700)
    assert not deployment.install(folder).changed
    assert not closed(folder)
    (folder / PLUGINS).chmod(0o700)
    deployment.find_plugin().write_bytes(OUR_LOADER + b"later")
    assert deployment.install(folder).changed
    assert not closed(folder)
    deployment.roll_back(folder)
    assert not closed(folder)


@pytest.mark.parametrize("kind", ["bundle", "plugin"])
def test_release(kind: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "release.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for name, content in ((LOADER, OUR_LOADER), (f"{PLUGINS}/{plugin_for(Path(LOADER), '3.13').name}", LIBRARY)):
            opened.writestr(zipfile.ZipInfo(name), content)
    if kind == "plugin":
        archive.write_bytes(OUR_LOADER)
    for name in ("check_bundle", "check_plugin"):
        monkeypatch.setattr(deployment, name, lambda *_: None)
    monkeypatch.setattr(deployment, "fetch", lambda source, file, downloads, report: archive)
    file = SimpleNamespace(name=archive.name, kind=kind, sha256=sha256(archive))
    arguments: tuple[object, ...] = (folder, None, SimpleNamespace(version="9.9.9"), file, None, None)
    assert deployment.install_release(*arguments).changed  # type: ignore[arg-type]
    assert not closed(folder) and (folder / ".orthanc-python" / RECORD).is_file()
    assert len(list(folder.glob(f"{PLUGINS}/*"))) == (kind == "bundle")


def test_folder_that_setup_makes(folder: Path, tmp_path: Path) -> None:
    made = tmp_path / "usr" / "local" / "plugins"
    (tmp_path / "orthanc.json").write_text("{}")
    backup = Backup.create(tmp_path / "orthanc.json", [])
    plan = SimpleNamespace(place=Place(made), library=made / LOADER)
    work._install(plan, backup, lambda text: None)  # type: ignore[arg-type]
    assert not closed(tmp_path / "usr")


def test_environment(tmp_path: Path) -> None:
    python, folder = tmp_path / "python", tmp_path / "opt" / "new" / "environment"
    python.write_text('#!/bin/sh\nmkdir -p "$3/bin"; touch "$3/bin/python" "$3/pyvenv.cfg"\n')
    python.chmod(0o755)
    Environment({"VirtualEnv": str(folder)}, python).make()
    assert (folder / "bin" / "python").is_file() and not closed(tmp_path / "opt")


def test_folder_of_others_stays_as_it_is(tmp_path: Path) -> None:
    """Its owner has closed it."""
    folder = tmp_path / "own"
    folder.mkdir(mode=0o700)
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nmkdir -p "$3/bin"; touch "$3/bin/python"\n')
    python.chmod(0o755)
    Environment({"VirtualEnv": str(folder / "new")}, python).make()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
