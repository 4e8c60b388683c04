# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of a configuration's text that leave comments, order and line ends as they are."""

from __future__ import annotations

import json
from typing import Any

from orthanc_python.configuration.members import DECODER, Member, last, members_of
from orthanc_python.configuration.text import blanked, with_placeholders
from orthanc_python.failure import Failure
from orthanc_python.setup.list_items import with_item, without_item


class Text:
    """The text of a file, changed step by step."""

    def __init__(self, text: str) -> None:
        self.text = text

    def set(self, keys: tuple[str, ...], value: Any) -> None:
        """Give a key of an object, or of a section in it, a value. What is missing is added as the first member."""
        *sections, key = keys
        members, start = self._members(), self._plain().index("{")
        for section in sections:
            found = last(members, section)
            if found is None:
                self.set(tuple(sections), {key: value})
                return
            if self.text[found.value] != "{":
                raise Failure(f'"{section}" is not a section: write "{section}": {{...}} first')
            members, start = found.members, found.value
        found = last(members, key)
        if found is not None:
            self._replace(found.value, found.end, json.dumps(value))
        else:
            self._insert_first(start, key, value, empty=not members)

    def append(self, key: str, item: str) -> None:
        """Add an item at the end of a list. Make the list if it is missing."""
        found = last(self._members(), key)
        if found is None:
            self.set((key,), [item])
            return
        items = self._items(found)
        if not items:
            self._replace(found.value + 1, found.value + 1, json.dumps(item))
            return
        self.text = with_item(self.text, json.dumps(item), items[-1], found.end - 1, self._line_end)

    def replace_item(self, key: str, index: int, item: str) -> None:
        """Change an item of a list that is there."""
        found = last(self._members(), key)
        assert found is not None
        self._replace(*self._items(found)[index], json.dumps(item))

    def remove_item(self, key: str, index: int) -> None:
        """Take an item out of a list that is there, with one comma. The comments stay."""
        found = last(self._members(), key)
        assert found is not None
        self.text = without_item(self.text, self._items(found), index, (found.value, found.end - 1))

    @property
    def _line_end(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"

    def _plain(self) -> str:
        return with_placeholders(blanked(self.text))

    def _members(self) -> tuple[Member, ...]:
        try:
            return members_of(self._plain())
        except ValueError as error:
            raise Failure(f"the configuration has a form that this command cannot change: {error}") from None

    def _items(self, member: Member) -> list[tuple[int, int]]:
        """Return where the items of a list begin and end."""
        plain = self._plain()
        if plain[member.value] != "[":
            raise Failure(f'"{member.key}" is not a list: write "{member.key}": [...] first')
        found: list[tuple[int, int]] = []
        index = member.value + 1
        while True:
            while plain[index] in " \t\r\n,":
                index += 1
            if plain[index] == "]":
                return found
            start, index = index, DECODER.raw_decode(plain, index)[1]
            found.append((start, index))

    def _insert_first(self, start: int, key: str, value: Any, *, empty: bool) -> None:
        line = self.text[self.text.rfind("\n", 0, start) + 1 : start]
        indentation = line[: len(line) - len(line.lstrip())] + "  "
        text = json.dumps({key: value}, indent=2)[1:-1].strip().replace("\n  ", f"{self._line_end}{indentation}")
        end = self._line_end + indentation[:-2] if empty else ","
        self._replace(start + 1, start + 1, f"{self._line_end}{indentation}{text}{end}")

    def _replace(self, start: int, end: int, text: str) -> None:
        self.text = self.text[:start] + text + self.text[end:]


def new_text(values: dict[str, Any]) -> str:
    """Return the text of a new file."""
    return json.dumps(values, indent=2) + "\n"
