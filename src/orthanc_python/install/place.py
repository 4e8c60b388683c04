# SPDX-License-Identifier: GPL-3.0-or-later
"""An Orthanc folder that the plugin is installed in: its files are exchanged as one, and the former ones are kept.

Beside the plugin lies the folder .orthanc-python. Orthanc does not look into it:

    staged/    what is about to be installed, complete
    outgoing/  the files that it replaces, while journal.json says that the exchange is not done
    former/    what the last exchange has replaced; links have the targets that hold in the folder itself
    downloads/ files that have arrived in part
    newest.json the highest version that a server was proven to have, and an older one that was asked for
"""

from __future__ import annotations

import errno
import filecmp
import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from orthanc_python.failure import Failure
from orthanc_python.install.records import read_journal
from orthanc_python.libraries.file_names import LOADER, PLUGINS, version_of
from orthanc_python.rights import how_to_write

STATE = ".orthanc-python"
RECORD = "release.json"  # what is installed, if it is from a release
PARTS = (PLUGINS, RECORD, LOADER)  # in the order of their exchange: the plugins before the loader that opens them


class Place:
    """A folder for the plugin. Call what changes it within `with place.locked()`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / STATE
        self.staged = self.state / "staged"
        self.former = self.state / "former"
        self._outgoing = self.state / "outgoing"
        self._journal = self.state / "journal.json"
        self._exchanged = False  # whether an exchange is done since the lock was taken

    def path(self, part: str) -> Path:
        """Where a part is when it is installed."""
        return (self.state if part == RECORD else self.folder) / part

    def kept(self, name: str) -> Path:
        """Return where to read a file of the former version. A kept link leads from where it was installed."""
        part, *rest = Path(name).parts
        link = self.former / part
        return Path(self.folder, link.readlink(), *rest) if link.is_symlink() else self.former / name

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others out, and repair what an interrupted exchange has left. Errors of the file system become failures."""
        self._exchanged = False
        with self._failures():
            make_folder(self.state)
        try:
            with self._failures(), FileLock(self.state / "lock", timeout=0):
                try:
                    self._recover()
                    yield
                finally:
                    remove(self.staged)
                    if [path.name for path in self.state.iterdir()] == ["lock"]:
                        with suppress(OSError):  # Windows: it goes with the lock
                            (self.state / "lock").unlink()
        finally:
            with suppress(OSError):
                self.state.rmdir()

    @property
    def interrupted(self) -> bool:
        """Return whether an exchange is not done. What is installed may be taken back then."""
        return self._journal.exists() or self._outgoing.exists()

    def repair(self) -> None:
        """Bring back what an interrupted exchange has moved, if there was one."""
        if self.interrupted:
            with self.locked():
                pass

    def stage(self) -> Path:
        """An empty folder for what is to be installed, on the file system of what is."""
        remove(self.staged)
        self.staged.mkdir()
        return self.staged

    def exchange(self) -> None:
        """Install what is staged. What was installed is the former version then; when that fails, it stays installed."""
        self._refuse_files_of_others()
        open_to_all(*(path for path in self.staged.rglob("*") if not path.is_symlink()))
        synchronize(self.staged)
        remove(self._outgoing)
        self._outgoing.mkdir()
        had = [part for part in PARTS if os.path.lexists(self.path(part))]
        write(self._journal, json.dumps(had))
        try:
            for part in PARTS:
                self._exchange(part)
            for folder in (self.folder, self.state):
                synchronize_folder(folder)
        except BaseException as error:
            self._undo_after(error, had)
            raise
        try:
            self._journal.unlink()  # not undone when interrupted: without the journal, nothing repairs half an undo
        except OSError as error:
            self._undo_after(error, had)
            raise
        self._exchanged = True
        self._recover()

    def open(self) -> None:
        """Let each account read what is installed. An earlier version may have left it closed."""
        installed = [self.path(part) for part in PARTS]
        open_to_all(*(path for path in (*installed, *self.path(PLUGINS).glob("*")) if path.exists()))

    def clear(self) -> None:
        """Take away what is installed, and all that is kept: first what a later installation would obey."""
        self.stage()
        try:
            self.exchange()
        finally:
            if self._exchanged:  # also if an older former version stays
                remove(self.state / "newest.json")
        shutil.rmtree(self.state / "downloads", ignore_errors=True)
        remove(self.former)

    def _exchange(self, part: str) -> None:
        installed, kept, new = self.path(part), self._outgoing / part, self.staged / part
        if installed.is_dir() or (part == PLUGINS and installed.is_symlink()):
            installed.rename(kept)
        elif installed.is_symlink():
            kept.symlink_to(installed.readlink())
        elif installed.exists():  # is there all the time, for an Orthanc that starts meanwhile
            try:
                os.link(installed, kept)
            except OSError:  # not every file system has links
                shutil.copy2(installed, kept.with_suffix(".part"))
                synchronize_file(kept.with_suffix(".part"))
                kept.with_suffix(".part").rename(kept)
                synchronize_folder(self._outgoing)
        if os.path.lexists(new):
            new.replace(installed)
        elif os.path.lexists(installed):
            installed.unlink()

    def _recover(self) -> None:
        """After an exchange, or what is left of one by a process that ended in the middle."""
        if self._journal.exists():
            self._undo(read_journal(self._journal, PARTS))
        if self._outgoing.is_dir() and any(self._outgoing.iterdir()):
            remove(self.former)
            self._outgoing.rename(self.former)
        remove(self._outgoing)

    def _undo_after(self, error: BaseException, had: list[str]) -> None:
        """Undo an exchange that an error has ended. If that fails too, the first error of the file system is raised."""
        try:
            self._undo(had)
        except OSError as second:
            if isinstance(error, OSError):
                raise error from second
            raise

    def _undo(self, had: list[str]) -> None:
        for part in PARTS:
            installed, kept, new = self.path(part), self._outgoing / part, self.staged / part
            if os.path.lexists(kept):
                if part == PLUGINS or not (kept.is_file() or kept.is_symlink()):  # a folder is renamed to nothing else
                    remove(installed)
                if not same(kept, installed):  # a file that was not replaced yet may be one that cannot be
                    kept.replace(installed)
            elif part not in had and not os.path.lexists(new):
                remove(installed)
        remove(self._outgoing)
        self._journal.unlink(missing_ok=True)

    def _refuse_files_of_others(self) -> None:
        if others := [path for path in self.path(PLUGINS).glob("*") if not version_of(path)]:
            raise Failure(f"{others[0]} is not a file of the plugin: move it elsewhere, so that it is not lost")

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except Timeout:
            raise Failure(f"another orthanc-python is at work in {self.folder}: wait until it has ended") from None
        except OSError as error:
            reason = error.strerror or str(error)
            if error.errno == errno.ENOSPC:  # a second rollback would take back the first one
                reason += ": make room" if self._exchanged else ": make room, and run it again"
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                shutil.rmtree(self.state / "downloads", ignore_errors=True)
            fix = "" if self._exchanged else how_to_write(error, self.folder)
            raise Failure(f"cannot write to {self.folder}: {reason}; {self._result()}{fix and f': {fix}'}") from None

    def _result(self) -> str:
        """Return what an error of the file system has left."""
        if self._exchanged:
            return f"the plugin was {'exchanged' if os.path.lexists(self.path(LOADER)) else 'removed'} before that"
        with suppress(OSError):  # of a folder that is closed to this account
            if self._journal.exists():
                return "the exchange may not be undone yet: run it again, to undo it first"
        return "nothing has been changed"


