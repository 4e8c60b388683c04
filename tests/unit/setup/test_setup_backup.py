# SPDX-License-Identifier: GPL-3.0-or-later
"""`orthanc-python setup --undo` after somebody has changed the folder of plugins."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from orthanc_python.cli import app
from orthanc_python.failure import Denied, Failure
from orthanc_python.install import deployment
from orthanc_python.install.deployment import NothingKept
from orthanc_python.install.place import Place, write
from orthanc_python.libraries.file_names import LOADER, plugin_for
from orthanc_python.releases.sources import sha256
from orthanc_python.setup import backup
from orthanc_python.setup.backup import Backup, PluginChange
from orthanc_python.setup.change import Change

# Enough of an ELF file for x86_64 to be read.
LIBRARY = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\x3e\x00" + bytes(44)
OUR_LOADER = LIBRARY + b"orthanc-python 9.9.9; CPython: the one that it finds;"


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Backup, Path]:
    """Return the backup of a setup that has installed the loader and a plugin beside it, and the loader."""
    loader = tmp_path / "plugins" / LOADER
    beside = plugin_for(loader, "3.13")
    beside.parent.mkdir(parents=True)
    beside.write_bytes(LIBRARY)
    loader.write_bytes(OUR_LOADER)
    (tmp_path / "orthanc.json").write_text("{}")
    made = Backup.create(tmp_path / "orthanc.json", [])
    made.add_plugin(PluginChange(loader, False, sha256(loader), {str(beside): sha256(beside)}))
    return Backup.latest(tmp_path / "orthanc.json"), loader


@pytest.mark.parametrize("other", [LIBRARY + b"another plugin", None], ids=["another plugin", "none"])
def test_loader_that_is_gone(other: bytes | None, kept: tuple[Backup, Path]) -> None:
    """Nobody opens the plugins beside it any more."""
    made, loader = kept
    beside = plugin_for(loader, "3.13")
    if other is None:
        loader.unlink()
    else:
        loader.write_bytes(other)
    assert made.undo()[-1] == f"removed {beside}"
    assert list(loader.parent.iterdir()) == ([loader] if other else [])


@pytest.mark.parametrize("gone", ["loader", "loader and plugins"])
def test_loader_that_is_gone_after_it_has_replaced_another(gone: str, tmp_path: Path) -> None:
    """The former one comes back, as if the loader were there."""
    loader = tmp_path / "plugins" / LOADER
    beside, place = plugin_for(loader, "3.13"), Place(loader.parent)
    former = {LOADER: OUR_LOADER + b"former", beside.relative_to(loader.parent).as_posix(): LIBRARY + b"former"}
    place.former.mkdir(parents=True)
    for files in (former, {name: OUR_LOADER if name == LOADER else LIBRARY for name in former}):
        for name, content in files.items():
            path = (place.former if files is former else place.folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    (tmp_path / "orthanc.json").write_text("{}")
    made = Backup.create(tmp_path / "orthanc.json", [])
    made.add_plugin(PluginChange(loader, True, sha256(loader), {str(beside): sha256(beside)}))
    loader.unlink()
    if gone != "loader":
        shutil.rmtree(beside.parent)
    assert made.undo() == [f"restored the former {loader}"]
    assert {name: (loader.parent / name).read_bytes() for name in former} == former


def test_former_plugin_that_cannot_come_back(kept: tuple[Backup, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The configuration is restored already, so the rest goes on, and the backup is done with."""
    made, loader = kept
    beside = plugin_for(loader, "3.13")
    made.add_plugin(PluginChange(loader, True, sha256(loader), {str(beside): sha256(beside)}))
    Place(loader.parent).former.mkdir(parents=True)
    (Place(loader.parent).former / LOADER).write_bytes(OUR_LOADER + b"former")
    loader.unlink()

    def refuse(folder: Path) -> None:
        raise NothingKept("the former version is damaged")

    monkeypatch.setattr(backup, "roll_back", refuse)
    said = f"did not restore the former {loader}: the former version is damaged"
    assert made.undo() == [said, f"removed {beside}"] and not made.folder.exists()


