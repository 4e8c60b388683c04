# SPDX-License-Identifier: GPL-3.0-or-later
r"""Writes a text-based stub (.tbd) of macOS' libpython, to link a plugin to on any system.

The names are those of a libpython of the same version for Linux, or of a text file with one name a line. Those that
macOS' has not are never used:

    python macos/python_stub.py --names-of libpython3.13.so.1.0 --version 3.13 build/libpython3.13.tbd

By default its install name is @rpath/libpython3.13.dylib; python.org's framework has another, see --install-name. Needs LIEF.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import lief

STUB = """--- !tapi-tbd
tbd-version: 4
targets: [ x86_64-macos, arm64-macos ]
install-name: '{install_name}'
current-version: {version}
compatibility-version: {version}
exports:
  - targets: [ x86_64-macos, arm64-macos ]
    symbols: [ {symbols} ]
...
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 1 with a message on standard error when the library has no names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--names-of",
        type=Path,
        required=True,
        metavar="LIBRARY",
        help="a shared libpython for Linux, or a text file of its names",
    )
    parser.add_argument("--version", required=True, help="such as 3.13 or 3.14t")
    parser.add_argument("--install-name", help="such as /Library/Frameworks/Python.framework/Versions/3.13/Python")
    parser.add_argument("output", type=Path)
    options = parser.parse_args(arguments)
    binary = lief.ELF.parse(str(options.names_of))
    if binary is not None:
        symbols = sorted({str(symbol.name) for symbol in binary.exported_symbols})
    else:
        symbols = sorted(set(options.names_of.read_text(encoding="utf-8", errors="replace").split()))
    if not symbols or not all(re.fullmatch(r"[A-Za-z_]\w*", name) for name in symbols):
        print(
            f"python_stub: {options.names_of} is not a shared library that exports names, and not a list of names",
            file=sys.stderr,
        )
        return 1
    install_name = options.install_name or f"@rpath/libpython{options.version}.dylib"
    names = ", ".join(f"_{name}" for name in symbols)
    version = options.version.rstrip("t")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(STUB.format(install_name=install_name, version=version, symbols=names), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
