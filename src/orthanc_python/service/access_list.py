# SPDX-License-Identifier: GPL-3.0-or-later
"""The access control list of a file: POSIX 1003.1e draft 17, as Linux has it in an attribute (acl(5))."""

from __future__ import annotations

import errno
import os
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

POSIX = "system.posix_acl_access"
OTHERS = ("system.nfs4_acl", "system.richacl", "system.cifs_acl")  # of network shares, without the rules of POSIX
VERSION = struct.pack("<I", 2)
ENTRY = struct.Struct("<HHI")  # tag, rights, number of the account or group
OWNER, USER, OWNING_GROUP, GROUP, MASK, OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20


class NotUnderstood(Exception):
    """The rights of a file cannot be found out from its list."""


@dataclass(frozen=True)
class AccessList:
    """The entries of a list, each with a tag, rights (4 to read, 2 to write, 1 to enter) and a number."""

    entries: tuple[tuple[int, int, int], ...]

    def allows(self, wanted: int, user: int, groups: set[int], owner: int, group: int) -> bool:
        """Return whether an account has all of the wanted rights.

        Args:
            wanted: the rights.
            user, groups: the account.
            owner, group: of the file.
        """
        if user == owner:
            return self._rights(OWNER) & wanted == wanted
        mask = self._rights(MASK, 7)
        if mask == 0:  # Linux looks at no entry of another account or group then
            return group not in groups and self._rights(OTHER) & wanted == wanted
        named = next((rights for tag, rights, number in self.entries if tag == USER and number == user), None)
        if named is not None:
            return named & mask & wanted == wanted
        if found := list(self._rights_of_groups(groups, group)):
            return any(rights & mask & wanted == wanted for rights in found)  # one entry must have all of them
        return self._rights(OTHER) & wanted == wanted

    def _rights(self, wanted: int, default: int = 0) -> int:
        return next((rights for tag, rights, _ in self.entries if tag == wanted), default)

    def _rights_of_groups(self, groups: set[int], owning: int) -> Iterator[int]:
        for tag, rights, number in self.entries:
            if (tag == OWNING_GROUP and owning in groups) or (tag == GROUP and number in groups):
                yield rights


def read_list(path: Path) -> AccessList | None:
    """Return the list of a file or folder; None if it has none beside its mode.

    Raises:
        NotUnderstood: it has another kind of list, or one that cannot be read.
    """
    if sys.platform != "linux":
        return None
    try:
        names = os.listxattr(path)
        data = os.getxattr(path, POSIX) if POSIX in names else None
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            return None
        raise NotUnderstood from None
    if any(name in names for name in OTHERS):
        raise NotUnderstood
    if data is None:
        return None
    if not data.startswith(VERSION) or len(data) % ENTRY.size != len(VERSION):
        raise NotUnderstood
    return AccessList(tuple(ENTRY.iter_unpack(data[len(VERSION) :])))


def has_list(path: Path) -> bool:
    """Return whether a file or folder has a list that is understood."""
    try:
        return read_list(path) is not None
    except NotUnderstood:
        return False
