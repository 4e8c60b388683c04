# SPDX-License-Identifier: GPL-3.0-or-later
"""A script with every kind of callback, and clients that have Orthanc call it. A test sets what each callback does next."""

from __future__ import annotations

import contextlib
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import requests
from conftest import Servers
from helpers import COLOUR, CT, eventually, new_instance, read
from pydicom import Dataset
from pydicom.uid import JPEGBaseline8Bit, generate_uid
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.events import EVT_DATA_RECV
from pynetdicom.sop_class import (
    CTImageStorage,
    ModalityWorklistInformationFind,
    StorageCommitmentPushModel,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelMove,
)

from orthanc_python import OrthancServer, Response

SCRIPT = '''
import json
import orthanc

armed = {}      # kind of callback: the code that its next call runs
outcomes = {}   # kind of callback: what that code has left in `outcome`
kept = {}       # what one piece of code leaves for the next ones
files = {}


def act(kind, *handles, otherwise=None):
    """Runs what is armed; its `result` is that of the callback."""
    code = armed.get(kind)
    if kind != "web_dav_list":  # which Orthanc asks twice: whether the folder is there, and for its content
        armed.pop(kind, None)
    if not code:
        return otherwise
    outcomes[kind] = "begun"
    scope = {"orthanc": orthanc, "handles": handles, "kept": kept}
    try:
        exec(compile(code, f"<{kind}>", "exec"), scope)
    except BaseException:
        outcomes[kind] = "raised"
        raise
    outcomes[kind] = scope.get("outcome", "ended")
    return scope.get("result", otherwise)


def rest(output, uri, **request):
    act("rest", output)
    output.AnswerBuffer("answered", "text/plain")


def http_filter(uri, **request):
    return act("http_filter", otherwise=True) if uri == "/act/http_filter" else True


def change(change_type, level, resource_id):
    if change_type == orthanc.ChangeType.NEW_INSTANCE:
        act("change")


def received(data, origin):
    return act("received", otherwise=(orthanc.ReceivedInstanceAction.KEEP_AS_IS, None))


def storage_create(uuid, content_type, data):
    act("storage_create")
    files[uuid] = data


def storage_read(uuid, content_type):
    return act("storage_read", otherwise=files[uuid])


def storage_remove(uuid, content_type):
    act("storage_remove")
    del files[uuid]


def lent(arguments):
    """Return the arguments that are Orthanc objects."""
    return (each for each in arguments if type(each).__module__ == "orthanc")


def add_answer(answers, query, *others):
    act("find", answers, query, *lent(others))
    answers.FindAddAnswer(orthanc.CreateDicom('{"StudyInstanceUID": "1.2.3"}', None, orthanc.CreateDicomFlags.NONE))


def worklist(answers, query, *others):
    act("worklist", answers, query, *lent(others))


def move_create(*connection, **request):
    return act("move_create", *connection, otherwise="driver")


def commitment(*arguments):
    return act("commitment", *lent(arguments), otherwise="data")


class Job:
    def step(self):
        return act("job", otherwise=orthanc.JobStepStatus.SUCCESS)


class Folder:
    def list_folder(self, path):
        return act("web_dav_list", otherwise=[("file", 4)]) if path == () else None

    def read_file(self, path):
        return act("web_dav_read", otherwise=b"data")


def register():
    """All of it; the variants with the connection where Orthanc has them."""
    orthanc.RegisterRestCallback("/act/rest", rest)
    orthanc.RegisterIncomingHttpRequestFilter(http_filter)
    orthanc.RegisterOnChangeCallback(change)
    orthanc.RegisterOnStoredInstanceCallback(lambda instance, instance_id: act("stored", instance))
    orthanc.RegisterReceivedInstanceCallback(received)
    orthanc.RegisterIncomingCStoreInstanceFilter(lambda instance: act("store_filter", instance, otherwise=0))
    orthanc.RegisterIncomingDicomInstanceFilter(lambda instance: act("instance_filter", instance, otherwise=True))
    orthanc.RegisterStorageArea(storage_create, storage_read, storage_remove)
    orthanc.RegisterDecodeImageCallback(lambda dicom, frame: act("decoder"))
    orthanc.RegisterTranscoderCallback(lambda dicom, syntaxes, new_identifier: act("transcoder"))
    orthanc.RegisterRefreshMetricsCallback(lambda: act("metrics"))
    orthanc.RegisterWebDavCollection("/dav/act", Folder())
    connected = orthanc.CheckVersionAdvanced(1, 12, 10) and hasattr(orthanc, "RegisterFindCallback2")
    find, tasks, move, committing = (
        getattr(orthanc, name + new if connected else name + old)
        for name, old, new in (
            ("RegisterFindCallback", "", "2"), ("RegisterWorklistCallback", "", "2"),
            ("RegisterMoveCallback", "2", "3"), ("RegisterStorageCommitmentScpCallback", "", "2"),
        )
    )
    find(add_answer)
    tasks(worklist)
    move(move_create, lambda driver: act("move_size", otherwise=1), lambda driver: act("move_apply"),
         lambda driver: act("move_free"))
    committing(commitment, lambda sop_class, sop_instance, data: act("lookup", otherwise=0))


def arm(output, uri, **request):
    outcomes[request["groups"][0]] = "waiting"
    armed[request["groups"][0]] = request["body"]
    output.AnswerBuffer("", "text/plain")


def outcome(output, uri, **request):
    output.AnswerBuffer(json.dumps(outcomes.get(request["groups"][0])), "application/json")


def submit(output, uri, **request):
    output.AnswerBuffer(orthanc.CreateJob(Job(), "Act").SubmitJob(), "text/plain")


register()
orthanc.RegisterRestCallback("/arm/(.*)", arm)
orthanc.RegisterRestCallback("/outcome/(.*)", outcome)
orthanc.RegisterRestCallback("/submit", submit)
'''


