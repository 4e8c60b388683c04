# SPDX-License-Identifier: GPL-3.0-or-later
"""Examples below the options of a command."""

from __future__ import annotations


def examples(*lines: str) -> str:
    """Return an epilog for click, with each line as it is."""
    return "Examples:\n\n\b\n" + "\n".join(f"  {line}" for line in lines)
