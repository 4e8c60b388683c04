# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin whose SDK is newer than Orthanc, as that of releases is: what this Orthanc lacks raises, and says what it needs."""

from __future__ import annotations

from typing import Any

from helpers import running_version, version_parts
from remote import Remote

# A call of each function that came after Orthanc 1.10.1, the oldest that is supported.
CALLS = {
    "AcknowledgeQueueValue": "'queue', 1",
    "AdoptDicomInstance": "b'', b''",
    "ClearCurrentThreadName": "",
    "CreateKeysValuesIterator": "'store'",
    "DeleteKeyValue": "'store', 'key'",
    "DequeueValue": "'queue', orthanc.QueueOrigin.FRONT",
    "EmitAuditLog": "'source', 'user', orthanc.ResourceType.STUDY, 'study', 'action', b''",
    "EnqueueValue": "'queue', b'value'",
    "ExtendOrthancExplorer2": "'python', ''",
    "GetAttachmentCustomData": "'uuid'",
    "GetDatabaseServerIdentifier": "",
    "GetKeyValue": "'store', 'key'",
    "GetQueueSize": "'queue'",
    "LoadDicomInstance": "'instance', orthanc.LoadDicomInstanceMode.WHOLE_DICOM",
    "LogMessage": "'text', 'python', 'file', 1, orthanc.LogCategory.GENERIC, orthanc.LogLevel.INFO",
    "RegisterAuditLogHandler": "print",
    "RegisterFindCallback2": "print",
    "RegisterHttpAuthentication": "print",
    "RegisterMoveCallback3": "print, print, print, print",
    "RegisterStorageArea3": "print, print, print",
    "RegisterStorageCommitmentScpCallback2": "print, print",
    "RegisterWorklistCallback2": "print",
    "ReserveQueueValue": "'queue', orthanc.QueueOrigin.FRONT, 10",
    "RestOutput.SendStreamChunk": "output, b''",
    "RestOutput.StartStreamAnswer": "output, 'text/plain'",
    "SetAttachmentCustomData": "'uuid', b''",
    "SetCurrentThreadName": "'name'",
    "SetDescription2": "'python', ''",
    "SetMetricsIntegerValue": "'name', 1, orthanc.MetricsType.DEFAULT",
    "SetRootUri2": "'python', '/'",
    "SetStableStatus": "'study', orthanc.StableStatus.STABLE",
    "StoreKeyValue": "'store', 'key', b''",
}
# These are new names for services that every Orthanc has.
RENAMED = ("ExtendOrthancExplorer2", "SetDescription2", "SetRootUri2")
# Their objects come from functions above.
CLASSES = ("DicomConnection", "KeysValuesIterator")


def test_what_this_orthanc_lacks(remote: Remote, coverage: dict[str, Any]) -> None:
    running = running_version(remote.server)
    newer = {
        row["python"].removeprefix("orthanc."): row["since"]
        for row in coverage["functions"]
        if row["python"] and row["since"] and version_parts(row["since"]) > running
    }
    if running < version_parts(coverage["sdk"]) == (1, 13, 0):
        assert newer, "the SDK 1.13.0 has functions that older Orthancs lack"
    own = remote.server.get("/system").json()["Version"]
    for name, since in newer.items():
        if name.partition(".")[0] in CLASSES:
            assert remote.value(f"callable(orthanc.{name})"), name
            continue
        if name in RENAMED:
            assert remote.value(f"orthanc.{name}({CALLS[name]})") is None
            continue
        error = remote.error(f"orthanc.{name}({CALLS[name]})")
        assert error.kind == "OrthancException", (name, error)
        assert error.arguments[0] == remote.value("int(orthanc.ErrorCode.UNKNOWN_PLUGIN_SERVICE)"), (name, error)
        assert error.arguments[1] == f"{name} needs Orthanc {since} or later; this is Orthanc {own}"
