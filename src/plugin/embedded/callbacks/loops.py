# SPDX-License-Identifier: GPL-3.0-or-later
"""Event loops that a script sets for one of Orthanc's threads: the next callback on the thread must not find them."""

from __future__ import annotations

import _orthanc_hooks
import orthanc

_begun = False


def start() -> None:
    """Begin as soon as the script, or one of its libraries, imports asyncio."""
    _orthanc_hooks.when_imported("asyncio", _begin)


def _begin() -> None:
    global _begun
    import asyncio

    if _begun:  # asyncio stays loaded when the plugin is reset
        return
    _begun = True

    def forget() -> None:
        asyncio.set_event_loop(None)
        asyncio._set_running_loop(None)

    orthanc._call_after_callbacks(forget)  # type: ignore[attr-defined]
