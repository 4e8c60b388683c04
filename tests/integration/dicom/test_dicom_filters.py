# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of DICOM instances: by C-STORE alone, and however an instance comes."""

from __future__ import annotations

import pytest
from conftest import Servers
from helpers import CT, MR, send

from orthanc_python import OrthancServer

STORE_FILTER = """
import json
import orthanc

def modality(instance):
    return json.loads(instance.GetInstanceSimplifiedJson())["Modality"]

def first(instance):
    if instance.GetInstanceRemoteAet() == "FAILING":
        raise LookupError("no idea")
    if instance.GetInstanceRemoteAet() == "WRONG":
        return "accept"
    return 0xA700 if modality(instance) == "MR" else 0

def second(instance):
    return 0xC001 if instance.GetInstanceRemoteAet() == "UNWANTED" else 0

orthanc.RegisterIncomingCStoreInstanceFilter(first)
orthanc.RegisterIncomingCStoreInstanceFilter(second)
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> OrthancServer:
    return module_orthanc(STORE_FILTER, dicom=True)


def test_accepted(server: OrthancServer) -> None:
    assert send(server.dicom_port, CT) == 0x0000
    (instance,) = server.get("/instances").json()
    server.delete(f"/instances/{instance}")


@pytest.mark.parametrize(
    ("path", "sender", "status"),
    [(MR, "SENDER", 0xA700), (CT, "UNWANTED", 0xC001), (CT, "FAILING", 0x0110), (CT, "WRONG", 0x0110)],
)
def test_refused(server: OrthancServer, path: object, sender: str, status: int) -> None:
    assert send(server.dicom_port, path, calling=sender) == status  # type: ignore[arg-type]
    assert server.get("/instances").json() == []


def test_failures_are_logged(server: OrthancServer) -> None:
    beginning = len(server.log())
    send(server.dicom_port, CT, calling="FAILING")
    server.wait_for_log(r"C-STORE filter failed \(first, .*script\.py:\d+\): LookupError: no idea", beginning=beginning)


def test_upload_is_not_filtered(server: OrthancServer) -> None:
    instance = server.upload(MR)["ID"]
    server.delete(f"/instances/{instance}")


def test_filter_of_all_instances(orthanc: Servers) -> None:
    server = orthanc(
        """
        import json
        import orthanc

        def allow(instance):
            modality = json.loads(instance.GetInstanceSimplifiedJson())["Modality"]
            return True if modality == "CT" else 1  # not a bool: refuses

        orthanc.RegisterIncomingDicomInstanceFilter(allow)
        orthanc.RegisterIncomingDicomInstanceFilter(lambda instance: instance.GetInstanceSize() < 100_000)
        """
    )
    assert server.post("/instances", CT.read_bytes()).json()["Status"] == "Success"
    assert server.post("/instances", MR.read_bytes()).json()["Status"] == "FilteredOut"
    server.wait_for_log("must return True or False, not 1")
    assert len(server.get("/instances").json()) == 1
