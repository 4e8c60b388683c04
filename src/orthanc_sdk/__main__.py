# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m orthanc_sdk --header OrthancCPlugin.h --output DIRECTORY"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from orthanc_sdk.binding.rules import bind
from orthanc_sdk.errors import ReaderError
from orthanc_sdk.header.parser import parse_header
from orthanc_sdk.output.examples import read_examples
from orthanc_sdk.output.reference import render_reference
from orthanc_sdk.output.render import render


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the generated files, and touch `stamp`. Return the exit status: 1 after an error, printed on stderr."""
    parser = argparse.ArgumentParser(prog="orthanc_sdk", description=__doc__)
    parser.add_argument("--header", type=Path, required=True, help="the SDK's OrthancCPlugin.h")
    parser.add_argument("--output", type=Path, required=True, help="the directory to write to")
    parser.add_argument("--reference", action="store_true", help="write the pages of the API reference instead")
    parser.add_argument("--examples", type=Path, help="with --reference: the folder of examples")
    options = parser.parse_args(arguments)
    try:
        examples = read_examples(options.examples) if options.examples else ()
        library = bind(parse_header(options.header))
        files = render_reference(library, examples) if options.reference else render(library)
        options.output.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            _write(options.output / name, content)
        (options.output / "stamp").touch()
    except (ReaderError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _write(path: Path, content: str) -> None:
    """Write a file unless it has that content already, so that nothing is compiled again without need."""
    data = content.encode()
    if not path.is_file() or path.read_bytes() != data:
        path.write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
