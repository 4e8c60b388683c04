# SPDX-License-Identifier: GPL-3.0-or-later
"""The closed list of what an SDK header becomes in Python: every signature, and what the GIL does meanwhile.

`nox -s signatures` writes the lists anew. Review their difference.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent / "signatures"
ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "src")]

from orthanc_sdk.binding.arguments import ArgumentShape, Use  # noqa: E402
from orthanc_sdk.binding.exceptions import NEEDS_OF_DATABASE  # noqa: E402
from orthanc_sdk.binding.rules import Binding, Kind, Library, bind  # noqa: E402
from orthanc_sdk.header.parser import parse_header  # noqa: E402
from orthanc_sdk.names import member_name, short_name  # noqa: E402
from orthanc_sdk.output.cpp import cpp_function  # noqa: E402
from orthanc_sdk.output.stub import stub_signature  # noqa: E402

# How each call of src/plugin treats the GIL.
CALLS = {
    "call": "released",
    "call_unchecked": "released",
    "try_call": "released",
    "try_call_http": "released",
    "try_call_quick": "kept",
    "call_quick": "kept",
    "call_with_data": "kept for little data",
}


def gil(binding: Binding) -> str:
    """Return what becomes of the GIL during a call, as the generated C++ has it; C++ written by hand is not looked at."""
    if binding.kind is not Kind.GENERATED:
        return "see C++"
    body = "\n".join(cpp_function(binding).body)
    (found,) = re.findall(rf"\b({'|'.join(CALLS)})\(", body)
    return CALLS[found]


def texts(binding: Binding) -> str:
    """Return the arguments whose control characters are not refused, each with what becomes of them."""
    shapes = (ArgumentShape.TEXT, ArgumentShape.OPTIONAL_TEXT, ArgumentShape.MAPPING)
    arguments = [each for each in (binding.primitive.arguments if binding.primitive else ()) if each.shape in shapes]
    return ", ".join(f"{each.name} {each.use.name.lower()}" for each in arguments if each.use is not Use.LINE)


def needs(binding: Binding) -> str:
    """Return the features of Orthanc's database that a function needs."""
    return NEEDS_OF_DATABASE.get(short_name(binding.function.name), "") if binding.function else ""


def signature(binding: Binding) -> str:
    """Return a signature in one line."""
    text = re.sub(r"\s+", " ", stub_signature(binding))
    return binding.python + text.replace("( ", "(").replace(", )", ")")


def lines(library: Library) -> Iterator[str]:
    """Yield the lines of a library's list."""
    bound = sorted((binding for binding in library.bindings if binding.bound), key=lambda each: each.python)
    yield "# signature | since | GIL | texts | what it needs of the database"
    for binding in bound:
        columns = (signature(binding), binding.since or "the first", gil(binding), texts(binding), needs(binding))
        yield " | ".join(columns).rstrip(" |")
    for kind in (Kind.AUTOMATIC, Kind.NOT_FOR_SCRIPTS):
        yield f"\n# {kind.value}"
        yield from sorted(binding.name for binding in library.bindings if binding.kind is kind)
    yield "\n# enumerations"
    for each in sorted(library.header.enumerations, key=lambda each: each.name):
        yield f"{short_name(each.name)}: {' '.join(member_name(each.name, member.name) for member in each.members)}"


def text(library: Library) -> str:
    """Return the whole list of a library."""
    return "\n".join(lines(library)) + "\n"


def file_of(library: Library) -> Path:
    """Return the file of the list of this SDK version."""
    return FOLDER / f"{library.header.version}.txt"


def main() -> None:
    """Write the list of each header at hand."""
    from tests.unit.sdk_headers import header_paths

    for path in header_paths():
        library = bind(parse_header(path))
        file_of(library).write_text(text(library), encoding="utf-8")
        print(file_of(library).relative_to(ROOT))


if __name__ == "__main__":
    main()
