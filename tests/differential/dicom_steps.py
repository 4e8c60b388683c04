# SPDX-License-Identifier: GPL-3.0-or-later
"""The DICOM steps of a case, by pynetdicom, and the peer that receives what Orthanc sends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from files import make_dataset
from pydicom import Dataset
from pydicom.uid import UID
from pynetdicom import AE, AllStoragePresentationContexts, evt
from pynetdicom.association import Association
from pynetdicom.sop_class import (
    ModalityWorklistInformationFind,
    PatientRootQueryRetrieveInformationModelFind,
    PatientRootQueryRetrieveInformationModelMove,
    StorageCommitmentPushModel,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)

CALLING, CALLED = "PEER", "ORTHANC"
COMMITMENT_INSTANCE = UID("1.2.840.10008.1.20.1.1")


@contextmanager
def association(port: int, context: UID, *syntaxes: str) -> Iterator[Association]:
    entity = AE(ae_title=CALLING)
    entity.add_requested_context(context, list(syntaxes) or None)
    established = entity.associate("127.0.0.1", port, ae_title=CALLED)
    if not established.is_established:
        raise ConnectionRefusedError("the association was rejected")
    try:
        yield established
    finally:
        established.release()


def identifier(elements: tuple[str, ...], **more: str) -> Dataset:
    dataset = Dataset()
    for keyword, value in [*(element.split("=", 1) for element in elements), *more.items()]:
        setattr(dataset, keyword, value)
    return dataset


def status_of(answer: Dataset) -> str:
    return f"{answer.Status:04x}" if "Status" in answer else "no answer"


def echo(port: int) -> str:
    with association(port, Verification) as established:
        return status_of(established.send_c_echo())


def store(port: int, file: str, *elements: str) -> str:
    dataset = make_dataset(file, *elements)
    with association(port, dataset.SOPClassUID, dataset.file_meta.TransferSyntaxUID) as established:
        return status_of(established.send_c_store(dataset))


def answers(found: Iterator[tuple[Dataset, Dataset | None]]) -> list[Any]:
    return [[status_of(status), str(dataset).splitlines() if dataset else None] for status, dataset in found]


def find(port: int, level: str, *elements: str) -> list[Any]:
    models = PatientRootQueryRetrieveInformationModelFind, StudyRootQueryRetrieveInformationModelFind
    model = models[level != "PATIENT"]
    with association(port, model) as established:
        return answers(established.send_c_find(identifier(elements, QueryRetrieveLevel=level), model))


def worklist(port: int, *elements: str) -> list[Any]:
    step = Dataset()
    step.Modality, step.ScheduledStationAETitle, step.ScheduledProcedureStepStartDate = "", "", ""
    query = identifier(elements)
    query.ScheduledProcedureStepSequence = [step]
    with association(port, ModalityWorklistInformationFind) as established:
        return answers(established.send_c_find(query, ModalityWorklistInformationFind))


def move(port: int, level: str, target: str, *elements: str) -> list[Any]:
    models = PatientRootQueryRetrieveInformationModelMove, StudyRootQueryRetrieveInformationModelMove
    model = models[level != "PATIENT"]
    with association(port, model) as established:
        found = established.send_c_move(identifier(elements, QueryRetrieveLevel=level), target, model)
        # How many interim answers arrive depends on the time.
        status, _ = list(found)[-1]
        counts = ("Completed", "Failed", "Warning")
        return [status_of(status), [getattr(status, f"NumberOf{name}Suboperations", None) for name in counts]]


def commit(port: int, *instances: str) -> str:
    request = identifier((), TransactionUID="1.2.3.4")
    request.ReferencedSOPSequence = [
        identifier((), ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=instance)
        for sop_class, instance in (text.split("/") for text in instances)
    ]
    with association(port, StorageCommitmentPushModel) as established:
        status, _ = established.send_n_action(request, 1, StorageCommitmentPushModel, COMMITMENT_INSTANCE)
        return status_of(status)


class Peer:
    """A DICOM server: what it has received, as texts."""

    def __init__(self) -> None:
        self.received: list[str] = []
        self.lock = threading.Lock()
        entity = AE(ae_title="PEER")
        entity.supported_contexts = AllStoragePresentationContexts
        entity.add_supported_context(Verification)
        entity.add_supported_context(StorageCommitmentPushModel, scu_role=True, scp_role=True)
        handlers = [(evt.EVT_C_STORE, self.store), (evt.EVT_N_EVENT_REPORT, self.report)]
        self.server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)

    @property
    def port(self) -> int:
        return int(self.server.socket.getsockname()[1])

    def note(self, text: str) -> None:
        with self.lock:
            self.received.append(text)

    def store(self, event: evt.Event) -> int:
        self.note(f"C-STORE {event.request.AffectedSOPInstanceUID} from {event.request.MoveOriginatorApplicationEntityTitle}")
        return 0x0000

    def report(self, event: evt.Event) -> tuple[int, None]:
        self.note(f"N-EVENT-REPORT {event.event_type}\n{event.event_information}")
        return 0x0000, None

    def close(self) -> None:
        self.server.shutdown()
