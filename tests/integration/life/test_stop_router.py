# SPDX-License-Identifier: GPL-3.0-or-later
"""A router, whose listener sends each new instance to another server, and which is behind when the stop comes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import Servers
from helpers import CT, dicom_peer, eventually, new_instance, running_version, soon
from test_stop_whole import ENDS, GATE, End, terminate

ROUTER = """
import json
import time
import orthanc

def on_change(change_type, level, resource_id):
    if change_type == orthanc.ChangeType.NEW_INSTANCE:
        time.sleep(0.2)
        orthanc.RestApiPost("/modalities/peer/store", json.dumps({"Resources": [resource_id], "Synchronous": %s}))

orthanc.RegisterOnChangeCallback(on_change)
orthanc.LogWarning("the script begins")
"""
IMAGES = 10


@ENDS
@pytest.mark.parametrize("synchronous", [True, False])
def test_router(orthanc: Servers, synchronous: bool, end: End) -> None:
    with dicom_peer() as (port, received):
        modalities = {"peer": ["PEER", "127.0.0.1", port]}
        settings = {"DicomModalities": modalities, "Python": {"StopTimeout": 20}}
        server = orthanc(ROUTER % synchronous, configuration=settings)
        if running_version(server) < (1, 12, 2):
            pytest.skip("Orthanc before 1.12.2 takes no job while it stops")
        images = [new_instance(CT) for _ in range(IMAGES)]
        for _, content in images:
            server.upload(content)
        end(server)
        if synchronous:
            assert eventually(lambda: len(received) == IMAGES)
        elif end is terminate:  # Orthanc keeps the jobs that it has not ended, and goes on with them
            server.start()
        assert soon(lambda: {each.SOPInstanceUID for each in received} == {uid for uid, _ in images})
        assert "the stop has taken too long" not in server.log()


def test_before_1_12_2(orthanc: Servers, tmp_path: Path) -> None:
    """The call that makes a job does not return while Orthanc announces its stop; what is not sent is named."""
    with dicom_peer() as (port, received):
        modalities = {"peer": ["PEER", "127.0.0.1", port]}
        settings = {"DicomModalities": modalities, "Python": {"StopTimeout": 2}}
        gate = tmp_path / "gate"
        server = orthanc(GATE.format(gate=str(gate)) + ROUTER % True, configuration=settings)
        if running_version(server) >= (1, 12, 2):
            pytest.skip("for older Orthancs only: since 1.12.2 jobs are taken during a stop")
        for _ in range(IMAGES):
            server.upload(new_instance(CT)[1])
        terminate(server, gate)
        named = re.search(r"the script is not told of \d+ changes: .*NEW_INSTANCE \((\d+)\)", server.log())
        assert named and int(named[1]) + len(received) == IMAGES
