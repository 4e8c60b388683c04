# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates the SDK's enumerations: classes whose attributes are plain integers.

This runs at each start, so it does not import the module enum.
"""

from __future__ import annotations

from collections.abc import Iterable

_names: dict[type, dict[int, str]] = {}


class _EnumerationType(type):
    # No __getattribute__: CPython then reads a member as any attribute of a class.
    def __dir__(cls) -> Iterable[str]:
        return sorted(_names[cls].values()) if cls in _names else type.__dir__(cls)


class _Enumeration(int, metaclass=_EnumerationType):
    """A member with its name: what calling an enumeration returns."""

    __slots__ = ()

    def __new__(cls, value: int) -> _Enumeration:
        made = int.__new__(cls, value)
        made.name  # noqa: B018  raises ValueError for what is not a member
        return made

    @property
    def name(self) -> str:
        """The member's name; for combined flags, their names separated by |."""
        names, value = _names[type(self)], int(self)
        if value in names:
            return names[value]
        bits = [bit for bit in names if bit and value & bit == bit]
        if type(self).__name__.endswith("Flags") and sum(bits) == value:
            return "|".join(names[bit] for bit in bits) or "0"
        raise ValueError(f"{value} is not a valid {type(self).__name__}")

    @property
    def value(self) -> int:
        """The plain integer."""
        return int(self)


def create(name: str, members: dict[str, int], documentation: str) -> type[int]:
    """The class orthanc.<name>."""
    attributes = {**members, "__doc__": documentation, "__module__": "orthanc", "__slots__": ()}
    created = _EnumerationType(name, (_Enumeration,), attributes)
    names: dict[int, str] = {}
    for member, value in members.items():
        names.setdefault(value, member)
    _names[created] = names
    return created
