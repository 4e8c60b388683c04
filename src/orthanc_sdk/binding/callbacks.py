# SPDX-License-Identifier: GPL-3.0-or-later
"""The SDK functions that register callbacks, bound by hand: where, why, and what the stub says of them."""

from __future__ import annotations

from orthanc_sdk.binding.hand_written import DRIVEN, ONCE, HandWritten

_CALLBACK = "calls a Python function"
_LOCKED = (
    "During DecodeDicomImage, GetInstanceDecodedFrame and TranscodeDicomInstance it must not call the REST API, decode or "
    "transcode: Orthanc 1.10.1 holds a lock that these wait for, without end."
)

CALLBACKS = {
    "RegisterRestCallback": HandWritten(
        "callbacks/http/rest.cpp",
        _CALLBACK,
        "pathRegularExpression: str, callback: _RestCallback",
        documentation="callback(output, uri, **request) answers the requests whose whole URI matches. Callbacks may run "
        "at the same time in several threads. A REST callback cannot register another.",
    ),
    "RegisterRestCallbackNoLock": HandWritten(
        "callbacks/http/rest.cpp",
        "the same as RegisterRestCallback: that takes no lock either",
        "pathRegularExpression: str, callback: _RestCallback",
        documentation="The same as RegisterRestCallback.",
    ),
    "RegisterChunkedRestCallback": HandWritten(
        "callbacks/http/chunked_rest.cpp",
        _CALLBACK,
        "pathRegularExpression: str, callback: _ChunkedRestCallback",
        documentation="As RegisterRestCallback, for uploads of any size: on POST and PUT, request['body'] is an iterator of "
        "bytes. It waits for what has not arrived yet, and has read(size) as files have it. Orthanc takes the "
        "answer when it has received the body: the first use of output drops what is unread of it, and so does "
        "the end of the callback. When the client goes before, reading raises ConnectionAbortedError. Clients "
        "should send chunked (Transfer-Encoding): Orthanc holds a body with a Content-Length in memory, and hands "
        "it on when it is there. RestApiPost of scripts does not reach the callback.",
    ),
    "RegisterIncomingHttpRequestFilter": HandWritten(
        "callbacks/http/http_filter.cpp",
        _CALLBACK,
        "callback: _IncomingHttpRequestFilter",
        documentation="callback(uri, **request) returns True to allow the request. Anything else, or an exception, denies it.",
    ),
    "RegisterOnChangeCallback": HandWritten(
        "callbacks/server/change.cpp",
        _CALLBACK,
        "callback: _OnChangeCallback",
        documentation="callback(change_type, level, resource_id) is called for each change, in order, in a thread of its own. "
        "resource_id is empty for changes of no resource.",
    ),
    "RegisterOnStoredInstanceCallback": HandWritten(
        "callbacks/dicom/stored_instance.cpp",
        _CALLBACK,
        "callback: _OnStoredInstanceCallback",
        documentation="callback(instance, instance_id) is called for each stored instance. instance is valid during the call.",
    ),
    "RegisterReceivedInstanceCallback": HandWritten(
        "callbacks/dicom/received_instance.cpp",
        _CALLBACK,
        "callback: _ReceivedInstanceCallback",
        documentation="callback(dicom, origin) returns (action, bytes or None). An exception keeps the instance as it is.",
    ),
    "RegisterIncomingHttpRequestFilter2": HandWritten(
        "callbacks/http/http_filter.cpp",
        "the same as RegisterIncomingHttpRequestFilter, whose callback gets the GET arguments too",
        "callback: _IncomingHttpRequestFilter",
        documentation="The same as RegisterIncomingHttpRequestFilter.",
    ),
    "RegisterIncomingCStoreInstanceFilter": HandWritten(
        "callbacks/dicom/instance_filter.cpp",
        _CALLBACK,
        "callback: _CStoreInstanceFilter",
        documentation="callback(instance) returns 0 to accept an instance received by C-STORE, else the DIMSE status that "
        "refuses it. All filters must accept; an exception refuses.",
    ),
    "RegisterIncomingDicomInstanceFilter": HandWritten(
        "callbacks/dicom/instance_filter.cpp",
        _CALLBACK,
        "callback: _DicomInstanceFilter",
        documentation="callback(instance) returns True to accept an instance. All filters must accept; an exception refuses.",
    ),
    "RegisterDecodeImageCallback": HandWritten(
        "callbacks/dicom/codecs.cpp",
        _CALLBACK,
        "callback: _DecodeImageCallback",
        documentation="callback(dicom, frame) returns an Image, or None to leave it to others. It must not delete resources: "
        f"Orthanc may hold its cache of DICOM files meanwhile, and a deletion waits for that. {_LOCKED}",
    ),
    "RegisterTranscoderCallback": HandWritten(
        "callbacks/dicom/codecs.cpp",
        _CALLBACK,
        "callback: _TranscoderCallback",
        documentation="callback(dicom, allowed_syntaxes, allow_new_sop_instance_uid) returns bytes, or None to leave it to "
        f"others. {_LOCKED}",
    ),
    "RegisterRefreshMetricsCallback": HandWritten(
        "callbacks/server/metrics.cpp",
        _CALLBACK,
        "callback: _RefreshMetricsCallback",
        documentation="callback() is called before Orthanc gives its metrics; it calls SetMetricsValue. It must not get "
        "/tools/metrics-prometheus by the REST API: Orthanc holds the lock that this waits for, without end.",
    ),
    "CreateJob": HandWritten(
        "callbacks/server/jobs.cpp",
        _CALLBACK,
        "job: _Job | Generator[float, Any, Any] | _GeneratorFunction, type: str",
        "Job",
        documentation="job is an object with step(), which returns a JobStepStatus, or None to go on, and optionally "
        "stop(reason), reset(), progress (0 to 1), content and serialize() (JSON-able); or a generator that yields its "
        "progress, or a function that makes one. type is for the unserializer.",
    ),
    "SubmitJob": HandWritten(
        "callbacks/server/jobs.cpp",
        "gives the object to Orthanc",
        "priority: int = 0",
        "str",
        documentation="Returns the identifier of the job. Afterwards the object belongs to Orthanc.",
    ),
    "RegisterJobsUnserializer": HandWritten(
        "callbacks/server/jobs.cpp",
        _CALLBACK,
        "unserializer: _JobsUnserializer",
        documentation="After a restart of Orthanc, unserializer(type, serialized) gets what serialize() returned, and returns "
        "the job to go on with, or None.",
    ),
    "RegisterHttpAuthentication": HandWritten(
        "callbacks/http/security.cpp",
        _CALLBACK,
        "callback: _HttpAuthentication",
        documentation="callback(uri, **request) returns an HttpAuthenticationStatus, (GRANTED, payload) or (REDIRECT, path). "
        "REST callbacks get a payload that is not empty, as bytes: request['authentication_payload']. "
        f"An exception forbids the request.{ONCE}",
    ),
    "RegisterAuditLogHandler": HandWritten(
        "callbacks/http/security.cpp",
        _CALLBACK,
        "handler: _AuditLogHandler",
        documentation="handler(source_plugin, user_id, resource_type, resource_id, action, log_data) is called for each "
        "audit log.",
    ),
    "RegisterWebDavCollection": HandWritten(
        "callbacks/http/web_dav.cpp",
        "calls the methods of a Python object",
        "uri: str, collection: _WebDavCollection",
        documentation="collection.list_folder(path) returns None if there is no such folder, else its entries: a str for a "
        "folder, (name, size) or (name, size, datetime) for a file; read_file(path) returns bytes, (bytes, datetime) "
        "or None. With write_file(path, data), create_folder(path) and delete_item(path) it can be changed. Paths are tuples "
        "of names.",
    ),
    "RegisterFindCallback": HandWritten(
        "callbacks/dicom/find.cpp",
        _CALLBACK,
        "callback: _FindCallback",
        documentation=f"callback(answers, query, issuer_aet, called_aet) answers by answers.FindAddAnswer(dicom).{ONCE}",
    ),
    "RegisterFindCallback2": HandWritten(
        "callbacks/dicom/find.cpp",
        _CALLBACK,
        "callback: _FindCallback2",
        documentation=f"callback(answers, query, connection) answers by answers.FindAddAnswer(dicom).{ONCE}",
    ),
    "RegisterWorklistCallback": HandWritten(
        "callbacks/dicom/find.cpp",
        _CALLBACK,
        "callback: _WorklistCallback",
        documentation="callback(answers, query, issuer_aet, called_aet) answers by answers.WorklistAddAnswer(query, "
        f"dicom).{ONCE}",
    ),
    "RegisterWorklistCallback2": HandWritten(
        "callbacks/dicom/find.cpp",
        _CALLBACK,
        "callback: _WorklistCallback2",
        documentation=f"callback(answers, query, connection) answers by answers.WorklistAddAnswer(query, dicom).{ONCE}",
    ),
    "RegisterMoveCallback": HandWritten(
        "callbacks/dicom/move.cpp",
        _CALLBACK,
        "callback: _MoveCallback[object]",
        documentation=f"callback(**request) carries the whole move out, and fails by raising.{ONCE}",
    ),
    "RegisterMoveCallback2": HandWritten(
        "callbacks/dicom/move.cpp",
        "the SDK's second variant and the third in Python: the first two are of the SDK's first",
        f"create: _ConnectedMoveCallback[_Driver], {DRIVEN}",
        documentation=f"As RegisterMoveCallback2, with create(connection, **request).{ONCE}",
        python="RegisterMoveCallback3",
    ),
    "RegisterStorageArea": HandWritten(
        "callbacks/storage/storage_area.cpp",
        _CALLBACK,
        "create: _StorageCreate, read: _StorageRead, remove: _StorageRemove",
        documentation="create(uuid, content_type, data), read(uuid, content_type) -> bytes and remove(uuid, content_type) fail "
        f"by raising; remove must not call the REST API.{ONCE}",
    ),
    "RegisterStorageArea3": HandWritten(
        "callbacks/storage/custom_storage_area.cpp",
        _CALLBACK,
        "create: _StorageCreate3, readRange: _StorageReadRange3, remove: _StorageRemove3",
        documentation="create(uuid, type, compression, data, instance) -> (code, custom data or None), readRange(uuid, type, "
        f"start, size, custom) -> (code, exactly size bytes) and remove(uuid, type, custom) -> code.{ONCE}",
    ),
    "RegisterStorageCommitmentScpCallback": HandWritten(
        "callbacks/dicom/storage_commitment.cpp",
        _CALLBACK,
        "scp: _CommitmentCallback[_Data], lookup: _CommitmentLookup[_Data]",
        documentation="scp(job_id, transaction_uid, sop_class_uids, sop_instance_uids, remote_aet, called_aet) makes the data "
        f"of a request, lookup(sop_class_uid, sop_instance_uid, data) returns the status of an instance.{ONCE}",
    ),
    "RegisterStorageCommitmentScpCallback2": HandWritten(
        "callbacks/dicom/storage_commitment.cpp",
        _CALLBACK,
        "scp: _CommitmentCallback2[_Data], lookup: _CommitmentLookup[_Data]",
        documentation=f"As RegisterStorageCommitmentScpCallback, with the connection as last argument of scp.{ONCE}",
    ),
}
