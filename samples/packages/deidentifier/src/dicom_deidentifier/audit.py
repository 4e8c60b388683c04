# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit trail: a file with one JSON object a line, without values of patients.

Each line has the SHA-256 of the line before. So a line that was changed or deleted is found, but for the last one, and unless
the lines after it were made anew, too:

    python -m dicom_deidentifier.audit FILE...

A file that is renamed while Orthanc runs is continued by a new one. Name them in the order of their age.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from threading import Lock

LONGEST_LINE = 1 << 20  # bytes: far more than a line has
BEGIN = hashlib.sha256(b"").hexdigest()


class Audit:
    """Appends lines. They are on the disk when `write` returns."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = Lock()
        self._previous = BEGIN
        with file.open("ab+") as trail:  # fails at the start if it cannot be written
            trail.seek(max(0, trail.seek(0, os.SEEK_END) - LONGEST_LINE))
            end = trail.read()
            if end and not end.endswith(b"\n"):  # a crash or a loss of power has cut the last line off
                trail.write(b"\n")
        file.chmod(0o600)
        if lines := end.splitlines():
            self._previous = hashlib.sha256(lines[-1]).hexdigest()

    def write(self, **facts: object) -> None:
        """Add a line.

        Raises:
            OSError: the file cannot be written.
        """
        with self._lock:
            time = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
            line = json.dumps({"time": time, **facts, "previous": self._previous}).encode()
            binary: int = getattr(os, "O_BINARY", 0)  # else Windows ends lines by \r\n
            descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | binary, 0o600)
            try:
                size = os.fstat(descriptor).st_size
                try:
                    if os.write(descriptor, line + b"\n") != len(line) + 1:
                        raise OSError(f"{self._file}: the disk is full")
                    os.fsync(descriptor)
                    if size == 0:
                        _synchronize_folder(self._file.parent)
                except OSError:
                    os.ftruncate(descriptor, size)
                    raise
            finally:
                os.close(descriptor)
            self._previous = hashlib.sha256(line).hexdigest()


def _synchronize_folder(folder: Path) -> None:
    """Have the name of a new file on the disk, too. Windows does so by itself."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def first_fault(*files: Path) -> tuple[Path, int] | None:
    """Return the first of the faults; None if there is none."""
    return next(faults(*files), None)


def faults(*files: Path) -> Iterator[tuple[Path, int]]:
    """Yield the file and the number of each line that does not follow from the one before.

    A line that a loss of power has cut off is one. The next line follows from it, so that later faults are still found.

    Args:
        files: in the order of their age. Each begins a trail, or continues the file before it.
    """
    previous = BEGIN
    for file in files:
        follows_from = {BEGIN, previous}
        with file.open("rb") as trail:
            for number, line in enumerate(trail, start=1):
                try:
                    follows = json.loads(line)["previous"] in follows_from
                except (ValueError, KeyError, TypeError):
                    follows = False
                if not follows:
                    yield file, number
                previous = hashlib.sha256(line.rstrip(b"\r\n")).hexdigest()
                follows_from = {previous}


def main() -> None:
    files = [Path(name) for name in sys.argv[1:]]
    if not files:
        sys.exit("usage: python -m dicom_deidentifier.audit FILE...")
    found = [
        f"{file}:{number}: the line before was changed or deleted, or this is not a line of an audit trail"
        for file, number in faults(*files)
    ]
    if found:
        sys.exit("\n".join(found))
    print(f"{' '.join(map(str, files))}: no line was changed or deleted in between")


if __name__ == "__main__":
    main()
