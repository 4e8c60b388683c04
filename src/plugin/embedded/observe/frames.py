# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this Python can read the stacks of running threads."""

from __future__ import annotations

import sys

UNREADABLE = "CPython 3.13t cannot read the stacks of running threads while the GIL is off."


def obstacle() -> str:
    """Return why the frames of other threads must not be read now; "" if they may be.

    The free-threaded CPython 3.13 may crash there, because their thread may free them meanwhile. See
    https://github.com/python/cpython/issues/152355. The GIL stays on once a package has turned it on.
    """
    with_gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    return UNREADABLE if sys.version_info < (3, 14) and not with_gil else ""
