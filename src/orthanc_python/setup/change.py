# SPDX-License-Identifier: GPL-3.0-or-later
"""A change of one file."""

from __future__ import annotations

import difflib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

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
        if self.after is not None:
            self._write_beside(self.path.resolve(), self.after).unlink()

    def apply(self) -> None:
        """Write the file at once, so that there is no half of it. Its owner, its rights and its attributes stay."""
        path = self.path.resolve()  # a link stays one
        if self.after is None:
            path.unlink(missing_ok=True)
        else:
            part = self._write_beside(path, self.after)
            try:
                part.replace(path)
            except BaseException as error:
                part.unlink(missing_ok=True)
                if isinstance(error, OSError) and error.errno == errno.EBUSY:
                    fix = "mount its folder, or change it where it comes from"
                    raise Failure(f"{path} is mounted by itself, and cannot be replaced: {fix}") from None
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


def read(path: Path) -> str | None:
    """Return the text of a file with its line ends, None if there is no such file."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
