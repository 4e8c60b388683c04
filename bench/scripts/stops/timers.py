# SPDX-License-Identifier: GPL-3.0-or-later
"""Timers that set the next one."""

import threading

import counted
import orthanc


def work():
    try:
        orthanc.RestApiGet("/statistics")
    except orthanc.OrthancException:  # there is no database yet
        pass
    except RuntimeError:  # Orthanc has stopped
        return
    later = threading.Timer(0.001, work)
    later.daemon = True
    later.start()


for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
orthanc.LogWarning(f"the script begins with {counted.__name__}")
