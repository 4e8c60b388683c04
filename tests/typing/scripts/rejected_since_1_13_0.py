# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes with what newer Orthancs have: as rejected.py, with the stubs of SDK 1.13.0 and later."""

from typing import Any

import orthanc


def find_without_connection(answers: orthanc.FindAnswers, query: orthanc.FindQuery, issuer: str, called: str) -> None: ...


def create_move(connection: orthanc.DicomConnection, **request: Any) -> list[str]:
    return []


def size_of_bytes(driver: bytes) -> int:
    return 0


def free(driver: Any) -> None: ...


def create_file(uuid: str, content_type: orthanc.ContentType, data: bytes) -> None: ...


def text_status(uri: str, **request: Any) -> str:
    return "granted"


def audit_without_data(source: str, user: str, level: orthanc.ResourceType, resource: str, action: str) -> None: ...


class NoFiles:
    def list_folder(self, path: tuple[str, ...]) -> list[str]:
        return []


orthanc.RegisterFindCallback2(find_without_connection)  # error
orthanc.RegisterMoveCallback3(create_move, size_of_bytes, free, free)  # error
orthanc.RegisterStorageArea3(create_file, free, free)  # error
orthanc.RegisterHttpAuthentication(text_status)  # error
orthanc.RegisterAuditLogHandler(audit_without_data)  # error
orthanc.RegisterWebDavCollection("/folder", NoFiles())  # error

orthanc.StoreKeyValue("store", 3, b"")  # error
orthanc.DequeueValue("queue", "FRONT")  # error
orthanc.GetKeyValue("store", "key").decode()  # error
orthanc.ReserveQueueValue("queue", orthanc.QueueOrigin.FRONT, 10)[0].decode()  # error
print(orthanc.KeysValuesIterator.Previous)  # error