def test_version_that_is_no_longer_kept(kept: tuple[Backup, Path]) -> None:
    """A later setup has kept another one in its place, such as one whose Orthanc has not started."""
    made, loader = kept
    former = {LOADER: hashlib.sha256(OUR_LOADER + b"former").hexdigest()}
    made.add_plugin(PluginChange(loader, True, sha256(loader), {}, former))
    place = Place(loader.parent)
    place.former.mkdir(parents=True)
    (place.former / LOADER).write_bytes(OUR_LOADER + b"failed")
    assert made.undo() == [f"left {loader}: the version before it is no longer kept"]
    assert loader.read_bytes() == OUR_LOADER and not made.folder.exists()


def test_another_process_at_work(kept: tuple[Backup, Path]) -> None:
    """The setup can be undone later."""
    made, loader = kept
    with Place(loader.parent).locked(), pytest.raises(Failure, match="another orthanc-python is at work"):
        made.undo()
    assert made.exists() and loader.is_file()
    beside = plugin_for(loader, "3.13")
    assert made.undo() == [f"removed {beside}", f"removed {loader}"] and not loader.exists()


def test_nothing_is_kept(kept: tuple[Backup, Path]) -> None:
    """The configuration is restored, and the setup cannot be undone twice."""
    made, loader = kept
    made.add_plugin(PluginChange(loader, True, sha256(loader)))
    assert made.undo() == [f"left {loader}: no former version is kept in {loader.parent}"]
    assert not made.folder.exists()


