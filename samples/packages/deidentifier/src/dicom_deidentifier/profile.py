# SPDX-License-Identifier: GPL-3.0-or-later
"""The Basic Application Confidentiality Profile: what DICOM PS3.15, table E.1-1, says of each attribute."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from dicomanonymizer.dicomfields_selector import dicom_anonymization_database_selector
from pydicom.datadict import tag_for_keyword
from pydicom.tag import BaseTag

EDITION = "2026c"


class Action(Enum):
    REMOVE = "X"
    EMPTY = "Z"
    DUMMY = "D"
    UID = "U"
    UID_OR_ITEMS = "X/Z/U*"  # a UID, or a sequence with UIDs


# The table leaves a choice by the attribute's type in the object. Empty and dummy values fit each of the types that it names.
ACTIONS = {
    "X_TAGS": Action.REMOVE,
    "Z_TAGS": Action.EMPTY,
    "X_Z_TAGS": Action.EMPTY,
    "D_TAGS": Action.DUMMY,
    "Z_D_TAGS": Action.DUMMY,
    "X_D_TAGS": Action.DUMMY,
    "X_Z_D_TAGS": Action.DUMMY,
    "U_TAGS": Action.UID,
    "X_Z_U_STAR_TAGS": Action.UID_OR_ITEMS,
}


class Profile:
    """The action for each attribute.

    Args:
        keep: keywords of attributes that stay as they are.
    """

    def __init__(self, keep: Iterable[str] = ()) -> None:
        self.keep = tuple(sorted(set(keep)))
        kept = {tag_for_keyword(keyword) for keyword in self.keep}
        self._actions: dict[int, Action] = {}
        self._groups: list[tuple[int, int, Action]] = []  # repeating groups: mask, value, action
        for name, tags in dicom_anonymization_database_selector(f"dicomfields_{EDITION}").items():
            for tag in tags if name in ACTIONS else ():
                number = tag[0] << 16 | tag[1]
                if len(tag) == 4:
                    self._groups.append((tag[2] << 16 | tag[3], number, ACTIONS[name]))
                elif number not in kept:
                    self._actions[number] = ACTIONS[name]

    def action(self, tag: BaseTag) -> Action | None:
        """Return what the profile does with an attribute; None if the attribute stays."""
        if tag.is_private:
            return Action.REMOVE
        found = self._actions.get(int(tag))
        if found is None:
            found = next((action for mask, value, action in self._groups if int(tag) & mask == value), None)
        return found
