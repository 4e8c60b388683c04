# SPDX-License-Identifier: GPL-3.0-or-later
"""The SDK's enumerations: classes whose attributes are plain integers, for the plugin and for the stand-in module.

The plugin carries this file and runs it at each start, so it does not import the module enum.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from collections.abc import Iterable

_names: dict[type, dict[int, str]] = {}  # of the classes that were asked for them


class _EnumerationType(type):
    # No __getattribute__: CPython then reads a member as any attribute of a class.
    def __dir__(cls) -> Iterable[str]:
        return sorted(_names_of(cls).values()) or type.__dir__(cls)


class Enumeration(int, metaclass=_EnumerationType):
    """A member with its name: what calling an enumeration returns."""

    __slots__ = ()

    def __new__(cls, value: int) -> Enumeration:
        made = int.__new__(cls, value)
        made.name  # noqa: B018  raises ValueError for what is not a member
        return made

    @property
    def name(self) -> str:
        """The member's name; for combined flags, their names separated by |."""
        names, value = _names_of(type(self)), int(self)
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


def create(name: str, members: dict[str, int], documentation: str) -> type:
    """Create the class orthanc.<name>."""
    attributes = {**members, "__doc__": documentation, "__module__": "orthanc", "__slots__": ()}
    return _EnumerationType(name, (Enumeration,), attributes)


def _names_of(kind: type) -> dict[int, str]:
    """Return the names of the members by value; of several names for a value, the first one."""
    names = _names.get(kind)
    if names is None:
        names = {}
        for name, value in vars(kind).items():
            if type(value) is int and not name.startswith("__"):  # CPython 3.13 adds __firstlineno__
                names.setdefault(value, name)
        _names[kind] = names
    return names
