# SPDX-License-Identifier: GPL-3.0-or-later
"""The callbacks of an instance and of a request, in the order of the documentation's pictures."""

from __future__ import annotations

import requests
from conftest import Servers
from drawing.steps import LIFE, REQUEST
from helpers import CT, eventually, send

INSTANCE = """
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


def test_life_of_an_instance(orthanc: Servers) -> None:
    changes = [step.text.partition(":")[0] for step in LIFE if step.callback == "RegisterOnChangeCallback"]
    others = [step.callback for step in LIFE if step.callback not in ("", "RegisterOnChangeCallback")]
    server = orthanc(INSTANCE, dicom=True, configuration={"StableAge": 1})
    assert send(server.dicom_port, CT) == 0
    assert eventually(lambda: len(server.get("/calls").json()) == len(changes) + len(others))
    calls = server.get("/calls").json()
    assert [call for call in calls if call in others] == others
    assert [call for call in calls if call in changes] == changes
    assert calls.index(changes[0]) > calls.index("RegisterStorageArea")  # on a thread of its own


ROUTE = """
import orthanc

calls = []

def may_pass(uri, **request):
    calls.append("RegisterIncomingHttpRequestFilter")
    return "secret" not in uri

def hello(output, uri, **request):
    calls.append("RegisterRestCallback")
    orthanc.RestApiGet("/system")
    calls.append("RegisterRestCallback")
    output.AnswerBuffer("\\n".join(calls), "text/plain")

orthanc.RegisterIncomingHttpRequestFilter(may_pass)
orthanc.RegisterRestCallback("/hello|/secret", hello)
"""


def test_way_of_a_request(orthanc: Servers) -> None:
    """The password comes before the filter, and the filter before the callback."""
    users = {"AuthenticationEnabled": True, "RegisteredUsers": {"ada": "lovelace"}}
    server = orthanc(ROUTE, configuration=users)
    url = f"http://127.0.0.1:{server.http_port}"
    assert requests.get(f"{url}/hello", timeout=30).status_code == 401
    expected = [step.callback for step in REQUEST if step.callback]
    assert requests.get(f"{url}/hello", auth=("ada", "lovelace"), timeout=30).text.splitlines() == expected
    assert requests.get(f"{url}/secret", auth=("ada", "lovelace"), timeout=30).status_code == 403
