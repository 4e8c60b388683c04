# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes in scripts: test_stub_checkers.py has mypy and pyright report each line that ends with "# error", and no other."""

from typing import Any

import orthanc


def no_uri(output: orthanc.RestOutput, **request: Any) -> None: ...


def no_request(output: orthanc.RestOutput, uri: str) -> None: ...


def bytes_uri(output: orthanc.RestOutput, uri: bytes, **request: Any) -> None: ...


def wrong_output(output: orthanc.Image, uri: str, **request: Any) -> None: ...


def no_level(change_type: orthanc.ChangeType, resource_id: str | None) -> None: ...


def no_answer(uri: str, **request: Any) -> None: ...


def text_answer(dicom: bytes, origin: orthanc.InstanceOrigin) -> str:
    return ""


def status_text(instance: orthanc.DicomInstance) -> str:
    return ""


def create_driver(**request: Any) -> list[str]:
    return []


def size_of_bytes(driver: bytes) -> int:
    return 0


def free(driver: Any) -> None: ...


def free_list(driver: list[str]) -> None: ...


def create_file(uuid: str, content_type: orthanc.ContentType, data: str) -> None: ...


def read_nothing(uuid: str, content_type: orthanc.ContentType) -> None: ...


def remove_file(uuid: str, content_type: orthanc.ContentType) -> None: ...


def read_file(uuid: str, content_type: orthanc.ContentType) -> bytes:
    return b""


async def filter_by_text(uri: str, **request: Any) -> str:
    return "yes"


async def size_of_text(driver: list[str]) -> str:
    return ""


class AsyncStep:
    async def step(self) -> orthanc.JobStepStatus:
        return orthanc.JobStepStatus.SUCCESS


class NoStep:
    def stop(self) -> None: ...


orthanc.RegisterRestCallback("/a", no_uri)  # error
orthanc.RegisterRestCallback("/a", no_request)  # error
orthanc.RegisterRestCallback("/a", bytes_uri)  # error
orthanc.RegisterRestCallback("/a", wrong_output)  # error
orthanc.RegisterRestCallback("/a", lambda output: None)  # error
orthanc.RegisterRestCallback("/a", None)  # error
orthanc.RegisterRestCallback("/a")  # error
orthanc.RegisterOnChangeCallback(no_level)  # error
orthanc.RegisterIncomingHttpRequestFilter(no_answer)  # error
orthanc.RegisterReceivedInstanceCallback(text_answer)  # error
orthanc.RegisterIncomingCStoreInstanceFilter(status_text)  # error
orthanc.RegisterMoveCallback2(create_driver, size_of_bytes, free, free)  # error
orthanc.RegisterIncomingHttpRequestFilter(filter_by_text)  # error
orthanc.RegisterMoveCallback2(create_driver, size_of_text, free_list, free_list)  # error
orthanc.RegisterStorageArea(create_file, read_file, remove_file)  # error
orthanc.RegisterStorageArea(free, read_nothing, remove_file)  # error
orthanc.CreateJob(NoStep(), "Job")  # error
orthanc.CreateJob(AsyncStep(), "Job")  # error
orthanc.CreateJob(iter([0.5]), "Job")  # error

orthanc.RestApiGet(3)  # error
orthanc.RestApiGet(b"/system")  # error
orthanc.RestApiGet()  # error
orthanc.RestApiGet(url="/system")  # error
orthanc.RestApiPost("/tools/find", {"Level": "Study"})  # error
print(orthanc.RestApiGet("/system")["Version"])  # error
orthanc.CreateDicom("{}", b"pixels", 0)  # error
orthanc.CreateDicom("{}", None, "NONE")  # error
orthanc.CreateImage("RGB24", 2, 2)  # error
orthanc.SetMetricsValue("a", "1", orthanc.MetricsType.DEFAULT)  # error
print(orthanc.LookupDictionary("PatientID")["group"])  # error
orthanc.RestApiPatch("/system")  # error
print(orthanc.ChangeType.NEW_STUDIES)  # error
print(orthanc.ChangeType.NEW_STUDY.name)  # error
orthanc.OrthancException("a text alone")  # error
orthanc.OrthancException(code=1, description="by name")  # error
