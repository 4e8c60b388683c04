# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of a binding by hand, and shared texts. The bindings are in callbacks.py, functions.py and additions.py."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HandWritten:
    """A binding written by hand in src/plugin/`file`; `arguments` and `result` are what the stub says of it.

    `documentation` replaces the header's parameters and result. An addition is not an SDK function. It stands in the
    library when the SDK has the function `needs`. `python` is the name in Python where that is not the SDK's. `integer` is the
    type in C++ of arguments that are an int, and that the SDK's function does not have.
    """

    file: str
    reason: str
    arguments: str
    result: str = "None"
    documentation: str = ""
    needs: str = ""
    python: str = ""
    integer: str = "uint32_t"


ONCE = " Raises RuntimeError when one is registered already."
DRIVEN = "size: _MoveSize[_Driver], apply: _MoveFunction[_Driver], free: _MoveFunction[_Driver]"
PIXEL_ARGUMENTS = "format: PixelFormat | int, width: int, height: int, pitch: int, buffer: Buffer"
PIXEL_DOCUMENTATION = "buffer holds height rows of pitch bytes. Raises ValueError if it is shorter."
