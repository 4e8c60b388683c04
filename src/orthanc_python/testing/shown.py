# SPDX-License-Identifier: GPL-3.0-or-later
"""How the plugin's errors name a value of the script: by its type, because the value itself may be large, or a patient's."""

from __future__ import annotations

from typing import Any

FEW = 4  # items of a tuple


def shown(value: Any, *, is_item: bool = False) -> str:
    """Return None, a bool or a short int as it is, the items of a short tuple so too, and of all else the type."""
    if value is None or isinstance(value, bool) or (type(value) is int and -(2**63) <= value < 2**63):
        return repr(value)
    if type(value) is not tuple or is_item:
        return repr(type(value))
    if len(value) > FEW:
        return f"{tuple} of {len(value)} items"
    return f"({', '.join(shown(each, is_item=True) for each in value)})"
