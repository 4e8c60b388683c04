# SPDX-License-Identifier: GPL-3.0-or-later
"""A change of one file."""

from __future__ import annotations

import difflib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Change:
    path: Path
    before: str | None  # None if there is no such file
    after: str | None  # None if the file is removed

    def diff(self) -> Iterator[str]:
        """Yield the lines of a unified diff."""
        old, new = (str(self.path) if text is not None else os.devnull for text in (self.before, self.after))
        before, after = ((text or "").splitlines() for text in (self.before, self.after))
        yield from difflib.unified_diff(before, after, fromfile=old, tofile=new, lineterm="")

    def apply(self) -> None:
        """Write the file at once, so that there is no half of it. Its owner and its rights stay."""
        path = self.path.resolve()  # a link stays one
        if self.after is None:
            path.unlink(missing_ok=True)
            return
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(self.after)
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                shutil.copymode(path, name)
                if hasattr(os, "chown"):
                    os.chown(name, path.stat().st_uid, path.stat().st_gid)
            else:
                Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def read(path: Path) -> str | None:
    """Return the text of a file with its line ends, None if there is no such file."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
