# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the rules do not decide: SDK functions, each with its reason. Names are the SDK's without OrthancPlugin.

An entry for a function that the header at hand lacks is fine (it may be older or newer). Every function of a header must
be covered by a rule or stand in NOT_FOR_SCRIPTS, callbacks.py or functions.py, or the build stops.
"""

from __future__ import annotations

from orthanc_sdk.binding.additions import ADDITIONS
from orthanc_sdk.binding.callbacks import CALLBACKS
from orthanc_sdk.binding.functions import FUNCTIONS
from orthanc_sdk.binding.hand_written import HandWritten

__all__ = ["ADDITIONS", "HAND_WRITTEN", "HandWritten"]

HAND_WRITTEN = CALLBACKS | FUNCTIONS

# Reached otherwise in Python, thus not bound.
NOT_FOR_SCRIPTS = {
    "CreateImageAccessor": "the pixels would be Python's, which may move or free them; CreateImageFromBuffer copies them",
    "RegisterDatabaseBackendV4": "some seventy operations in Protocol Buffers: a back end is a program, not a script",
    "RegisterStorageArea2": "RegisterStorageArea registers with it, without reading ranges: its files are read whole",
    "CreateJob2": "Orthanc never asks its jobs for their serialization; CreateJob uses the first variant",
    "CreateMemoryBuffer64": "memory is managed: a buffer is a bytes object",
    "FreeMemoryBuffer": "memory is managed: a buffer is a bytes object",
    "FreeMemoryBuffer64": "memory is managed: a buffer is a bytes object",
    "FreeString": "memory is managed: a string is a str object",
}

# From which argument on a call may end: None, 0 or empty is what most calls would give.
OPTIONAL_FROM = {
    "CallPeerApi": "additionalHeaders",
    "CallRestApi": "headers",
    "HttpClient": "headers",
    "HttpDelete": "username",
    "HttpGet": "username",
    "HttpPost": "username",
    "HttpPut": "username",
}

# Return their error code, before their outputs, instead of raising it.
CODE_IN_RESULT = {
    "SetStableStatus": "existing scripts unpack (code, changed)",
}

# Classes of which no script ever gets an object.
UNREACHABLE = {
    "DicomWebNode": "the callback of the DICOMweb functions returns what becomes of a node",
    "ServerChunkedRequestReader": "the body of RegisterChunkedRestCallback is an iterator",
    "StorageArea": "Orthanc lends one only to a database back end while it upgrades; scripts use the REST API",
    "WebDavCollection": "RegisterWebDavCollection takes an object of the script's own",
}

# The Orthanc that brought a function, where SDK headers before 1.12.8 do not say it.
SINCE = {
    "CreateJob2": "1.11.3",
    "ExtendOrthancExplorer2": "1.12.4",
    "GetDatabaseServerIdentifier": "1.11.1",
    "LoadDicomInstance": "1.12.1",
    "LogMessage": "1.12.4",
    "RegisterDatabaseBackendV4": "1.12.0",
    "SendStreamChunk": "1.12.6",
    "SetCurrentThreadName": "1.12.2",
    "SetDescription2": "1.12.4",
    "SetMetricsIntegerValue": "1.12.1",
    "SetRootUri2": "1.12.4",
    "StartStreamAnswer": "1.12.6",
}

# Features of Orthanc's database that a function needs. SQLite has them, plugins of other databases only if they are newer.
NEEDS_OF_DATABASE = {
    "AcknowledgeQueueValue": "queues",
    "CreateKeysValuesIterator": "key-value stores",
    "DeleteKeyValue": "key-value stores",
    "DequeueValue": "queues",
    "EnqueueValue": "queues",
    "GetAttachmentCustomData": "custom data of attachments",
    "GetKeyValue": "key-value stores",
    "GetQueueSize": "queues",
    "ReserveQueueValue": "queues",
    "SetAttachmentCustomData": "custom data of attachments",
    "StoreKeyValue": "key-value stores",
}

# Texts that may have control characters, such as line breaks. Others raise ValueError for them, because Orthanc may write
# those texts in headers or in its log.
FREE_TEXTS = {
    "AutodetectMimeType": {"path": "only its extension is looked at"},
    "CreateDicom": {"json": "a document"},
    "CreateDicom2": {"json": "a document", "privateCreator": "a value of a DICOM file"},
    "DrawText": {"utf8Text": "drawn"},
    "EmitAuditLog": {"userId": "stored", "action": "stored"},
    "ExtendOrthancExplorer": {"javascript": "a program"},
    "ExtendOrthancExplorer2": {"javascript": "a program"},
    "GetGlobalProperty": {"defaultValue": "stored, and returned"},
    "GetKeyValue": {"key": "stored"},
    "DeleteKeyValue": {"key": "stored"},
    "GetTagName": {"privateCreator": "a value of a DICOM file"},
    "LookupInstance": {"sopInstanceUID": "a value of a DICOM file"},
    "LookupPatient": {"patientID": "a value of a DICOM file"},
    "LookupSeries": {"seriesUID": "a value of a DICOM file"},
    "LookupStudy": {"studyUID": "a value of a DICOM file"},
    "LookupStudyWithAccessionNumber": {"accessionNumber": "a value of a DICOM file"},
    "SetDescription": {"description": "shown in JSON"},
    "SetDescription2": {"description": "shown in JSON"},
    "SetGlobalProperty": {"value": "stored"},
    "StoreKeyValue": {"key": "stored"},
}

# Texts that are written to Orthanc's log, and such that are part of a line.
LOG_TEXTS = {
    "LogError": ("message",),
    "LogInfo": ("message",),
    "LogMessage": ("message",),
    "LogWarning": ("message",),
}
LOG_LINES = {
    "LogMessage": ("file", "plugin"),
    "RegisterErrorCode": ("message",),
    "SetCurrentThreadName": ("threadName",),
}

# Keep the GIL, besides what the rule in rules.py says: each only reads memory, or writes that of a request.
QUICK = {
    "AutodetectMimeType": "looks a file name's extension up",
    "GenerateUuid": "draws random bytes",
    "GetErrorDescription": "looks a constant up",
    "GetExpectedDatabaseVersion": "returns a constant",
    "GetTagName": "looks the DICOM dictionary up",
    "SetCookie": "notes a header of the answer",
    "SetHttpHeader": "notes a header of the answer",
}

# Compute from their data alone, and wait for nothing: they keep the GIL if that is little, as CPython's hashlib does.
QUICK_WITH_LITTLE_DATA = {"ComputeMd5", "ComputeSha1"}

# Release the GIL although the rule takes them for getters.
SLOW = {
    "GetInstanceFramesCount": "parses the DICOM file",
    "HasInstancePixelData": "parses the DICOM file",
}

# Methods of RestOutput that do not answer the request.
NO_ANSWER = {
    "SetCookie": "notes a header of the answer",
    "SetHttpHeader": "notes a header of the answer",
}

# Enumerations whose parameters take any int.
OPEN_ENUMERATIONS = {
    "ErrorCode": "plugins add codes of their own with RegisterErrorCode",
}

# The meaning of a result, where the header's words do not fit the result in Python.
_HTTP_RESULT = (
    "(body, headers, status). A status other than 2xx raises OrthancException, whose http_status it is; "
    "ChunkedHttpClient gives the body of such an answer too."
)
RESULT_DOCUMENTATION = {
    "CallPeerApi": _HTTP_RESULT,
    "CallRestApi": "(body, headers, status), also for 404 and others. What Orthanc itself refuses raises OrthancException.",
    "HttpClient": _HTTP_RESULT,
    "KeysValuesIteratorNext": "True if there is a key to read, False at the end of the store.",
    "SetStableStatus": "(code, changed): the error code, which is not raised, and 1 if the status has changed, else 0.",
}
