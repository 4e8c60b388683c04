# SPDX-License-Identifier: GPL-3.0-or-later
"""The callbacks that an instance meets, in the order in which the picture of the documentation has them."""

from __future__ import annotations

from conftest import Servers
from diagrams import LIFE
from helpers import CT, eventually, send

SCRIPT = """
import json
import orthanc

calls = []
files = {}

def seen(name):
    if name not in calls:
        calls.append(name)

def received(dicom, origin):
    seen("RegisterReceivedInstanceCallback")
    return orthanc.ReceivedInstanceAction.KEEP_AS_IS, None

def accept(instance):
    seen("RegisterIncomingCStoreInstanceFilter")
    return 0

def create(uuid, content_type, data):
    files[uuid] = data
    if content_type == orthanc.ContentType.DICOM:
        seen("RegisterStorageArea")

def stored(instance, instance_id):
    seen("RegisterOnStoredInstanceCallback")

def changed(change_type, level, resource_id):
    if change_type in (orthanc.ChangeType.NEW_INSTANCE, orthanc.ChangeType.STABLE_STUDY):
        seen(orthanc.ChangeType(change_type).name)

orthanc.RegisterReceivedInstanceCallback(received)
orthanc.RegisterIncomingCStoreInstanceFilter(accept)
orthanc.RegisterStorageArea(create, lambda uuid, content_type: files[uuid], lambda uuid, content_type: files.pop(uuid))
orthanc.RegisterOnStoredInstanceCallback(stored)
orthanc.RegisterOnChangeCallback(changed)
orthanc.RegisterRestCallback("/calls", lambda output, uri, **_: output.AnswerBuffer(json.dumps(calls), "application/json"))
"""


def test_order(orthanc: Servers) -> None:
    changes = [step.text.partition(":")[0] for step in LIFE if step.callback == "RegisterOnChangeCallback"]
    others = [step.callback for step in LIFE if step.callback not in ("", "RegisterOnChangeCallback")]
    server = orthanc(SCRIPT, dicom=True, configuration={"StableAge": 1})
    assert send(server.dicom_port, CT) == 0
    eventually(lambda: len(server.get("/calls").json()) == len(changes) + len(others))
    calls = server.get("/calls").json()
    assert [call for call in calls if call in others] == others
    assert [call for call in calls if call in changes] == changes
    assert calls.index(changes[0]) > calls.index("RegisterStorageArea")  # on a thread of its own
