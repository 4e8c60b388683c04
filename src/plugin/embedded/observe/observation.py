# SPDX-License-Identifier: GPL-3.0-or-later
"""Python's values for the plugin's metrics."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from typing import Any


def values(openmetrics: bool) -> tuple[int, int, int, str]:
    """Return the blocks that Python has allocated, its threads, its worker processes, and prometheus-client's metrics."""
    return sys.getallocatedblocks(), len(sys._current_frames()), _workers(), _library_metrics(openmetrics)


def _workers() -> int:
    """Return the number of processes that multiprocessing has started and not joined."""
    module: Any = sys.modules.get("multiprocessing.process")
    return len(getattr(module, "_children", ()))


def _library_metrics(openmetrics: bool) -> str:
    """Return what prometheus-client's default registry has, without the end mark; "" if no script has imported it."""
    library: Any = sys.modules.get("prometheus_client")
    if library is None or not hasattr(library, "REGISTRY"):
        return ""
    try:
        if openmetrics:
            from prometheus_client.openmetrics.exposition import generate_latest
        else:
            from prometheus_client.exposition import generate_latest
        text: str = generate_latest(library.REGISTRY).decode()
    except Exception as error:  # of a collector of the script's
        import _orthanc_own_log

        _orthanc_own_log.warning(f"Python: the metrics of prometheus-client cannot be read: {type(error).__name__}: {error}")
        return ""
    return text.removesuffix("# EOF\n")
