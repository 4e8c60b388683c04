# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds and removes an item of a list in a text with comments. Each comment stays, beside the item that it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from orthanc_python.configuration.text import COMMENT

Span = tuple[int, int]
BLANKS = " \t\r\n"


@dataclass(frozen=True)
class Gap:
    """The blanks, the comments and the comma between two items, or between an item and a bracket."""

    text: str
    start: int
    end: int

    @cached_property
    def comments(self) -> list[Span]:
        return [found.span() for found in COMMENT.finditer(self.text, self.start, self.end)]

    def find(self, pattern: str) -> int | None:
        """Return where a pattern begins, outside of the comments; None if it is not there."""
        bare = self.text[: self.end]
        for start, end in self.comments:
            bare = f"{bare[:start]}{'/' * (end - start)}{bare[end:]}"
        found = re.compile(pattern).search(bare, self.start)
        return found.start() if found is not None else None

    @property
    def comma(self) -> int | None:
        return self.find(",")

    @property
    def line_end(self) -> int | None:
        return self.find(r"\r?\n")

    @property
    def on_first_line(self) -> list[Span]:
        """Return the comments on the line of the item before the gap."""
        return [each for each in self.comments if self.line_end is None or each[0] < self.line_end]


def with_item(text: str, item: str, last: Span, end: int, line_end: str) -> str:
    """Return the text with one more item.

    Args:
        last: the last item that is there.
        end: where the bracket is.
    """
    gap = Gap(text, last[1], end)
    line = text[_line_start(text, last[0]) : last[0]]
    indentation = line[: len(line) - len(line.lstrip())]
    blank = f"{line_end}{line}" if line and not line.strip() else " "  # a line for each item, or one for all
    if not gap.on_first_line:
        return _changed(text, [(last[1], last[1], f",{blank}{item}")])
    start, place = gap.on_first_line[-1]
    has_comma = gap.comma is not None and gap.comma < place
    if text.startswith("//", start):
        comma = [] if has_comma else [(last[1], last[1], ",")]
        return _changed(text, [*comma, (place, place, f"{line_end}{indentation}{item}")])
    return _changed(text, [(place, place, f"{'' if has_comma else ','}{blank}{item}")])


def without_item(text: str, items: list[Span], index: int, brackets: Span) -> str:
    """Return the text without an item and its comma.

    Orthanc refuses a comma before a comment at the end of a list, and a list of comments alone.
    An item with a comment of its own becomes a comment, too: alone, its comment would seem to be about another item.
    """
    start, end = items[index]
    before = Gap(text, items[index - 1][1] if index else brackets[0] + 1, start)
    is_last = index + 1 == len(items)
    after = Gap(text, end, brackets[1] if is_last else items[index + 1][0])
    commas = [each for each in (before.comma if is_last else None, after.comma) if each is not None]
    line_start = _line_start(text, start)
    own = [each for each in before.comments if each[0] >= max(line_start, before.comma or 0)]
    own += [
        each
        for each in after.on_first_line
        if is_last or after.line_end is not None or after.comma is None or each[0] < after.comma
    ]
    changes = [(start, end, "")]
    if own and not text[line_start:start].strip() and _fits_line_comment(text, start, after):
        changes = [(start, start, "// ")]
        commas = [each for each in commas if each < start or after.line_end is None or each > after.line_end]  # in the comment
    elif own and "*/" not in text[start:end]:
        changes = [(start, end, f"/* {text[start:end]} */")]
    elif not own:
        changes = [(*_with_blanks(text, (start, end), before, after, is_last=is_last), "")]
    changes += [(each, each + 1, "") for each in commas if not changes[0][0] <= each < changes[0][1]]
    if len(items) == 1 and (before.comments or after.comments):
        changes += [(brackets[0], brackets[0] + 1, "[]"), (brackets[1], brackets[1] + 1, "")]
    return _changed(text, changes)


def _fits_line_comment(text: str, start: int, after: Gap) -> bool:
    end = after.line_end
    return end is not None and "\n" not in text[start:end]


def _with_blanks(text: str, item: Span, before: Gap, after: Gap, *, is_last: bool) -> Span:
    """Return what goes with an item without a comment: its comma, and its line or the blanks beside it."""
    start, end = item
    if after.comma is not None and not text[end : after.comma].strip():
        end = after.comma + 1
    follows = len(text[:end]) + len(text[end:]) - len(text[end:].lstrip(BLANKS))
    ends_line = "\n" in text[end:follows]
    begins_line = not text[_line_start(text, start) : start].strip()
    if not is_last and (begins_line or not ends_line):
        return start, follows
    precedes = len(text[:start].rstrip(BLANKS))
    in_line_comment = any(last == precedes and text.startswith("//", first) for first, last in before.comments)
    if in_line_comment and not ends_line:
        return start, end
    if is_last and before.comma == precedes - 1:
        precedes -= 1
    return precedes, end


def _line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _changed(text: str, changes: list[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text
