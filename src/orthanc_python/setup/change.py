# SPDX-License-Identifier: GPL-3.0-or-later
"""A change of one file."""

from __future__ import annotations

import difflib
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orthanc_python.command import as_root, shell_line
from orthanc_python.failure import Failure
from orthanc_python.install.place import synchronize_folder
from orthanc_python.setup.access_list import copy_access_list
from orthanc_python.setup.attributes import copy_attributes
from orthanc_python.setup.masking import masked


@dataclass(frozen=True)
class Change:
    path: Path
    before: str | None  # None if there is no such file
    after: str | None  # None if the file is removed

    def diff(self) -> Iterator[str]:
        """Yield the changed lines as a unified diff. It hides values that are not the setup's own, such as passwords."""
        old, new = (str(self.path) if text is not None else os.devnull for text in (self.before, self.after))
        before, after = (masked(text or "").splitlines() for text in (self.before, self.after))
        yield from difflib.unified_diff(before, after, fromfile=old, tofile=new, lineterm="", n=0)

    def try_out(self) -> None:
        """Write the file beside its place, and delete it again.

        Raises:
            Failure: it cannot be written with all rights that the present file has.
        """
        self.refuse_immutable()
        if self.after is not None:
            self._write_beside(self.path.resolve(), self.after).unlink()

    def refuse_immutable(self) -> None:
        """Fail for a file that nobody can replace or remove, as after `chattr +i`.

        EPERM alone says so, also to root (open(2)). EACCES does not: a folder's owner may replace a file that another one owns.
        """
        path = self.path.resolve()
        try:
            os.close(os.open(path, os.O_WRONLY))
        except OSError as error:
            if error.errno == errno.EPERM:
                raise Failure(_why_not_replaced(path, error)) from None

    def apply(self) -> None:
        """Write the file at once, so that there is no half of it. Its owner, its rights and its attributes stay."""
        path = self.path.resolve()  # a link stays one
        part = self._write_beside(path, self.after) if self.after is not None else None
        try:
            if part is not None:
                part.replace(path)
            else:
                path.unlink(missing_ok=True)
        except BaseException as error:
            if part is not None:
                part.unlink(missing_ok=True)
            if isinstance(error, OSError) and (why := _why_not_replaced(path, error)):
                raise Failure(why) from None
            raise
        synchronize_folder(path.parent)

    @staticmethod
    def _write_beside(path: Path, text: str) -> Path:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        part = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                if path.exists():
                    copy_access_list(path, part)  # before the text: nobody else may read it meanwhile
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                if hasattr(os, "chown"):
                    os.chown(part, path.stat().st_uid, path.stat().st_gid)
                # The list before the mode: with a list, the bits of the group are its mask. Without, they open the file.
                copy_attributes(path, part)
                shutil.copymode(path, part)
            else:
                part.chmod(0o644)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return part


def _why_not_replaced(path: Path, error: OSError) -> str:
    """Return the cause and the fix if a file cannot be replaced by another one; "" if they are not known."""
    if error.errno == errno.EBUSY:
        return f"{path} is mounted by itself, and cannot be replaced: mount its folder, or change it where it comes from"
    if error.errno not in (errno.EPERM, errno.EACCES):
        return ""
    if os.name == "nt":
        fix = "close the programs that have it open"
    elif sys.platform == "darwin":
        fix = f"see {shell_line(['ls', '-lO', str(path)])}; {as_root(shell_line(['chflags', 'nouchg', str(path)]))} allows it"
    else:
        allow = as_root(shell_line(["chattr", "-ia", str(path)]))
        fix = f"see {shell_line(['lsattr', str(path)])}; if it has the attribute i or a, {allow} allows it"
    return f"{path} cannot be replaced ({error.strerror}): {fix}"


def read(path: Path) -> str | None:
    """Return the text of a file with its line ends, None if there is no such file."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
