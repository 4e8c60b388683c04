# SPDX-License-Identifier: GPL-3.0-or-later
"""The SDK's enumerations, as the plugin creates them and as the stand-in module defines them."""

from __future__ import annotations

import pytest

from orthanc_python.testing.enumerations import Enumeration, create


class Color(Enumeration):
    RED = 1
    CRIMSON = 1
    BLUE = 2
    __firstlineno__ = 7  # as CPython 3.13 sets it


CREATED = create("Color", {"RED": 1, "CRIMSON": 1, "BLUE": 2}, "Colors.")


@pytest.mark.parametrize("kind", [Color, CREATED])
def test_members(kind: type[Enumeration]) -> None:
    assert dir(kind) == ["BLUE", "RED"]
    assert (kind(1).name, kind(2).name, kind(2).value) == ("RED", "BLUE", 2)
    for value in (0, 3, 7):
        with pytest.raises(ValueError, match=f"{value} is not a valid Color"):
            kind(value)


def test_flags() -> None:
    flags = create("SomeFlags", {"READ": 1, "WRITE": 2}, "")
    assert (flags(3).name, flags(0).name) == ("READ|WRITE", "0")
    with pytest.raises(ValueError, match="4 is not a valid SomeFlags"):
        flags(4)


def test_base() -> None:
    assert "bit_length" in dir(Enumeration)
