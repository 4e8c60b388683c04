# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit trail: a file with one JSON object a line, without values of patients.

Each line has the SHA-256 of the line before. So a line that was changed or deleted is found, but for the last one, and unless
the lines after it were made anew, too:

    python -m dicom_deidentifier.audit FILE
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from datetime import datetime, timezone
from pathlib import Path
from threading import Lock

BEGIN = hashlib.sha256(b"").hexdigest()


class Audit:
    """Appends lines. They are on the disk when `write` returns."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = Lock()
        self._previous = BEGIN
        with file.open("ab+") as trail:  # fails at the start if it cannot be written
            trail.seek(0)
            content = trail.read()
            if content and not content.endswith(b"\n"):  # a crash or a loss of power has cut the last line off
                trail.write(b"\n")
        file.chmod(0o600)
        if lines := content.splitlines():
            self._previous = hashlib.sha256(lines[-1]).hexdigest()

    def write(self, **facts: object) -> None:
        """Add a line.

        Raises:
            OSError: the file cannot be written.
        """
        with self._lock:
            time = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
            line = json.dumps({"time": time, **facts, "previous": self._previous}).encode()
            descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                size = os.fstat(descriptor).st_size
                try:
                    if os.write(descriptor, line + b"\n") != len(line) + 1:
                        raise OSError(f"{self._file}: the disk is full")
                    os.fsync(descriptor)
                except OSError:
                    os.ftruncate(descriptor, size)
                    raise
            finally:
                os.close(descriptor)
            self._previous = hashlib.sha256(line).hexdigest()


def first_fault(file: Path) -> int:
    """Return the number of the first line that does not follow from the one before; 0 if all do."""
    previous = BEGIN
    for number, line in enumerate(file.read_bytes().splitlines(), start=1):
        try:
            follows = json.loads(line)["previous"] == previous
        except (ValueError, KeyError, TypeError):
            follows = False
        if not follows:
            return number
        previous = hashlib.sha256(line).hexdigest()
    return 0


def main() -> None:
    file = Path(sys.argv[1])
    fault = first_fault(file)
    if fault:
        sys.exit(f"{file}:{fault}: the line before was changed or deleted, or this is not a line of an audit trail")
    print(f"{file}: no line was changed or deleted in between")


if __name__ == "__main__":
    main()
