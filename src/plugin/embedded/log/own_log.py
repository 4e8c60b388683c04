# SPDX-License-Identifier: GPL-3.0-or-later
"""Orthanc's log for the plugin's own lines, whatever a script puts in the place of the functions of the module `orthanc`.

A script may replace `orthanc.LogError` by a method of a logger, whose records the plugin writes to Orthanc's log.
"""

from __future__ import annotations

import orthanc

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

error: Callable[..., Any] = orthanc.LogError
warning: Callable[..., Any] = orthanc.LogWarning
info: Callable[..., Any] = orthanc.LogInfo
message: Callable[..., Any] | None = getattr(orthanc, "LogMessage", None)  # from Orthanc 1.12.4 on
