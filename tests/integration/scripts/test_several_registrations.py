# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts that register several callbacks of one kind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Servers
from helpers import CT, MR, RT_PLAN, read, send
from remote import SCRIPT, Remote

from orthanc_python import OrthancServer

CALLS = """
import json
import orthanc

calls = []
orthanc.RegisterRestCallback("/calls", lambda output, uri, **_: output.AnswerBuffer(json.dumps(calls), "application/json"))
"""


def calls(server: OrthancServer) -> list[object]:
    return list(json.loads(server.get("/calls").text))


def test_all_are_told_of_changes_in_order(orthanc: Servers) -> None:
    server = orthanc(
        CALLS
        + """
def listener(name):
    def listen(change, level, resource):
        calls.append([name, int(change)])
        if name == "first":
            raise RuntimeError("the first fails")
    return listen

for name in ("first", "second", "third"):
    orthanc.RegisterOnChangeCallback(listener(name))
"""
    )
    server.wait_for_log("the first fails")
    orthanc.stop(server)
    assert server.log().count("RuntimeError: the first fails") >= 2  # at start and at stop
    server.start()
    server.wait_for_log("the first fails", beginning=server.log().rindex("Orthanc version"))
    started = [name for name, change in calls(server) if change == 10]  # type: ignore[misc]
    assert started == ["first", "second", "third"]


def test_all_are_told_of_stored_instances_in_order(orthanc: Servers) -> None:
    server = orthanc(
        CALLS
        + """
def first(instance, instance_id):
    calls.append(["first", instance_id, instance.GetInstanceSize()])
    raise RuntimeError("the first fails")

orthanc.RegisterOnStoredInstanceCallback(first)
orthanc.RegisterOnStoredInstanceCallback(lambda instance, name: calls.append(["second", name, instance.GetInstanceSize()]))
"""
    )
    instance, size = server.upload(CT)["ID"], len(CT.read_bytes())
    assert calls(server) == [["first", instance, size], ["second", instance, size]]
    server.wait_for_log("RuntimeError: the first fails")


def test_each_sees_what_the_former_made_of_an_instance(orthanc: Servers) -> None:
    server = orthanc(
        CALLS
        + """
import io
import pydicom

def editor(name):
    def edit(data, origin):
        dataset = pydicom.dcmread(io.BytesIO(data))
        calls.append([name, dataset.Modality, str(dataset.get("InstitutionName", ""))])
        if name == "failing":
            raise RuntimeError("the second fails")
        if dataset.Modality == "MR" and name == "first":
            return orthanc.ReceivedInstanceAction.DISCARD, None
        if dataset.Modality == "RTPLAN":
            return orthanc.ReceivedInstanceAction.KEEP_AS_IS, None
        dataset.InstitutionName = f"{dataset.get('InstitutionName', '')} {name}"
        content = io.BytesIO()
        dataset.save_as(content)
        return orthanc.ReceivedInstanceAction.MODIFY, content.getvalue()
    return edit

for name in ("first", "failing", "last"):
    orthanc.RegisterReceivedInstanceCallback(editor(name))
"""
    )
    before = str(read(CT).InstitutionName)
    stored = server.upload(CT)["ID"]
    tags = server.get(f"/instances/{stored}/simplified-tags").json()
    assert tags["InstitutionName"] == f"{before} first last"
    assert calls(server) == [["first", "CT", before], ["failing", "CT", f"{before} first"], ["last", "CT", f"{before} first"]]
    assert "FilteredOut" in server.post("/instances", MR.read_bytes()).text
    assert [call[:2] for call in calls(server)[3:]] == [["first", "MR"]]  # type: ignore[index]
    plan = server.upload(RT_PLAN)["ID"]
    assert server.get(f"/instances/{plan}/file").body == RT_PLAN.read_bytes()


def test_first_refusal_of_a_received_instance_wins(orthanc: Servers) -> None:
    server = orthanc(
        CALLS
        + """
def store_filter(name, status):
    return lambda instance: calls.append(name) or status

for name, status in (("first", 0), ("second", 0xA701), ("third", 0xA702)):
    orthanc.RegisterIncomingCStoreInstanceFilter(store_filter(name, status))
""",
        dicom=True,
    )
    assert send(server.dicom_port, CT) == 0xA701
    assert calls(server) == ["first", "second"]


def test_all_filters_must_allow_an_instance(orthanc: Servers) -> None:
    server = orthanc(
        CALLS
        + """
def instance_filter(name, modality):
    def allow(instance):
        calls.append(name)
        return json.loads(instance.GetInstanceSimplifiedJson())["Modality"] != modality
    return allow

orthanc.RegisterIncomingDicomInstanceFilter(instance_filter("no CT", "CT"))
orthanc.RegisterIncomingDicomInstanceFilter(instance_filter("no MR", "MR"))
"""
    )
    statuses = [server.post("/instances", path.read_bytes()).json()["Status"] for path in (CT, MR, RT_PLAN)]
    assert statuses == ["FilteredOut", "FilteredOut", "Success"]
    assert calls(server) == ["no CT", "no CT", "no MR", "no CT", "no MR"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("RegisterFindCallback(print)", "RegisterFindCallback(len)"),
        ("RegisterFindCallback2(print)", "RegisterFindCallback(len)"),
        ("RegisterWorklistCallback(print)", "RegisterWorklistCallback2(len)"),
        ("RegisterMoveCallback(print)", "RegisterMoveCallback3(len, len, len, len)"),
        ("RegisterStorageArea(print, print, print)", "RegisterStorageArea3(len, len, len)"),
        ("RegisterStorageCommitmentScpCallback2(print, print)", "RegisterStorageCommitmentScpCallback(len, len)"),
        (
            "RegisterHttpAuthentication(lambda uri, **_: orthanc.HttpAuthenticationStatus.GRANTED)",
            "RegisterHttpAuthentication(len)",
        ),
    ],
)
def test_second_of_a_single_kind(orthanc: Servers, first: str, second: str) -> None:
    """Also of another generation. Where an older Orthanc lacks the first function, the other can be registered all the same."""
    names = [call.partition("(")[0] for call in (first, second)]
    server = orthanc(
        SCRIPT
        + f"""
kept["has"] = all(hasattr(orthanc, name) and orthanc.HasFunction(name) for name in {names!r})
if kept["has"]:
    orthanc.{first}
    try:
        orthanc.{second}
    except RuntimeError as error:
        kept["error"] = str(error)
"""
    )
    remote = Remote(server)
    if not remote.value("kept['has']"):
        assert remote.value(f"all(orthanc.HasFunction(name) for name in {names!r})") is False
        pytest.skip(f"this Orthanc or the SDK of this build lacks {' or '.join(names)}")
    error = remote.value("kept['error']")
    path, _, line = error.partition(" is registered already, at ")[2].rpartition(":")
    assert Path(path).read_text(encoding="utf-8").splitlines()[int(line) - 1] == f"    orthanc.{first}"
