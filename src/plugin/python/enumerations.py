# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates the SDK's enumerations."""

from __future__ import annotations

import enum


class _SdkEnumeration(enum.IntEnum):
    """An IntEnum that prints as its number on every Python (the standard library's does since 3.11)."""

    __str__ = int.__repr__
    __format__ = int.__format__  # type: ignore[assignment]


def create(name: str, members: list[tuple[str, int]], documentation: str) -> type[enum.IntEnum]:
    """The class orthanc.<name>."""
    created = _SdkEnumeration(name, members, module="orthanc", qualname=name)
    created.__doc__ = documentation
    return created
