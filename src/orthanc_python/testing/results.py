# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks results of callbacks as the plugin does, and raises its errors."""

from __future__ import annotations

import operator
from typing import Any


def number(value: Any, minimum: int, maximum: int) -> int:
    """Return an integer. Raise TypeError for another type, OverflowError outside of the range."""
    found = operator.index(value)
    if not minimum <= found <= maximum:
        raise OverflowError(f"{found} is not in the range {minimum}..{maximum}")
    return found


def move_size(value: Any) -> int:
    """Return the number of sub-operations of a C-MOVE."""
    return number(value, 0, 2**32 - 1)


def code_of_move(value: Any) -> int:
    """Return the error code of a sub-operation of a C-MOVE. As in the plugin, only an int is one; all else is success."""
    return number(value, -(2**31), 2**31 - 1) if isinstance(value, int) and not isinstance(value, bool) else 0
