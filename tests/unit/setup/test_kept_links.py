# SPDX-License-Identifier: GPL-3.0-or-later
"""Relative links in the folder of plugins, as `cmake --install` makes them: they come back as they were, and work."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from orthanc_python.failure import Failure
from orthanc_python.install import deployment
from orthanc_python.install import place as place_module
from orthanc_python.install.place import Place
from orthanc_python.libraries.file_names import LOADER, PLUGINS
from orthanc_python.libraries.installation import VARIABLE
from orthanc_python.releases.sources import sha256
from orthanc_python.setup.backup import Backup, PluginChange
from tests.killed_process import status_after
from tests.unit.setup.test_place import put, version_in

LINKS = {name: Path("../../../lib/orthanc", name) for name in (LOADER, PLUGINS)}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with links to version 1. Version 2 is that of the environment."""
    put(tmp_path / "lib" / "orthanc", b"1")
    put(tmp_path / "source", b"2")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "source" / LOADER))
    monkeypatch.setattr(deployment, "python_version", lambda: "3.13")
    folder = tmp_path / "share" / "orthanc" / "plugins"
    folder.mkdir(parents=True)
    for name, target in LINKS.items():
        (folder / name).symlink_to(target)
    assert version_in(folder) == {b"1"}
    return folder


def links_in(folder: Path) -> dict[str, Path]:
    return {name: (folder / name).readlink() for name in LINKS if (folder / name).is_symlink()}


def test_rollback(folder: Path, tmp_path: Path) -> None:
    for _ in range(2):
        done = deployment.roll_back(folder) if Place(folder).former.is_dir() else deployment.install(folder)
        assert version_in(folder) == {b"2"} and not links_in(folder) and done.former == ""
        done = deployment.roll_back(folder)
        assert version_in(folder) == {b"1"} and links_in(folder) == LINKS and done.former == ""
    assert version_in(tmp_path / "lib" / "orthanc") == {b"1"}


@pytest.mark.parametrize("gone", [False, True], ids=["there", "gone"])
def test_undo_of_a_setup(gone: bool, folder: Path, tmp_path: Path) -> None:
    former = {path.relative_to(folder).as_posix(): sha256(path) for path in deployment.libraries_of(folder)}
    assert len(former) == 2
    deployment.install(folder)
    (tmp_path / "orthanc.json").write_text("{}")
    backup = Backup.create(tmp_path / "orthanc.json", [])
    plugins = {str(path): sha256(path) for path in deployment.libraries_of(folder) if path.name != LOADER}
    backup.add_plugin(PluginChange(folder / LOADER, True, sha256(folder / LOADER), plugins, former))
    if gone:
        (folder / LOADER).unlink()
    assert backup.undo() == [f"restored the former {folder / LOADER}"]
    assert version_in(folder) == {b"1"} and links_in(folder) == LINKS


def test_kept_link_to_a_library_that_has_changed(folder: Path, tmp_path: Path) -> None:
    """The undo reads it by the link, as if that were in its place."""
    former = {LOADER: sha256(folder / LOADER)}
    deployment.install(folder)
    (tmp_path / "orthanc.json").write_text("{}")
    backup = Backup.create(tmp_path / "orthanc.json", [])
    backup.add_plugin(PluginChange(folder / LOADER, True, sha256(folder / LOADER), {}, former))
    put(tmp_path / "lib" / "orthanc", b"3")
    assert backup.undo() == [f"left {folder / LOADER}: the version before it is no longer kept"]


def test_exchange_that_fails(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        if path == folder:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(place_module, "synchronize_folder", refuse)
    with pytest.raises(Failure, match="nothing has been changed"):
        deployment.install(folder)
    assert version_in(folder) == {b"1"} and links_in(folder) == LINKS


def test_uninstall(folder: Path, tmp_path: Path) -> None:
    deployment.uninstall(folder, "3.13")
    assert not list(folder.iterdir()) and version_in(tmp_path / "lib" / "orthanc") == {b"1"}


def test_uninstall_of_one_python_in_a_linked_folder(folder: Path, tmp_path: Path) -> None:
    """The library behind the link belongs to another installation, and stays."""
    plugins = tmp_path / "lib" / "orthanc" / PLUGINS
    other = next(plugins.iterdir())
    (plugins / other.name.replace("3.13", "3.12")).write_bytes(other.read_bytes())
    files = sorted(plugins.iterdir())
    with pytest.raises(Failure, match="is a link to"):
        deployment.uninstall(folder, "3.13")
    assert sorted(plugins.iterdir()) == files and links_in(folder) == LINKS


@pytest.mark.parametrize("back", [False, True], ids=["install", "rollback"])
def test_killed_at_each_moment(back: bool, folder: Path) -> None:
    if back:
        deployment.install(folder)
    seen = []
    for calls in range(100):
        status = status_after(calls, lambda: (deployment.roll_back if back else deployment.install)(folder))
        with Place(folder).locked():
            assert version_in(folder) in ({b"1"}, {b"2"})
        seen.append(version_in(folder) == {b"2"})
        assert links_in(folder) == ({} if seen[-1] else LINKS)
        if status == 0:
            break
        if seen[-1] is not back:
            deployment.roll_back(folder)
            assert version_in(folder) == ({b"2"} if back else {b"1"})
    assert len(seen) > 10 and seen[0] is back and seen[-1] is not back


def test_folder_in_the_place_of_the_loader(folder: Path) -> None:
    """Docker makes one where the source of a mount is missing. It comes back, and the folder can be used."""
    for calls in range(100):
        if not (folder / LOADER).is_dir():
            (folder / LOADER).unlink()
            (folder / LOADER).mkdir()
        if status_after(calls, lambda: deployment.install(folder)) == 0:
            break
        with Place(folder).locked():
            assert (folder / LOADER).is_dir() or version_in(folder) == {b"2"}
        if not (folder / LOADER).is_dir():
            break
    assert calls > 10 and version_in(folder) == {b"2"}
