# SPDX-License-Identifier: GPL-3.0-or-later
"""Other SDK functions that are bound by hand: where, why, and what the stub says of them."""

from __future__ import annotations

from orthanc_sdk.binding.hand_written import PIXEL_ARGUMENTS, PIXEL_DOCUMENTATION, HandWritten

_DICOM_WEB = "what becomes of binary elements is said in one argument"
_DICOM_WEB_BINARY = "binary: _DicomWebBinary = DicomWebBinaryMode.INLINE_BINARY"
_DICOM_WEB_DOCUMENTATION = (
    "For binary elements, binary is a DicomWebBinaryMode (by default INLINE_BINARY), the bulk data URI, None to leave "
    "them out, or a function of (path, group, element, vr) that returns one of these, where path lists (group, element, item) "
    "of the sequences around. Raises what that function raises."
)
_PIXELS = "the SDK takes pixels without their size: height * pitch bytes are checked"

_SIZE = "Orthanc computes the size of the memory in 32 bits"
_SIZE_DOCUMENTATION = "Raises ValueError if the image would have 4 GB or more."

FUNCTIONS = {
    "CreateImage": HandWritten(
        "bindings/images.cpp",
        _SIZE,
        "format: PixelFormat | int, width: int, height: int",
        "Image",
        documentation=_SIZE_DOCUMENTATION,
    ),
    "ConvertPixelFormat": HandWritten(
        "bindings/images.cpp",
        _SIZE,
        "targetFormat: PixelFormat | int",
        "Image",
        documentation=_SIZE_DOCUMENTATION,
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
        documentation="body is bytes, an iterator of bytes or a file, read while it is sent. Text is sent as UTF-8. Exceptions "
        "of the body are raised here. The answer is an iterator of bytes. It waits for what has not arrived yet, and has "
        "read(size) as files have it, headers, and status. Orthanc gives the status at the end: asked before, it raises "
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
