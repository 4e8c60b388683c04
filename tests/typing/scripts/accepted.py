# SPDX-License-Identifier: GPL-3.0-or-later
"""Code that scripts may have: test_stub_checkers.py has mypy and pyright accept it with the stub of every SDK."""

import json
from collections.abc import Generator
from typing import Any

import orthanc


def on_rest(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.AnswerBuffer(json.dumps({"uri": uri, "groups": request["groups"]}), "application/json")


def on_method(output: orthanc.RestOutput, url: str, *, method: str, **request: Any) -> None:
    output.AnswerBuffer(b"" if method == "GET" else bytearray(), "text/plain")


def on_change(change: orthanc.ChangeType, level: orthanc.ResourceType, resource: str) -> None:
    print(orthanc.RestApiGet("/system").decode())


def on_request(uri: str, **request: Any) -> bool:
    return bool(request["method"] == orthanc.HttpMethod.GET)


def on_stored(instance: orthanc.DicomInstance, identifier: str) -> None:
    print(instance.GetInstanceSize() + len(instance.GetInstanceData()))


def on_received(dicom: bytes, origin: orthanc.InstanceOrigin) -> tuple[orthanc.ReceivedInstanceAction, bytes | None]:
    return orthanc.ReceivedInstanceAction.KEEP_AS_IS, None


def on_c_store(instance: orthanc.DicomInstance) -> int:
    return 0xC000 if instance.GetInstanceMetadata("RemoteAET") else 0


def on_find(answers: orthanc.FindAnswers, query: orthanc.FindQuery, issuer: str, called: str) -> None:
    answers.FindAddAnswer(orthanc.CreateDicom("{}", None, orthanc.CreateDicomFlags.NONE))


def on_worklist(answers: orthanc.WorklistAnswers, query: orthanc.WorklistQuery, issuer: str, called: str) -> None:
    answers.WorklistAddAnswer(query, query.WorklistGetDicomQuery())


def create_move(**request: Any) -> list[str]:
    return [request["PatientID"], request["Level"]]


def apply_move(driver: list[str]) -> None:
    driver.pop()


def create_file(uuid: str, content_type: orthanc.ContentType, data: bytes) -> None:
    pass


def read_file(uuid: str, content_type: orthanc.ContentType) -> bytes:
    return b""


def remove_file(uuid: str, content_type: orthanc.ContentType) -> None:
    pass


def commit(job: str, transaction: str, classes: list[str], instances: list[str], remote: str, called: str) -> set[str]:
    return set(instances)


def look_up(sop_class: str, sop_instance: str, data: set[str]) -> orthanc.StorageCommitmentFailureReason:
    reasons = orthanc.StorageCommitmentFailureReason
    return reasons.SUCCESS if sop_instance in data else reasons.NO_SUCH_OBJECT_INSTANCE


def decode(dicom: bytes, frame: int) -> orthanc.Image | None:
    return orthanc.CreateImage(orthanc.PixelFormat.RGB24, 2, 2) if frame == 0 else None


def transcode(dicom: bytes, syntaxes: list[str], new_uid: bool) -> bytes | None:
    return dicom if "1.2.840.10008.1.2" in syntaxes else None


def work() -> Generator[float, None, None]:
    yield 0.5


class Work:
    def step(self) -> orthanc.JobStepStatus:
        return orthanc.JobStepStatus.SUCCESS


def restore(kind: str, serialized: Any) -> Work | None:
    return Work() if kind == "Work" else None


class TextFile:
    def read(self, size: int) -> str:
        return ""


def on_upload(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    size: int = sum(len(chunk) for chunk in request["body"])
    with orthanc.ChunkedHttpClient(orthanc.HttpMethod.PUT, uri, {"A": "b"}, (bytes(10) for _ in range(size))) as answer:
        first: bytes = answer.read(10)
        for chunk in answer:
            first += chunk
    orthanc.ChunkedHttpClient(orthanc.HttpMethod.PUT, uri, body=TextFile()).close()
    answer = orthanc.ChunkedHttpClient(orthanc.HttpMethod.GET, uri, timeout=5)
    output.AnswerBuffer(answer.read(10) if answer.status == 200 else answer.headers["a"], "text/plain")


async def answer_later(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.AnswerBuffer(b"", "text/plain")


async def filter_later(uri: str, **request: Any) -> bool:
    return bool(request["method"] == orthanc.HttpMethod.GET)


async def receive_later(dicom: bytes, origin: orthanc.InstanceOrigin) -> tuple[orthanc.ReceivedInstanceAction, bytes | None]:
    return orthanc.ReceivedInstanceAction.MODIFY, dicom


async def accept_later(instance: orthanc.DicomInstance) -> int:
    return 0


async def read_later(uuid: str, content_type: orthanc.ContentType) -> bytes:
    return b""


async def create_move_later(**request: Any) -> list[str]:
    return [request["PatientID"]]


async def count_later(driver: list[str]) -> int:
    return len(driver)


async def decode_later(dicom: bytes, frame: int) -> orthanc.Image | None:
    return None


async def restore_later(kind: str, serialized: Any) -> Work | None:
    return Work()


orthanc.RegisterRestCallback("/later", answer_later)
orthanc.RegisterIncomingHttpRequestFilter(filter_later)
orthanc.RegisterReceivedInstanceCallback(receive_later)
orthanc.RegisterIncomingCStoreInstanceFilter(accept_later)
orthanc.RegisterStorageArea(create_file, read_later, remove_file)
orthanc.RegisterMoveCallback2(create_move_later, count_later, apply_move, lambda driver: driver.clear())
orthanc.RegisterDecodeImageCallback(decode_later)
orthanc.RegisterJobsUnserializer(restore_later)

orthanc.RegisterRestCallback("/a", on_rest)
orthanc.RegisterRestCallback("/b", on_method)
orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterChunkedRestCallback("/c", on_upload)
orthanc.RegisterIncomingHttpRequestFilter(on_request)
orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterReceivedInstanceCallback(on_received)
orthanc.RegisterIncomingCStoreInstanceFilter(on_c_store)
orthanc.RegisterFindCallback(on_find)
orthanc.RegisterWorklistCallback(on_worklist)
orthanc.RegisterMoveCallback(create_move)
orthanc.RegisterMoveCallback2(create_move, len, apply_move, lambda driver: driver.clear())
orthanc.RegisterStorageArea(create_file, read_file, remove_file)
orthanc.RegisterStorageCommitmentScpCallback(commit, look_up)
orthanc.RegisterDecodeImageCallback(decode)
orthanc.RegisterTranscoderCallback(transcode)
orthanc.RegisterRefreshMetricsCallback(lambda: orthanc.SetMetricsValue("a", 1, orthanc.MetricsType.DEFAULT))
orthanc.RegisterJobsUnserializer(restore)
orthanc.CreateJob(Work(), "Work").SubmitJob(priority=3)
orthanc.CreateJob(work, "Work").SubmitJob()
orthanc.CreateJob(work(), "Work").SubmitJob()

orthanc.CreateDicom("{}", None, orthanc.CreateDicomFlags.NONE | orthanc.CreateDicomFlags.DECODE_DATA_URI_SCHEME)
image = orthanc.CreateImageFromBuffer(orthanc.PixelFormat.RGB24, 2, 2, 6, bytes(12))
width: int = image.GetImageWidth()
copied: orthanc.Image = image.ConvertPixelFormat(orthanc.PixelFormat.GRAYSCALE8)
group: int = orthanc.LookupDictionary("PatientID")["Group"]
names = {getattr(orthanc.ChangeType, name): name for name in dir(orthanc.ChangeType)}
change_name: str = orthanc.ChangeType(6).name
number: int = orthanc.ChangeType.NEW_STUDY
orthanc.EncodeDicomWebJson(b"", lambda path, group, element, vr: None if path else "/bulk")
try:
    orthanc.RestApiDelete(uri="/x")
except orthanc.OrthancException as error:
    code: int = error.args[0]
    raise orthanc.OrthancException(orthanc.ErrorCode.PLUGIN, "no") from error
