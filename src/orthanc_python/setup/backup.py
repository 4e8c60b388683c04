# SPDX-License-Identifier: GPL-3.0-or-later
"""The former files of a configuration, in a folder beside them that Orthanc does not look into."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orthanc_python.failure import Denied, Failure
from orthanc_python.install.deployment import NothingKept, roll_back, uninstall
from orthanc_python.install.locks import locked
from orthanc_python.install.place import STATE, Place, synchronize_file, synchronize_folder, write
from orthanc_python.libraries.file_names import LOADER, version_of
from orthanc_python.libraries.library import Kind, read_library
from orthanc_python.releases.sources import sha256
from orthanc_python.rights import how_to_read
from orthanc_python.setup.access_list import close_folder
from orthanc_python.setup.change import Change, read

RECORD = "undo.json"
LOCK = "setup.lock"
PREFIX = "setup-"
ATTEMPTS = 3  # to make the folder of the lock: another process may remove it at that moment


@dataclass(frozen=True)
class PluginChange:
    """The changes in a folder of plugins."""

    library: Path
    replaced: bool  # whether another version was there; it is kept
    sha256: str
    plugins: dict[str, str] = field(default_factory=dict)  # the paths beside it that were written, each with its checksum
    former: dict[str, str] = field(default_factory=dict)  # what it has replaced, by names in the folder


class Unchanged(str):
    """A line about a file that an undo has left as it is."""

    __slots__ = ()


class Backup:
    """One of the setups that can be undone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._record: dict[str, Any] = {"files": [], "plugin": None}

    @classmethod
    def create(cls, configuration: Path, changes: list[Change]) -> Backup:
        """Keep the files that are about to change. Nothing is left if that fails or is interrupted.

        Raises:
            Failure: a file cannot be changed without a loss of its rights.
        """
        for change in changes:
            change.try_out()
        parent = _parent(configuration)
        parent.mkdir(exist_ok=True)
        last = max(map(_number, _setups(parent)), default=0)
        backup = cls(parent / f"{PREFIX}{last + 1}")
        backup.folder.mkdir(mode=0o700)
        try:
            close_folder(backup.folder)
            for index, change in enumerate(changes):
                kept = f"{index}-{change.path.name}" if change.before is not None else None
                checksum = backup._keep(change.path, kept) if kept is not None else None
                file = {"path": str(change.path), "kept": kept, "sha256": checksum, "after": change.after}
                backup._record["files"].append(file)
            backup._write()
            for folder in (backup.folder, parent, parent.parent):
                synchronize_folder(folder)
        except BaseException:
            backup._remove()
            raise
        return backup

    def _keep(self, path: Path, kept: str) -> str:
        """Copy a file, and return the checksum of the copy. It is on the disk then."""
        shutil.copy2(path, self.folder / kept)
        synchronize_file(self.folder / kept)
        return sha256(self.folder / kept)

    def _remove(self) -> None:
        """Remove the record first: without it, nobody takes what is left for a whole backup."""
        (self.folder / RECORD).unlink(missing_ok=True)
        shutil.rmtree(self.folder)
        with suppress(OSError):
            self.folder.parent.rmdir()

    @classmethod
    def latest(cls, configuration: Path) -> Backup:
        """Return the backup of the last setup.

        Raises:
            Denied: it is closed to this account.
            Failure: there is none.
        """
        parent = _parent(configuration)
        try:
            for folder in sorted(_setups(parent), key=_number, reverse=True):
                # One without a record is of a setup that was killed before it changed anything.
                with suppress(FileNotFoundError, NotADirectoryError):
                    text = (folder / RECORD).read_text(encoding="utf-8")
                    backup = cls(folder)
                    backup._record = json.loads(text)
                    return backup
        except PermissionError as error:
            raise Denied(f"{error.filename}: {error.strerror}: {how_to_read()}") from None
        raise Failure(f"there is no setup to undo: {parent} has no backup of a setup")

    def exists(self) -> bool:
        return (self.folder / RECORD).is_file()

    def forget(self, path: Path) -> None:
        """Leave a file as it is when the setup is undone."""
        self._record["files"] = [each for each in self._record["files"] if each["path"] != str(path)]
        self._write()

    def add_plugin(self, change: PluginChange, *, complete: bool = True) -> None:
        """Record a plugin before it is installed, not complete, and again when it is."""
        self._record["plugin"] = {**vars(change), "library": str(change.library), "complete": complete}
        self._write()

    def changes(self) -> list[Change]:
        """Return what brings the former files back.

        Raises:
            Failure: a file was changed since, and the change would be lost, or a kept copy is not what it was.
        """
        found = []
        for each in self._record["files"]:
            path = Path(each["path"])
            now, former = read(path), self._former(path, each["kept"], each.get("sha256")) if each["kept"] else None
            if now not in (each["after"], former):
                fix = f"the former file is in {self.folder}, to be copied by hand"
                if former is None:
                    fix = (
                        "setup made it: if it has nothing of yours, delete it by hand, and run setup --undo again; "
                        "if it has, move that to another file first"
                    )
                raise Failure(f"{path} was changed since: {fix}")
            if now != former:
                found.append(Change(path, now, former))
        return found

    def _former(self, path: Path, kept: str, checksum: str | None) -> str:
        """Return what a file had before.

        Args:
            checksum: of the copy; None in a record of an earlier version.
        """
        copy = self.folder / kept
        text = read(copy)
        if text is None:
            damage = "missing"
        elif checksum is None:
            damage = "" if text else "empty"  # as after a loss of power
        else:
            damage = "" if sha256(copy) == checksum else "damaged"
        if text is None or damage:
            fix = f"mend {path} by hand, and remove {self.folder}; nothing has been changed"
            raise Failure(f"{copy}, the kept copy of {path}, is {damage}: {fix}")
        return text

    def undo(self) -> list[str]:
        """Bring the former files and the former plugin back. Return lines of what was done, Unchanged where nothing was."""
        changes, done = self.changes(), []
        for change in changes:
            change.try_out()
        for change in changes:
            change.apply()
            done.append(f"{'restored' if change.after is not None else 'removed'} {change.path}")
        done += self._undo_plugin()
        self._remove()
        return done

    def _undo_plugin(self) -> list[str]:
        plugin = self._record["plugin"]
        if plugin is None:
            return []
        if plugin.get("complete", True):
            Place(Path(plugin["library"]).parent).repair()
        elif not _is_installed(plugin):
            return []
        library = Path(plugin["library"])
        if not library.is_file():
            former = Place(library.parent).kept(LOADER)
            if plugin["replaced"] and former.is_file() and sha256(former) != plugin["sha256"]:
                return _restore_or_remove(library, plugin)
            return _remove_plugins(plugin)
        if sha256(library) != plugin["sha256"]:
            # Another loader may open them.
            removed = _remove_plugins(plugin) if read_library(library).kind is not Kind.LOADER else []
            return [Unchanged(f"left {library} alone: another one was installed since"), *removed]
        try:
            if plugin["replaced"]:
                return _restore(library, plugin)
            versions = (version_of(Path(path)) for path in plugin.get("plugins", {}))
            return [f"removed {path}" for path in uninstall(library.parent, next(versions, None))]
        except NothingKept as failure:  # the configuration is restored already
            return [Unchanged(f"left {library}: {failure}")]

    def _write(self) -> None:
        write(self.folder / RECORD, json.dumps(self._record, indent=1))


