# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks results of callbacks as the plugin does, and raises its errors."""

from __future__ import annotations

from typing import Any

from orthanc_python.testing.arguments import integer
from orthanc_python.testing.shown import shown


def member(value: Any, enumeration: type, demand: str) -> int:
    """Return a member of an enumeration. Raise TypeError for another type, ValueError for another number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{demand} {enumeration.__name__}, not {shown(value)}")
    return int(enumeration(value))


def action(result: Any, actions: type) -> tuple[int, Any]:
    """Return the action of a callback of received instances, and the data beside it."""
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(f"the callback must return (action, bytes or None), not {shown(result)}")
    return member(result[0], actions, "the action must be a"), result[1]


def new_content(data: Any) -> bytes:
    """Return the new file of an instance that a callback modifies."""
    try:
        new = data.encode() if isinstance(data, str) else bytes(memoryview(data))
    except TypeError:
        kind = type(data).__name__
        raise TypeError(
            f"the action MODIFY needs the new DICOM file as bytes, not {kind}: Orthanc refuses the instance"
        ) from None
    if not new:
        raise ValueError("the action MODIFY needs the new DICOM file, which is empty: Orthanc refuses the instance")
    return new


def file(data: Any) -> bytes:
    """Return a file that a storage area has read."""
    try:
        return bytes(memoryview(data))
    except TypeError:
        raise TypeError(f"a storage area must read bytes, not {type(data)!r}") from None


def move_size(value: Any) -> int:
    """Return the number of sub-operations of a C-MOVE."""
    if isinstance(value, bool):
        raise TypeError(f"the size of a C-MOVE must be the number of its sub-operations, not {value}")
    return integer(value, 0, 2**32 - 1)


def code_of_move(value: Any) -> int:
    """Return the error code of a sub-operation of a C-MOVE. As in the plugin, only an int is one; all but False is success."""
    if value is False:
        raise TypeError("a sub-operation of a C-MOVE must return None or an ErrorCode, not False")
    return integer(value, -(2**31), 2**31 - 1) if isinstance(value, int) and not isinstance(value, bool) else 0
