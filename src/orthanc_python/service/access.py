# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the account of a service can read a file: by owner, group, mode and access control list of it and of the folders."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from orthanc_python.command import as_root, own_command
from orthanc_python.failure import Failure
from orthanc_python.interpreters.asking import Interpreter
from orthanc_python.rights import is_home
from orthanc_python.service.access_list import NotUnderstood, has_list, read_list

SERVICE = "orthanc"  # the account that the packages of Linux distributions make
INTERPRETER = ("Python", "libpython")  # may lie outside of the environment
ENVIRONMENT = ("the environment", "the virtual environment")
MOST_LINKS = 40  # on the way to a file: beyond them Linux takes them for a loop


class Account:
    """An account of this machine. A list that is not understood, as of a network share, is taken to let it in."""

    def __init__(self, name: str) -> None:
        try:
            import grp
            import pwd
        except ImportError:
            raise Failure("--user: accounts can only be checked on Linux and macOS") from None
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            raise Failure(f"--user {name}: there is no such account on this machine") from None
        self.name = name
        self.uid = entry.pw_uid
        self.home = Path(entry.pw_dir)
        self.groups = {entry.pw_gid, *(group.gr_gid for group in grp.getgrall() if name in group.gr_mem)}

    def obstacle(self, path: Path) -> Path | None:
        """The file, or the first folder above it, that the account may not read or enter; None if nothing is in the way.

        Every link on the way counts with its folders: an interpreter of an environment is one, and leads to others.
        """
        resolved = path.resolve()
        if (closed := self.closed_folder(path)) is not None:
            return closed
        wanted = stat.S_IRUSR | (stat.S_IXUSR if resolved.is_dir() else 0)
        return None if self._may(resolved, wanted) else resolved

    def closed_folder(self, path: Path) -> Path | None:
        """The first folder above a path that is there, and that the account may not enter. The path may be missing."""
        folders = (folder for folder in entered_folders(path) if folder.exists())
        return next((folder for folder in folders if not self._may(folder, stat.S_IXUSR)), None)

    def _may(self, path: Path, wanted: int) -> bool:
        if self.uid == 0:
            return True
        status = path.stat()
        try:
            found = read_list(path)
        except NotUnderstood:
            return True
        if found is not None:
            return found.allows(wanted >> 6, self.uid, self.groups, status.st_uid, status.st_gid)
        if status.st_uid != self.uid:  # the bits of the group, or of all others, are further right
            wanted >>= 3 if status.st_gid in self.groups else 6
        return status.st_mode & wanted == wanted


def entered_folders(path: Path) -> list[Path]:
    """The folders, none of them a link, that the system enters on the way to a file, through all links (path_resolution(7))."""
    folder, rest = Path(path.anchor or "/"), list(reversed(path.absolute().parts[1:]))
    entered: dict[Path, None] = {folder: None}
    links = 0
    while rest and links < MOST_LINKS:
        part = rest.pop()
        following = folder.parent if part == ".." else folder / part
        if following.is_symlink():
            links += 1
            target = following.readlink()
            folder = Path(target.anchor) if target.is_absolute() else folder
            rest.extend(reversed(target.parts[1:] if target.is_absolute() else target.parts))
        elif rest:
            folder = following
            entered[folder] = None
    return list(entered)


@dataclass(frozen=True)
class Unreadable:
    """A file that an account cannot read."""

    account: str
    what: str
    path: Path
    obstacle: Path  # the file itself, or a folder above it

    @property
    def text(self) -> str:
        where = "" if self.obstacle == self.path.resolve() else f", because of {self.obstacle}"
        return f"the account {self.account} cannot read {self.what}, {self.path}{where}"

    @property
    def fix(self) -> str:
        if has_list(self.obstacle):
            right = "rX" if self.obstacle == self.path.resolve() else "x"
            return f"setfacl -m u:{self.account}:{right} {self.obstacle}"
        if self.obstacle == self.path.resolve():
            return f"chmod a+rX {self.obstacle}"
        return self._move if is_home(self.obstacle) else f"{self._move}, or: chmod a+x {self.obstacle}"

    @property
    def _move(self) -> str:
        if self.what in INTERPRETER:  # often that of uv, pyenv or conda, and an environment only leads to it
            python = "a Python outside of home folders, such as /usr/bin/python3"
            return f"make an environment of {python}, in a folder such as /opt, and use that"
        if self.what in ENVIRONMENT:  # its files have its path
            return "make an environment in a folder such as /opt, and use that"
        if self.what.startswith("the plugin"):  # a loader, and the plugins beside it
            command = f"{as_root('mkdir -p /opt/NAME')} && {own_command('install', '--to', '/opt/NAME', sudo=True)}"
            return f'install it into a folder such as /opt/NAME, and name that in "Plugins": {command}'
        return "move it to a folder such as /opt"


def unreadable(account: Account, wanted: Iterable[tuple[str, Path]]) -> Iterator[Unreadable]:
    """Yield the named files that an account cannot read. Other checks find missing files."""
    for what, path in wanted:
        if path.exists() and (obstacle := account.obstacle(path)):
            yield Unreadable(account.name, what, path, obstacle)


def environment_files(interpreter: Interpreter) -> list[tuple[str, Path]]:
    """Return what an account has to read to run an interpreter."""
    files = [("Python", interpreter.executable)]
    around = interpreter.executable.parent.parent
    if (around / "pyvenv.cfg").is_file():
        files.append(("the environment", around))
    return files + ([("libpython", Path(interpreter.library))] if interpreter.library else [])
