# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and signatures that existing scripts rely on, in the real headers."""

from __future__ import annotations

from orthanc_sdk.binding.rules import Library
from orthanc_sdk.names import member_name, short_name
from orthanc_sdk.output.stub import stub_signature

SIGNATURES = {
    "RestApiGet": "(uri: str) -> bytes",
    "RestApiPost": "(uri: str, body: _Bytes) -> bytes",
    "RestApiDelete": "(uri: str) -> None",
    "RestApiGet2": "(uri: str, headers: dict[str, str] | None, afterPlugins: int) -> bytes",
    "RestOutput.AnswerBuffer": "(self, answer: _Bytes, mimeType: str) -> None",
    "HttpGet": "(url: str, username: str | None = None, password: str | None = None) -> bytes",
    "LookupPatient": "(patientID: str) -> str",
    "GetTagName": "(group: int, element: int, privateCreator: str | None) -> str",
    "AutodetectMimeType": "(path: str) -> str | None",
    "BufferCompression": "(source: _Bytes, compression: CompressionType | int, uncompress: int) -> bytes",
    "CreateDicom": "(json: str, pixelData: Image | None, flags: CreateDicomFlags | int) -> bytes",
    "CreateImage": "(format: PixelFormat | int, width: int, height: int) -> Image",
    "CreateImageFromBuffer": "(format: PixelFormat | int, width: int, height: int, pitch: int, buffer: Buffer) -> Image",
    "Image.GetImageWidth": "(self) -> int",
    "Image.GetImagePixelFormat": "(self) -> PixelFormat",
    "Image.GetImageBuffer": "(self) -> bytes",
    "Image.ConvertPixelFormat": "(self, targetFormat: PixelFormat | int) -> Image",
    "DicomInstance.GetInstanceData": "(self) -> bytes",
    "DicomInstance.GetInstanceJson": "(self) -> str",
    "DicomInstance.GetInstanceOrigin": "(self) -> InstanceOrigin",
    "FindAnswers.FindAddAnswer": "(self, dicom: _Bytes) -> None",
    "FindMatcher.IsMatch": "(self, dicom: _Bytes) -> int",
    "FindQuery.GetFindQueryTag": "(self, index: int) -> tuple[int, int]",
    "FindQuery.GetFindQueryTagName": "(self, index: int) -> str",
    "WorklistAnswers.WorklistAddAnswer": "(self, query: WorklistQuery, dicom: _Bytes) -> None",
    "WorklistQuery.WorklistGetDicomQuery": "(self) -> bytes",
    "WorklistQuery.WorklistIsMatch": "(self, dicom: _Bytes) -> int",
    "StorageArea.Create": "(self, uuid: str, content: _Bytes, type: ContentType | int) -> None",
    "SetMetricsValue": "(name: str, value: float, type: MetricsType | int) -> None",
    "LookupDictionary": "(name: str) -> _DictionaryEntry",
    "RegisterRestCallback": "(pathRegularExpression: str, callback: _RestCallback) -> None",
}
NEWER = {
    "GetKeyValue": "(storeId: str, key: str) -> bytes | None",
    "DequeueValue": "(queueId: str, origin: QueueOrigin | int) -> bytes | None",
    "GetQueueSize": "(queueId: str) -> int",
    "SetStableStatus": "(resourceId: str, stableStatus: StableStatus | int) -> tuple[ErrorCode, int]",
    "KeysValuesIterator.Next": "(self) -> bool",
    "KeysValuesIterator.GetKey": "(self) -> str | None",
    "KeysValuesIterator.GetValue": "(self) -> bytes",
    "DicomConnection.GetConnectionRemoteAet": "(self) -> str | None",
    "AdoptDicomInstance": "(dicom: _Bytes, customData: _Bytes) -> tuple[bytes, bytes, StoreStatus]",
}
LONG = {
    "ReserveQueueValue": "-> tuple[bytes, int] | tuple[None, None]",
    "HttpClient": "-> tuple[bytes, dict[str, str], int]",
    "Peers.CallPeerApi": "-> tuple[bytes, dict[str, str], int]",
}
MEMBERS = {
    "ChangeType": {"NEW_STUDY", "ORTHANC_STARTED", "ORTHANC_STOPPED"},
    "PixelFormat": {"GRAYSCALE16", "RGB24", "SIGNED_GRAYSCALE16"},
    "ContentType": {"DICOM_AS_JSON", "DICOM_UNTIL_PIXEL_DATA"},
    "StorageCommitmentFailureReason": {"REFERENCED_SOPCLASS_NOT_SUPPORTED"},
    "ErrorCode": {"SQLITE_NOT_OPENED", "SUCCESS", "INTERNAL_ERROR"},
    "HttpMethod": {"GET", "POST", "PUT", "DELETE"},
}


def signatures(library: Library) -> dict[str, str]:
    return {binding.python: stub_signature(binding) for binding in library.bindings if binding.bound}


def test_signatures(sdk: Library) -> None:
    found = signatures(sdk)
    assert {name: found.get(name) for name in SIGNATURES} == SIGNATURES


def test_newer_signatures(sdk: Library) -> None:
    found = signatures(sdk)
    expected = NEWER if "GetKeyValue" in found else {}  # an older SDK must have none of them
    assert {name: found[name] for name in NEWER if name in found} == expected


def test_results_of_long_signatures(sdk: Library) -> None:
    found = signatures(sdk)
    for name, result in LONG.items():
        if name in found:
            assert found[name].endswith(result)


def test_members(sdk: Library) -> None:
    found = {short_name(e.name): {member_name(e.name, m.name) for m in e.members} for e in sdk.header.enumerations}
    for name, members in MEMBERS.items():
        assert members <= found[name]
    assert all(name.isidentifier() and name == name.upper() for members in found.values() for name in members)


def test_quick_and_slow(sdk: Library) -> None:
    quick = {binding.python: binding.primitive.quick for binding in sdk.bindings if binding.primitive}
    for name in (
        "Image.GetImageWidth",
        "DicomInstance.GetInstanceSize",
        "Peers.GetPeerUrl",
        "GetTagName",
        "GenerateUuid",
    ):
        assert quick[name], name
    for name in (
        "RestApiGet",
        "LogInfo",
        "RestOutput.AnswerBuffer",
        "ComputeMd5",
        "GetPeers",
        "ReadFile",
        "GetConfiguration",
        "GetCommandLineArgumentsCount",
    ):
        assert not quick[name], name
