# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the build ID of a stripped library for Linux a checksum of its own bytes: set_build_id.py LIBRARY SYMBOLS

The linker's is also one of the tables for debuggers. These name folders of the machine. SYMBOLS is the file with these
tables, and gets it too.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

HEADER = b"\4\0\0\0\x14\0\0\0\3\0\0\0GNU\0"  # of the note: sizes of the name and the checksum, kind, name
SIZE = 20


def main() -> int:
    """Write the build ID; 1 if a file has none, or several."""
    files = [Path(argument) for argument in sys.argv[1:]]
    contents = [file.read_bytes() for file in files]
    for file, content in zip(files, contents, strict=True):
        if content.count(HEADER) != 1:
            print(f"{file} has {content.count(HEADER)} build IDs, not one", file=sys.stderr)
            return 1
    build_id = hashlib.sha1(with_build_id(contents[0], bytes(SIZE)), usedforsecurity=False).digest()
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(with_build_id(content, build_id))
    return 0


def with_build_id(content: bytes, build_id: bytes) -> bytes:
    """Return a file's content with another build ID."""
    place = content.index(HEADER) + len(HEADER)
    return content[:place] + build_id + content[place + SIZE :]


if __name__ == "__main__":
    sys.exit(main())
