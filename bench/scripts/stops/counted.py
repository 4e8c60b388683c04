# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener whose work is counted in the log: what each script of this folder has, besides what it adds."""

import os
import time

import orthanc

SECONDS = float(os.environ.get("LISTENER_SECONDS", "0"))
CALLS = int(os.environ.get("LISTENER_CALLS", "1"))


def on_change(change_type, level, resource_id):
    if change_type == orthanc.ChangeType.NEW_INSTANCE:
        for _ in range(CALLS):
            orthanc.RestApiGet(f"/instances/{resource_id}")
        time.sleep(SECONDS)
        orthanc.RestApiPut(f"/instances/{resource_id}/metadata/1024", b"seen")
        orthanc.LogWarning(f"handled {resource_id}")
    elif change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        orthanc.LogWarning("the script has seen the stop")


orthanc.RegisterOnChangeCallback(on_change)
