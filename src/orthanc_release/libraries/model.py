# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts of one library, and code shared by the readers of all formats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

MOST_NAMES, MOST_CHARACTERS = 5, 120  # in an error


@dataclass
class Library:
    """One library, or one of the libraries in a universal one."""

    system: str
    processor: str
    exports: set[str]
    dependencies: set[str]
    minimum: tuple[int, ...]  # the oldest glibc, Windows or macOS
    weaknesses: set[str] = field(default_factory=set)  # what hardening it lacks, as far as it shows from the outside
    faults: list[str] = field(default_factory=list)  # what no linker writes, each as a predicate: "has 3 bytes after its end"
    run_paths: set[str] = field(default_factory=set)
    own_name: str = ""  # SONAME, the name in the list of exports, or install name
    comments: str = ""  # Linux: the compilers, as they wrote it
    version_resource: dict[str, str] = field(default_factory=dict)  # Windows
    signed: bool = False  # macOS: has a signature, if only an ad-hoc one
    identity: str = ""  # by which debuggers find its symbols, as symbols/symbol_files.py writes it; "" if it has none


def problems_of_size(size: int, end: int) -> Iterator[str]:
    """Yield what is wrong if a file ends elsewhere than its headers say."""
    if size < end:
        yield f"is cut short: {end - size} bytes are missing at its end"
    if size > end:
        yield f"has {size - end} bytes after its end"


def hidden_bytes(content: bytes, parts: Iterable[tuple[int, int]]) -> int:
    """Return how many bytes besides zeros lie between the parts of a file. A part is an offset and a size."""
    found = end = 0
    for offset, size in sorted(parts):
        if offset > end:
            gap = content[end:offset]
            found += len(gap) - gap.count(0)
        end = max(end, offset + size)
    return found


def some_of(names: Iterable[str], sort: bool = True) -> str:
    """Return the first names of a list, for an error. Files can have any number of names, of any length and characters."""
    found = sorted(names) if sort else list(names)
    more = f" and {len(found) - MOST_NAMES} more" if len(found) > MOST_NAMES else ""
    return ", ".join(map(short, found[:MOST_NAMES])) + more


def short(text: str) -> str:
    """Return a text of a file for an error: not too long, and without characters that a terminal obeys."""
    shown = text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}..."
    return shown if shown.isprintable() else ascii(shown)
