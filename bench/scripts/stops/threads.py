# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads that call Orthanc in a tight loop until they may not any more."""

import os
import threading
import time

import counted
import orthanc


def work():
    while True:
        try:
            orthanc.RestApiGet("/statistics")
        except orthanc.OrthancException:  # there is no database yet
            time.sleep(0.01)
        except RuntimeError:  # Orthanc has stopped
            return


for _ in range(int(os.environ["THREADS"])):
    threading.Thread(target=work, daemon=True).start()
orthanc.LogWarning(f"the script begins with {counted.__name__}")
