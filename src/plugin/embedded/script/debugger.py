# SPDX-License-Identifier: GPL-3.0-or-later
"""The setting Debug: a debugger that speaks the Debug Adapter Protocol, such as VS Code, can attach to the script."""

from __future__ import annotations

import _orthanc_own_log
import _orthanc_threads

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from typing import Any

_listening = False


def start(setting: int | dict[str, Any]) -> None:
    """Listen for a debugger on this machine: 5678, or {"Port": 5678, "Wait": true} to wait for it before the script starts.

    Without the package debugpy, or where another program has the port, say so in the log and go on.
    """
    global _listening
    if _listening:
        return
    options = setting if isinstance(setting, dict) else {"Port": setting}
    port, wait = options["Port"], options.get("Wait", False)
    try:
        import debugpy
    except ImportError:
        _orthanc_own_log.warning("Python: the setting Debug needs the package debugpy; install it with: pip install debugpy")
        return
    try:
        debugpy.listen(("127.0.0.1", port))
    except RuntimeError as error:
        text = (
            f"Python: no debugger can attach to port {port} of this machine: {error}; choose a free port for the setting Debug"
        )
        _orthanc_own_log.warning(text)
        return
    _listening = True
    _orthanc_threads.begin_functions.append(debugpy.debug_this_thread)  # no debugger learns of Orthanc's threads by itself
    if wait:
        _orthanc_own_log.warning(f"Python: waiting for a debugger on port {port} of this machine")
        debugpy.wait_for_client()
    else:
        _orthanc_own_log.warning(f"Python: a debugger can attach to port {port} of this machine")