@pytest.mark.parametrize("other", [False, True], ids=["alone", "beside another"])
def test_undo_by_another_python(other: bool, kept: tuple[Backup, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The next Debian has one, and the environment was made anew by it."""
    made, loader = kept
    beside, own = plugin_for(loader, "3.13"), plugin_for(loader, "3.14")
    monkeypatch.setattr(deployment, "python_version", lambda: "3.14")
    if other:
        own.write_bytes(LIBRARY)
    assert made.undo() == [f"removed {path}" for path in ([beside] if other else [beside, loader])]
    assert own.exists() == loader.exists() == other


def test_own_loader_that_was_replaced_and_is_gone(kept: tuple[Backup, Path]) -> None:
    """Another installation since has kept the setup's own loader. That is not the former one."""
    made, loader = kept
    beside = plugin_for(loader, "3.13")
    made.add_plugin(PluginChange(loader, True, sha256(loader), {str(beside): sha256(beside)}))
    Place(loader.parent).former.mkdir(parents=True)
    loader.rename(Place(loader.parent).former / LOADER)
    assert made.undo() == [f"removed {beside}"] and not loader.exists()


@pytest.mark.parametrize("changed", ["loader", "plugin"])
def test_files_that_were_installed_since(changed: str, kept: tuple[Backup, Path]) -> None:
    """A later loader may open the same plugin, and a later plugin is not the setup's."""
    made, loader = kept
    beside = plugin_for(loader, "3.13")
    if changed == "loader":
        loader.write_bytes(OUR_LOADER + b"later")
    else:
        loader.write_bytes(LIBRARY)
        beside.write_bytes(LIBRARY + b"later")
    assert made.undo() == [f"left {loader} alone: another one was installed since"]
    assert beside.is_file() and loader.is_file()


def test_backup_of_an_earlier_version(kept: tuple[Backup, Path]) -> None:
    """It does not know what was beside the loader."""
    made, loader = kept
    text = (made.folder / backup.RECORD).read_text().replace('"plugins"', '"unknown"')
    (made.folder / backup.RECORD).write_text(text)
    loader.write_bytes(LIBRARY)
    assert Backup.latest(loader.parents[1] / "orthanc.json").undo() == [f"left {loader} alone: another one was installed since"]


@pytest.mark.parametrize("moment", ["copy", "record"])
def test_interrupted_before_any_change(moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No half of a backup stays: --undo would take it for the last one."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    configuration = tmp_path / "orthanc.json"
    configuration.write_text("{}")
    monkeypatch.setattr(*((shutil, "copy2") if moment == "copy" else (os, "fsync")), interrupt)
    with pytest.raises(KeyboardInterrupt):
        Backup.create(configuration, [Change(configuration, "{}", '{"Name": "x"}')])
    assert list(tmp_path.iterdir()) == [configuration]


def test_setup_that_was_killed_before_any_change(kept: tuple[Backup, Path]) -> None:
    """Undo takes the one before it."""
    made, loader = kept
    (made.folder.parent / f"{backup.PREFIX}2").mkdir()
    assert Backup.latest(loader.parents[1] / "orthanc.json").folder == made.folder


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can become another account")
@pytest.mark.parametrize("closed", ["backup", "folder of backups"])
def test_backup_that_is_closed_to_this_account(closed: str) -> None:
    """As without sudo: a backup is there, and sudo is named."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        folder.chmod(0o755)
        (folder / "orthanc.json").write_text("{}")
        made = Backup.create(folder / "orthanc.json", [])
        if closed != "backup":
            made.folder.parent.chmod(0o700)
        os.seteuid(65534)
        try:
            with pytest.raises(Denied, match=r"Permission denied: run this command with sudo$"):
                Backup.latest(folder / "orthanc.json")
        finally:
            os.seteuid(0)
        assert Backup.latest(folder / "orthanc.json").folder == made.folder


def test_interrupted_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(number: int) -> None:
        raise KeyboardInterrupt

    (tmp_path / "x.json").write_text("before")
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "x.json", "after")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


def test_command_that_leaves_all_as_it_is(kept: tuple[Backup, Path]) -> None:
    """Nothing has to be restarted for it."""
    made, loader = kept
    loader.write_bytes(OUR_LOADER + b"later")
    command = ["setup", str(loader.parent.parent / "orthanc.json"), "--undo", "--yes"]
    done = CliRunner().invoke(app, command, catch_exceptions=False)
    assert f"left {loader} alone" in done.stdout.replace("\n", " ") and "Nothing has been changed." in done.stdout
    assert "restart" not in done.stdout and done.exit_code == 0 and not made.exists()


def test_command_that_removes_the_plugin(kept: tuple[Backup, Path]) -> None:
    made, loader = kept
    done = CliRunner().invoke(app, ["setup", str(made.folder.parents[1] / "orthanc.json"), "--undo", "--yes"])
    assert f"removed {loader}" in done.stdout and done.stdout.endswith("Now restart Orthanc\n") and not loader.exists()


def test_file_that_the_setup_has_made_and_that_was_changed_since(tmp_path: Path) -> None:
    """No former file is kept. Without the file, the undo goes on."""
    path, other = tmp_path / "orthanc-python.json", tmp_path / "orthanc.json"
    other.write_text("{}")
    backup = Backup.create(tmp_path, [Change(path, None, "{}"), Change(other, "{}", "{ }")])
    other.write_text("{ }")
    path.write_text('{"Verbose": true}')
    fix = (
        "setup made it: if it has nothing of yours, delete it by hand, and run setup --undo again; "
        "if it has, move that to another file first"
    )
    with pytest.raises(Failure) as raised:
        backup.undo()
    assert str(raised.value) == f"{path} was changed since: {fix}"
    path.unlink()
    assert backup.undo() == [f"restored {other}"]
    other.write_text("{}")
    backup = Backup.create(tmp_path, [Change(other, "{}", "{ }")])
    other.write_text("[]")
    with pytest.raises(Failure, match=f"was changed since: the former file is in {backup.folder}, to be copied by hand"):
        backup.undo()