class EveryCallback:
    """`callbacks.run(kind, code)` runs the code in a callback of that kind; KINDS are all of them.

    `received` is what the peers of DICOM have got, byte by byte.
    """

    def __init__(self, orthanc: Servers, script: str = SCRIPT, **options: Any) -> None:
        settings = {
            "DicomModalities": {"asking": ["ASKING", "127.0.0.1", 1]},  # nobody listens
            "DicomAlwaysAllowFind": True,
            "DicomAlwaysAllowFindWorklist": True,
            "DicomAlwaysAllowMove": True,
            "MaximumStorageCacheSize": 0,
            "TranscoderCacheSize": 0,
            "JobsHistorySize": 0,  # else finished jobs keep what is theirs
            **options.pop("configuration", {}),
        }
        self.received = bytearray()
        self.server: OrthancServer = orthanc(script, dicom=True, configuration=settings, **options)
        self.kept = self.server.upload(CT)["ID"]
        self.colour = self.server.upload(COLOUR)["ID"]

    def run(self, kind: str, code: str) -> Any:
        """Return what the code has left in `outcome`; "raised" when it did. The client's answer is in `answer`."""
        self.server.post(f"/arm/{kind}", textwrap.dedent(code))
        self.answer = KINDS[kind](self)
        # Some are called after the client has got its answer.
        eventually(lambda: self._outcome(kind) not in ("waiting", "begun"))
        outcome = self._outcome(kind)
        assert outcome not in ("waiting", "begun"), f"the {kind} callback is {outcome}"
        self.server.post(f"/arm/{kind}", "")
        return outcome

    def _outcome(self, kind: str) -> Any:
        return self.server.get(f"/outcome/{kind}").json()

    def upload(self) -> Response:
        """Store one more instance."""
        return self.server.post("/instances", new_instance(CT)[1])

    def preview(self) -> Response:
        """The picture of a new instance: Orthanc 1.13 does not ask again when a decoder has failed for an instance."""
        instance = self.upload().json()["ID"]
        answer = self.server.get(f"/instances/{instance}/preview")
        self.server.delete(f"/instances/{instance}")
        return answer

    @contextlib.contextmanager
    def association(self, context: str) -> Iterator[Association]:
        entity = AE(ae_title="ASKING")
        entity.add_requested_context(context)
        keep = (EVT_DATA_RECV, lambda event: self.received.extend(event.data))
        association = entity.associate("127.0.0.1", self.server.dicom_port, ae_title="ORTHANC", evt_handlers=[keep])
        assert association.is_established
        try:
            yield association
        finally:
            association.release()

    def find(self, model: str) -> int:
        query = Dataset()
        query.QueryRetrieveLevel, query.StudyInstanceUID = "STUDY", ""
        with self.association(model) as association:
            return int([status.Status for status, _ in association.send_c_find(query, model)][-1])

    def move(self) -> int:
        query = Dataset()
        query.QueryRetrieveLevel, query.StudyInstanceUID = "STUDY", read(CT).StudyInstanceUID
        model = StudyRootQueryRetrieveInformationModelMove
        with self.association(model) as association:
            return int([status.Status for status, _ in association.send_c_move(query, "TARGET", model)][-1])

    def store(self) -> int:
        dataset = read(CT)
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        with self.association(CTImageStorage) as association:
            return int(association.send_c_store(dataset).Status)

    def commit(self) -> int:
        item, request = Dataset(), Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CTImageStorage, "1.2.3"
        request.TransactionUID, request.ReferencedSOPSequence = generate_uid(), [item]
        with self.association(StorageCommitmentPushModel) as association:
            answer, _ = association.send_n_action(request, 1, StorageCommitmentPushModel, "1.2.840.10008.1.20.1.1")
            return int(answer.Status)


