# SPDX-License-Identifier: GPL-3.0-or-later
"""The functions that src/plugin binds by hand: where, why, and what the stub says of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HandWritten:
    """A binding written by hand in src/plugin/`file`; `arguments` and `result` are what the stub says of it.

    `documentation` replaces the header's parameters and result. An addition, which is not an SDK function, stands in the
    library when the SDK has the function `needs`. `python` is the name in Python where that is not the SDK's.
    """

    file: str
    reason: str
    arguments: str
    result: str = "None"
    documentation: str = ""
    needs: str = ""
    python: str = ""


_CALLBACK = "calls a Python function"
ONCE = " Raises RuntimeError when one is registered already."
DRIVEN = "size: _MoveSize[_Driver], apply: _MoveFunction[_Driver], free: _MoveFunction[_Driver]"
_DICOM_WEB = "what becomes of binary elements is said in one argument"
_DICOM_WEB_BINARY = "binary: _DicomWebBinary = DicomWebBinaryMode.INLINE_BINARY"
_DICOM_WEB_DOCUMENTATION = (
    "For binary elements, binary is a DicomWebBinaryMode (by default INLINE_BINARY), the bulk data URI, None to leave "
    "them out, or a function of (path, group, element, vr) that returns one of these, where path lists (group, element, item) "
    "of the sequences around. Raises what that function raises."
)
_PIXELS = "the SDK takes pixels without their size: height * pitch bytes are checked"
PIXEL_ARGUMENTS = "format: PixelFormat | int, width: int, height: int, pitch: int, buffer: Buffer"
PIXEL_DOCUMENTATION = "buffer holds height rows of pitch bytes. Raises ValueError if it is shorter."

HAND_WRITTEN = {
    "RegisterRestCallback": HandWritten(
        "callbacks/http/rest.cpp",
        _CALLBACK,
        "pathRegularExpression: str, callback: _RestCallback",
        documentation="callback(output, uri, **request) answers the requests whose whole URI matches. Callbacks may run "
        "at the same time in several threads. A REST callback cannot register another.",
    ),
    "RegisterRestCallbackNoLock": HandWritten(
        "callbacks/http/rest.cpp",
        "the same as RegisterRestCallback, which takes no lock either",
        "pathRegularExpression: str, callback: _RestCallback",
        documentation="The same as RegisterRestCallback.",
    ),
    "RegisterChunkedRestCallback": HandWritten(
        "callbacks/http/chunked_rest.cpp",
        _CALLBACK,
        "pathRegularExpression: str, callback: _ChunkedRestCallback",
        documentation="As RegisterRestCallback, for uploads of any size: on POST and PUT, request['body'] is an iterator of "
        "bytes, which waits for what has not arrived yet, and has read(size) as files have it. Orthanc takes the "
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
        "Orthanc may hold its cache of DICOM files meanwhile, which a deletion waits for.",
    ),
    "RegisterTranscoderCallback": HandWritten(
        "callbacks/dicom/codecs.cpp",
        _CALLBACK,
        "callback: _TranscoderCallback",
        documentation="callback(dicom, allowed_syntaxes, allow_new_sop_instance_uid) returns bytes, or None to leave it to "
        "others.",
    ),
    "RegisterRefreshMetricsCallback": HandWritten(
        "callbacks/server/metrics.cpp",
        _CALLBACK,
        "callback: _RefreshMetricsCallback",
        documentation="callback() is called before Orthanc tells its metrics; it calls SetMetricsValue.",
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
        "the SDK's second variant, which is the third in Python: the first two are of the SDK's first",
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
    "GetImageBuffer": HandWritten(
        "bindings/images.cpp",
        "the SDK gives a pointer; its size is height * pitch",
        "",
        "bytes",
        documentation="A copy: height rows of pitch bytes.",
    ),
    "CompressPngImage": HandWritten("bindings/images.cpp", _PIXELS, PIXEL_ARGUMENTS, "bytes", PIXEL_DOCUMENTATION),
    "CompressJpegImage": HandWritten(
        "bindings/images.cpp", _PIXELS, f"{PIXEL_ARGUMENTS}, quality: int", "bytes", PIXEL_DOCUMENTATION
    ),
    "CompressAndAnswerPngImage": HandWritten(
        "bindings/images.cpp", _PIXELS, PIXEL_ARGUMENTS, documentation=PIXEL_DOCUMENTATION
    ),
    "CompressAndAnswerJpegImage": HandWritten(
        "bindings/images.cpp", _PIXELS, f"{PIXEL_ARGUMENTS}, quality: int", documentation=PIXEL_DOCUMENTATION
    ),
    "CreateMemoryBuffer": HandWritten(
        "bindings/established.cpp",
        "memory is managed: a buffer is a bytes object",
        "size: int",
        "bytes",
        documentation="The buffer is a bytes object of zeros: scripts do not need this function.",
    ),
    "GetInstanceData": HandWritten(
        "bindings/instances.cpp",
        "the SDK gives a pointer; its size is GetInstanceSize",
        "",
        "bytes",
        documentation="A copy of the DICOM file.",
    ),
    "SendHttpStatus": HandWritten(
        "bindings/answers.cpp",
        "scripts may give the size of the body as the SDK takes it",
        "status: int, body: _Bytes, bodySize: int | None = None",
        documentation="bodySize may be left out; else only so many bytes are sent. Raises ValueError if there are fewer.",
    ),
    "SetHttpErrorDetails": HandWritten(
        "bindings/answers.cpp",
        "control characters are escaped in what is logged only",
        "details: str, log: int",
        documentation="log is 1 to write the details to the log too.",
    ),
    "EncodeDicomWebJson": HandWritten(
        "bindings/dicom_web.cpp", _DICOM_WEB, f"dicom: _Bytes, {_DICOM_WEB_BINARY}", "str", _DICOM_WEB_DOCUMENTATION
    ),
    "EncodeDicomWebJson2": HandWritten(
        "bindings/dicom_web.cpp", _DICOM_WEB, f"dicom: _Bytes, {_DICOM_WEB_BINARY}", "str", _DICOM_WEB_DOCUMENTATION
    ),
    "EncodeDicomWebXml": HandWritten(
        "bindings/dicom_web.cpp", _DICOM_WEB, f"dicom: _Bytes, {_DICOM_WEB_BINARY}", "str", _DICOM_WEB_DOCUMENTATION
    ),
    "EncodeDicomWebXml2": HandWritten(
        "bindings/dicom_web.cpp", _DICOM_WEB, f"dicom: _Bytes, {_DICOM_WEB_BINARY}", "str", _DICOM_WEB_DOCUMENTATION
    ),
    "GetInstanceDicomWebJson": HandWritten(
        "bindings/dicom_web.cpp", _DICOM_WEB, _DICOM_WEB_BINARY, "str", _DICOM_WEB_DOCUMENTATION
    ),
    "GetInstanceDicomWebXml": HandWritten(
        "bindings/dicom_web.cpp", _DICOM_WEB, _DICOM_WEB_BINARY, "str", _DICOM_WEB_DOCUMENTATION
    ),
    "ChunkedHttpClient": HandWritten(
        "bindings/http_client.cpp",
        "its body and its answer are iterators",
        "method: HttpMethod | int, url: str, headers: _Headers = None, body: _HttpBody = None, username: str | None = None, "
        "password: str | None = None, timeout: int = 0, certificateFile: str | None = None, "
        "certificateKeyFile: str | None = None, certificateKeyPassword: str | None = None, pkcs11: int = 0",
        "_HttpAnswer",
        documentation="body is bytes, an iterator of bytes or a file, read while it is sent; its exceptions are raised "
        "here. The answer is an iterator of bytes, which waits for what has not arrived yet, and has read(size) "
        "as files have it, headers, and status, which Orthanc tells at the end: asked before, it raises "
        "RuntimeError if more than 1 MB is unread. No status raises OrthancException, but a transfer that fails "
        "does. close(), the end of a with block and the deletion of the object end the transfer. timeout is in "
        "seconds and for all of it; 0 is the setting HttpTimeout, by default 60.",
    ),
    "GetCommandLineArgument": HandWritten(
        "bindings/command_line.cpp",
        "Orthanc reads beyond its arguments for some numbers",
        "argument: int",
        "str",
        documentation="The first one is 0. Raises OrthancException if there is none of that number.",
    ),
    "LookupDictionary": HandWritten(
        "bindings/dictionary.cpp",
        "the SDK fills a structure",
        "name: str",
        "_DictionaryEntry",
        documentation="A dict with Group, Element, ValueRepresentation, MinMultiplicity and MaxMultiplicity.",
    ),
}
