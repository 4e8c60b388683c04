# SPDX-License-Identifier: GPL-3.0-or-later
"""Which functions scripts can rely on: the plugin may be built with an SDK newer than the Orthanc that it runs in."""

from __future__ import annotations

import re

import pytest
from remote import Remote

SINCE = {
    "RestApiGet": (0, 0, 0),
    "HasFunction": (0, 0, 0),
    "RegisterMoveCallback2": (0, 0, 0),
    "DicomInstance.GetInstanceJson": (0, 0, 0),
    "Image.GetImageBufferView": (0, 0, 0),
    "RegisterWebDavCollection": (1, 10, 1),
    "LoadDicomInstance": (1, 12, 1),
    "GetKeyValue": (1, 12, 8),
    "KeysValuesIterator.Next": (1, 12, 8),
    "SetStableStatus": (1, 12, 9),
    "DicomConnection.GetConnectionRemoteAet": (1, 12, 10),
    "RegisterMoveCallback3": (1, 12, 10),
    "ClearCurrentThreadName": (1, 13, 0),
}
CALLS = {
    "LoadDicomInstance": "('nothing', 1)",
    "GetKeyValue": "('store', 'key')",
    "SetMetricsIntegerValue": "('metrics', 1, 0)",
    "EnqueueValue": "('queue', b'value')",
    "RegisterFindCallback2": "(print)",
}


def version(remote: Remote) -> tuple[int, ...]:
    text = remote.server.get("/system").json()["Version"]
    return (99,) if text == "mainline" else tuple(map(int, text.split(".")))


def test_functions_and_methods(remote: Remote) -> None:
    for name, since in SINCE.items():
        bound = remote(f"""
            found = orthanc
            for part in {name!r}.split("."):
                found = getattr(found, part, None)
            result = found is not None
        """)
        assert remote.value(f"orthanc.HasFunction({name!r})") is (bound and since <= version(remote)), name
        assert bound or since > (1, 10, 1), f"{name} is not bound"


@pytest.mark.parametrize(
    "name", ["", "NoSuchFunction", "RestApiGet ", "Image", "GetImageBuffer", "ErrorCode.SUCCESS", "CreateMemoryBuffer64"]
)
def test_other_names(remote: Remote, name: str) -> None:
    assert remote.value(f"orthanc.HasFunction({name!r})") is False


def test_call_of_a_function_that_orthanc_lacks(remote: Remote) -> None:
    for name, arguments in CALLS.items():
        if remote.value(f"hasattr(orthanc, {name!r}) and not orthanc.HasFunction({name!r})"):
            error = remote.error(f"orthanc.{name}{arguments}")
            assert error.kind == "OrthancException"
            assert re.search(rf"{name} needs Orthanc 1\.1\d\.\d+ or later; this is Orthanc", error.arguments[1])
