# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment that scripts run in: one that the service's account can read."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from orthanc_python.command import as_root, own_command
from orthanc_python.failure import Failure
from orthanc_python.install.deployment import environment_setting
from orthanc_python.install.locks import locked
from orthanc_python.install.place import make_folder
from orthanc_python.interpreters.asking import ask, in_environment
from orthanc_python.libraries.installation import how_to_install, python_version
from orthanc_python.rights import pip_of
from orthanc_python.server.processes import run_in_group
from orthanc_python.service.access import Account, environment_files
from orthanc_python.service.account import refuse_environment, refuse_unreadable

UNFINISHED = ".orthanc-python-unfinished"  # in an environment, while it is made
LOCK = ".orthanc-python-lock"  # ends the name of a file, while it is made
ELSEWHERE = "/opt/NAME"
ROOM = 30_000_000  # bytes that an environment with pip has


@dataclass(frozen=True)
class Environment:
    setting: dict[str, str]  # of the section "Python"
    made_by: Path | None = None  # the interpreter that makes it; None if it is there

    def make(self) -> None:
        """Make a virtual environment. If that fails or is interrupted, nothing is left: half of one would pass for it later.

        A file marks it until it is complete, for the case that this process is killed or the machine loses its power.
        """
        if self.made_by is None:
            return
        folder = Path(self.setting["VirtualEnv"]).resolve()  # of a link, the folder that it leads to
        _refuse_files_of_others(folder)
        made = [each for each in folder.parents if not each.exists()]
        try:
            if folder.parent.is_file():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            make_folder(folder.parent)
            with locked(_lock_of(folder), f"is making the environment {folder}"):
                if not _is_complete(folder):  # another one may have made it meanwhile
                    self._make_in(folder, self.made_by)
        except BaseException as error:
            for each in made:
                with suppress(OSError):
                    each.rmdir()
            if isinstance(error, OSError):
                text = f"cannot make the environment {folder}: {error.strerror}"
                raise Failure(f"{text}: name another folder by --environment") from None
            raise

    def _make_in(self, folder: Path, python: Path) -> None:
        is_new = not folder.exists()
        try:
            _clear(folder)
            make_folder(folder)
            (folder / UNFINISHED).touch()
            self._run_venv(python, Path(self.setting["VirtualEnv"]))
            (folder / UNFINISHED).unlink()
        except BaseException:
            _clear(folder)
            if is_new:
                with suppress(OSError):
                    folder.rmdir()
            raise

    @staticmethod
    def _run_venv(python: Path, folder: Path) -> None:
        command = [str(python), "-Im", "venv", str(folder)]  # -I: no module of the present folder, open to everyone perhaps
        # venv kills its ensurepip at Ctrl-C, whose temporary folder would stay.
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
            status, said = run_in_group(command, os.environ | {"TMPDIR": temporary})
        if status != 0:
            lines = said.strip().splitlines()
            advice = lines[-1] if lines else f"it ended with status {status}"
            if "ensurepip is not available" in said:
                advice = as_root("apt-get install python3-venv")
            elif shutil.disk_usage(folder if folder.exists() else folder.parent).free < ROOM:
                advice = "the disk is full: make room, or name another folder by --environment"
            raise Failure(f"{' '.join(command)} fails: {advice}")


def _lock_of(folder: Path) -> Path:
    """Return the file of the lock: beside the folder, or in an empty one whose parent this account cannot write to."""
    parent = folder.parent if os.access(folder.parent, os.W_OK) or not folder.is_dir() else folder
    return parent / f".{folder.name}{LOCK}"


def _files(folder: Path) -> list[Path]:
    """Return what is in a folder, apart from the lock."""
    return [each for each in folder.iterdir() if not each.name.endswith(LOCK)]


def _is_complete(folder: Path) -> bool:
    return in_environment(folder) is not None and not (folder / UNFINISHED).exists()


def _clear(folder: Path) -> None:
    """Delete the files of an environment that is not complete. The mark goes last, and stays if another file does."""
    mark = folder / UNFINISHED
    if not mark.exists():
        return
    for each in _files(folder):
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
        elif each != mark:
            each.unlink()
    if _files(folder) == [mark]:
        mark.unlink()


def _refuse_files_of_others(folder: Path) -> None:
    """Fail for a folder with files, unless they are those of an environment, complete or not."""
    if folder.is_dir() and not _is_complete(folder) and not (folder / UNFINISHED).exists() and _files(folder):
        text = "is not a virtual environment, and has other files"
        raise Failure(f"{folder} {text}: name a new or an empty folder by --environment")


def _refuse_closed_folder(folder: Path, account: Account | None) -> None:
    """Fail if an account could not read the environment that is to be made in a folder."""
    if account is not None and (closed := account.closed_folder(folder / "pyvenv.cfg")):
        text = f"the account {account.name} could not read an environment in {folder}, because of {closed}"
        raise Failure(f"{text}: name a folder such as {ELSEWHERE} by --environment")


def find_environment(folder: Path | None, account: Account | None) -> Environment:
    """Return the environment in a folder that may be missing yet. Without a folder, return that of this command.

    Raises:
        Failure: the account cannot read it, or it is of a Python that this command has no plugin for.
    """
    if folder is None:
        refuse_environment(account)
        return Environment(environment_setting())
    folder = folder.absolute()
    inside = in_environment(folder) if _is_complete(folder) else None
    if inside is None:
        _refuse_files_of_others(folder)
        _refuse_closed_folder(folder, account)
        return Environment({"VirtualEnv": str(folder)}, _base(account))
    found = ask(inside)
    if found is None:
        raise Failure(f"{inside} is not a Python that can be run: name another folder by --environment")
    if found.version != python_version():
        text = f"{folder} has Python {found.version}, and the plugin of this command is for {python_version()}"
        raise Failure(f"{text}: {how_to_install(pip_of(inside))}, and run the setup of that environment")
    refuse_unreadable(account, environment_files(found), advice=f"name a folder such as {ELSEWHERE} by --environment")
    return Environment({"VirtualEnv": str(folder)})


def _base(account: Account | None) -> Path:
    """Return the interpreter that this environment is made of, if the account can read it."""
    base = Path(getattr(sys, "_base_executable", sys.executable))
    found = ask(base)
    if found is None or not found.library:
        raise Failure(f"{base} cannot be embedded, as it has no shared libpython: {found.how_to_get_library if found else ''}")
    again = own_command("setup", sudo=True)
    advice = f"install this package with the system's own Python (/usr/bin/python3 -m venv DIR), and run its command: {again}"
    refuse_unreadable(account, environment_files(found), advice=advice)
    return base
