# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the build ID of a stripped library for Linux a checksum of its own bytes: set_build_id.py LIBRARY SYMBOLS

The linker's is also one of the tables for debuggers. These name folders of the machine. SYMBOLS is the file with these
tables, and gets it too. It is as long as the linker's: 20 bytes, or 8 or 16 with options such as --build-id=md5.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

# The note: sizes of the name and the checksum, kind, name, as processors of either byte order write them; the checksum.
NOTE = re.compile(
    rb"(?:\x04\0\0\0(?P<little>[\x08\x10\x14])\0\0\0\x03\0\0\0|\0\0\0\x04\0\0\0(?P<big>[\x08\x10\x14])\0\0\0\x03)GNU\0"
)
FIX = "Link with -Wl,--build-id=sha1 (-fuse-ld=bfd and lld know it), or build with -DSYMBOL_FILES=OFF"


def main() -> int:
    """Write the build ID; 1 if a file has none, or several."""
    files = [Path(argument) for argument in sys.argv[1:]]
    contents = [file.read_bytes() for file in files]
    for file, content in zip(files, contents, strict=True):
        if (count := len(NOTE.findall(content))) != 1:
            found = f"{count} build IDs, not one" if count else "no build ID"
            print(f"SYMBOL_FILES: {file} has {found}, by which debuggers find its symbols. {FIX}", file=sys.stderr)
            return 1
    build_id = hashlib.sha1(with_build_id(contents[0], bytes(20)), usedforsecurity=False).digest()
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(with_build_id(content, build_id))
    return 0


def with_build_id(content: bytes, build_id: bytes) -> bytes:
    """Return a file's content with another build ID, cut to the length of the former one."""
    note = NOTE.search(content)
    assert note is not None
    size = (note["little"] or note["big"])[0]
    return content[: note.end()] + build_id[:size] + content[note.end() + size :]


if __name__ == "__main__":
    sys.exit(main())
