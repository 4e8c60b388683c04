# SPDX-License-Identifier: GPL-3.0-or-later
"""Code that scripts may have for newer Orthancs: as accepted.py, with the stubs of SDK 1.13.0 and later."""

from typing import Any

import orthanc


def on_find(answers: orthanc.FindAnswers, query: orthanc.FindQuery, connection: orthanc.DicomConnection) -> None:
    print(connection.GetConnectionRemoteAet())


def on_worklist(answers: orthanc.WorklistAnswers, query: orthanc.WorklistQuery, connection: orthanc.DicomConnection) -> None:
    print(connection.GetConnectionRemoteIp())


def create_move(connection: orthanc.DicomConnection, **request: Any) -> list[str]:
    return [request["PatientID"]]


def apply_move(driver: list[str]) -> orthanc.ErrorCode:
    return orthanc.ErrorCode.SUCCESS


def create_file(
    uuid: str,
    content_type: orthanc.ContentType,
    compression: orthanc.CompressionType,
    data: bytes,
    instance: orthanc.DicomInstance | None,
) -> tuple[orthanc.ErrorCode, bytes | None]:
    return orthanc.ErrorCode.SUCCESS, None


def read_range(
    uuid: str, content_type: orthanc.ContentType, start: int, size: int, custom: bytes
) -> tuple[orthanc.ErrorCode, bytes | None]:
    return orthanc.ErrorCode.SUCCESS, bytes(size)


def remove_file(uuid: str, content_type: orthanc.ContentType, custom: bytes) -> orthanc.ErrorCode:
    return orthanc.ErrorCode.SUCCESS


def authenticate(uri: str, **request: Any) -> tuple[orthanc.HttpAuthenticationStatus, bytes]:
    return orthanc.HttpAuthenticationStatus.GRANTED, b"payload"


def audit(source: str, user: str, level: orthanc.ResourceType, resource: str, action: str, data: bytes) -> None:
    print(source, user, level, resource, action, data)


class Folder:
    def list_folder(self, path: tuple[str, ...]) -> list[str | tuple[str, int]]:
        return ["sub", ("file", 3)]

    def read_file(self, path: tuple[str, ...]) -> bytes | None:
        return b"abc" if path == ("file",) else None


class LaterFolder:
    async def list_folder(self, path: tuple[str, ...]) -> list[str]:
        return ["sub"]

    async def read_file(self, path: tuple[str, ...]) -> bytes | None:
        return None


async def authenticate_later(uri: str, **request: Any) -> orthanc.HttpAuthenticationStatus:
    return orthanc.HttpAuthenticationStatus.GRANTED


orthanc.RegisterWebDavCollection("/later", LaterFolder())
orthanc.RegisterHttpAuthentication(authenticate_later)
orthanc.RegisterFindCallback2(on_find)
orthanc.RegisterWorklistCallback2(on_worklist)
orthanc.RegisterMoveCallback3(create_move, len, apply_move, lambda driver: driver.clear())
orthanc.RegisterStorageArea3(create_file, read_range, remove_file)
orthanc.RegisterHttpAuthentication(authenticate)
orthanc.RegisterAuditLogHandler(audit)
orthanc.RegisterWebDavCollection("/folder", Folder())

value: bytes | None = orthanc.GetKeyValue("store", "key")
iterator = orthanc.CreateKeysValuesIterator("store")
while iterator.Next():
    print(iterator.GetKey(), iterator.GetValue().decode())
code, changed = orthanc.SetStableStatus("study", orthanc.StableStatus.STABLE)
has_changed: int = changed
reserved, identifier = orthanc.ReserveQueueValue("queue", orthanc.QueueOrigin.FRONT, 10)
if reserved is not None and identifier is not None:
    orthanc.AcknowledgeQueueValue("queue", identifier)