@contextmanager
def kept_from_others(configuration: Path) -> Iterator[None]:
    """Hold the lock of a configuration: two setups at a time would undo each other's changes.

    Raises:
        Failure: another process changes it.
    """
    parent = _parent(configuration)
    with ExitStack() as stack:
        stack.callback(_remove_if_empty, parent)
        for attempt in range(ATTEMPTS):
            try:
                parent.mkdir(exist_ok=True)
                stack.enter_context(locked(parent / LOCK, f"is changing {configuration}"))
                break
            except (FileExistsError, FileNotFoundError):
                if attempt == ATTEMPTS - 1:
                    raise
        yield


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):  # it keeps a backup
        folder.rmdir()


def _restore(library: Path, plugin: dict[str, Any]) -> list[str]:
    """Restore the plugin that a setup has replaced.

    Raises:
        NothingKept: another one is kept, or none, or a damaged one.
    """
    place = Place(library.parent)
    if not all(_has(place.kept(name), checksum) for name, checksum in plugin.get("former", {}).items()):
        raise NothingKept("the version before it is no longer kept")
    roll_back(library.parent)
    return [f"restored the former {library}"]


def _restore_or_remove(library: Path, plugin: dict[str, Any]) -> list[str]:
    """Restore the former plugin in the place of a loader that is gone. If that fails, remove what the setup has installed."""
    try:
        return _restore(library, plugin)
    except NothingKept as failure:
        return [Unchanged(f"did not restore the former {library}: {failure}"), *_remove_plugins(plugin)]


def _remove_plugins(plugin: dict[str, Any]) -> list[str]:
    """Remove the plugins of a loader that is gone, if they are those of the setup. Return what was done."""
    paths = [Path(path) for path, checksum in plugin.get("plugins", {}).items() if _has(Path(path), checksum)]
    for path in paths:
        path.unlink()
        with suppress(OSError):
            path.parent.rmdir()
    return [f"removed {path}" for path in paths]


def _is_installed(plugin: dict[str, Any]) -> bool:
    """Return whether a setup that was killed had installed its plugin already. Without it, nothing of it stays."""
    with suppress(Failure):
        Place(Path(plugin["library"]).parent).repair()
    return all(
        _has(Path(path), checksum) for path, checksum in {plugin["library"]: plugin["sha256"], **plugin["plugins"]}.items()
    )


def _has(path: Path, checksum: str) -> bool:
    return path.is_file() and sha256(path) == checksum


def _parent(configuration: Path) -> Path:
    return (configuration if configuration.is_dir() else configuration.parent) / STATE


def _setups(parent: Path) -> list[Path]:
    """Return the folders of setups. glob() would take a folder that this account may not list for an empty one."""
    try:
        return [path for path in parent.iterdir() if path.name.startswith(PREFIX)]
    except FileNotFoundError:
        return []


def _number(path: Path) -> int:
    text = path.name.removeprefix(PREFIX)
    return int(text) if text.isdigit() else 0