def copy_folder(folder: Path, target: Path, *, links: bool = False) -> None:
    """Copy a folder's files into another, with `links` its links as such. Unlike shutil.copytree's, an error has its number."""
    target.mkdir(exist_ok=True)
    shutil.copymode(folder, target)
    for path in sorted(folder.rglob("*")):
        new = target / path.relative_to(folder)
        if path.is_dir() and not (links and path.is_symlink()):
            new.mkdir(exist_ok=True)
        else:
            shutil.copy2(path, new, follow_symlinks=not links)


def same(first: Path, second: Path) -> bool:
    """Return whether both are links with the same target, or files with the same content."""
    if first.is_symlink() or second.is_symlink():
        return first.is_symlink() and second.is_symlink() and first.readlink() == second.readlink()
    return first.is_file() and second.is_file() and filecmp.cmp(first, second, shallow=False)


def remove(path: Path) -> None:
    """A file, or a folder with all that is in it, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write(path: Path, text: str) -> None:
    """Atomically: there is the former file, or the new one, but no half of it."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, if they are missing. Each account may enter them, whatever the umask."""
    for path in (*reversed(folder.parents), folder):
        if not path.exists():
            path.mkdir(exist_ok=True)
            open_to_all(path)


def open_to_all(*paths: Path) -> None:
    """Let each account read files, and enter folders."""
    for path in paths:
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = mode | (0o755 if path.is_dir() else 0o444)
        if wanted != mode:
            path.chmod(wanted)


def synchronize(folder: Path) -> None:
    """Write the files of a folder to the disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            synchronize_file(path)
    for path in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        synchronize_folder(path)


def synchronize_file(path: Path) -> None:
    with path.open("r+b" if os.name == "nt" else "rb") as file:  # Windows synchronizes only what may be written
        os.fsync(file.fileno())


def synchronize_folder(folder: Path) -> None:
    """Write the names in a folder to the disk, where its file system can: shared folders of virtual machines cannot."""
    if os.name != "nt":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise
        finally:
            os.close(descriptor)
