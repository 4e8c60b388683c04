# SPDX-License-Identifier: GPL-3.0-or-later
"""The last Python code of the process, before CPython is finalized."""

from __future__ import annotations

import threading

import _orthanc_threads


def before_finalization() -> None:
    """Waits for the threads for a bounded time: CPython itself would wait for ever for one that never ends."""
    _orthanc_threads.join_all_threads()
    threading._shutdown = lambda: None  # type: ignore[attr-defined]
