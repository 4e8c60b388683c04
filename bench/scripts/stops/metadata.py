# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener of changed metadata that changes them again, without end."""

import time

import counted
import orthanc


def on_change(change_type, level, resource_id):
    if change_type == orthanc.ChangeType.UPDATED_METADATA and level == orthanc.ResourceType.INSTANCE:
        orthanc.RestApiPut(f"/instances/{resource_id}/metadata/1025", str(time.monotonic_ns()).encode())


orthanc.RegisterOnChangeCallback(on_change)
orthanc.LogWarning(f"the script begins with {counted.__name__}")