# Each has Orthanc call a callback of its kind, and returns what a client sees of it.
KINDS: dict[str, Callable[[EveryCallback], Any]] = {
    "rest": lambda it: it.server.get("/act/rest"),
    "http_filter": lambda it: it.server.get("/act/http_filter"),
    "change": EveryCallback.upload,
    "stored": EveryCallback.upload,
    "received": EveryCallback.upload,
    "instance_filter": EveryCallback.upload,
    "store_filter": EveryCallback.store,
    "storage_create": EveryCallback.upload,
    "storage_read": lambda it: it.server.get(f"/instances/{it.kept}/file"),
    "storage_remove": lambda it: it.server.delete(f"/instances/{it.upload().json()['ID']}"),
    "find": lambda it: it.find(StudyRootQueryRetrieveInformationModelFind),
    "worklist": lambda it: it.find(ModalityWorklistInformationFind),
    "move_create": EveryCallback.move,
    "move_size": EveryCallback.move,
    "move_apply": EveryCallback.move,
    "move_free": EveryCallback.move,
    "commitment": EveryCallback.commit,
    "lookup": EveryCallback.commit,
    "job": lambda it: it.server.get("/submit"),
    "decoder": EveryCallback.preview,
    "transcoder": lambda it: it.server.post(f"/instances/{it.colour}/modify", {"Transcode": JPEGBaseline8Bit}),
    "metrics": lambda it: it.server.get("/tools/metrics-prometheus"),
    "web_dav_list": lambda it: requests.request("PROPFIND", f"{it.server.url}/dav/act", headers={"Depth": "1"}, timeout=30),
    "web_dav_read": lambda it: it.server.get("/dav/act/file"),
}
# Orthanc 1.10 removes files while it holds its database. The REST API needs that: no plugin can call it there.
WITHOUT_REST_API = ("storage_remove",)
WITH_HANDLES = ("rest", "stored", "instance_filter", "store_filter", "find", "worklist")
