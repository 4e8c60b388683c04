# SPDX-License-Identifier: GPL-3.0-or-later
"""The setting Debug: a debugger that speaks the Debug Adapter Protocol, such as VS Code, can attach to the script."""

from __future__ import annotations

import _orthanc_threads
import orthanc

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from typing import Any

_listening = False


def start(setting: Any) -> None:
    """Listens for a debugger on this machine: 5678, or {"Port": 5678, "Wait": true} to wait for it before the script starts.

    Raises ValueError when the setting is neither. Without the package debugpy it says so in the log, and goes on.
    """
    global _listening
    if _listening:
        return
    port, wait = _read(setting)
    try:
        import debugpy
    except ImportError:
        orthanc.LogWarning("Python: the setting Debug needs the package debugpy; install it with: pip install debugpy")
        return
    debugpy.listen(("127.0.0.1", port))
    _listening = True
    _orthanc_threads.begin_functions.append(debugpy.debug_this_thread)  # no debugger learns of Orthanc's threads by itself
    if wait:
        orthanc.LogWarning(f"Python: waiting for a debugger on port {port} of this machine")
        debugpy.wait_for_client()
    else:
        orthanc.LogWarning(f"Python: a debugger can attach to port {port} of this machine")


def _read(setting: Any) -> tuple[int, bool]:
    options = setting if isinstance(setting, dict) else {"Port": setting}
    port, wait = options.get("Port"), options.get("Wait", False)
    if type(port) is not int or not 0 < port < 65536 or type(wait) is not bool or options.keys() - {"Port", "Wait"}:
        raise ValueError(
            'the setting "Debug" of Orthanc\'s configuration must be a port such as 5678, or {"Port": 5678, "Wait": true}'
        )
    return port, wait
