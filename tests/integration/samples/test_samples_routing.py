# SPDX-License-Identifier: GPL-3.0-or-later
"""The samples that act on what happens in Orthanc, or from time to time."""

from __future__ import annotations

import json

from conftest import SAMPLES, Servers
from helpers import CT, dicom_peer, eventually, read


def test_autorouting(orthanc: Servers) -> None:
    with dicom_peer("ARCHIVE") as (port, received):
        server = orthanc.sample(
            "autorouting.py",
            environment={"MODALITY": "archive"},
            configuration={"DicomModalities": {"archive": ["ARCHIVE", "127.0.0.1", port]}},
        )
        server.upload(CT)
        assert eventually(lambda: received), "the modality received nothing"
        assert received[0].SOPInstanceUID == read(CT).SOPInstanceUID
        assert received[0].PixelData == read(CT).PixelData
    server.wait_for_log("Sending study .* to archive: job")


def test_autorouting_to_unknown_modality(orthanc: Servers) -> None:
    server = orthanc.sample("autorouting.py")
    server.upload(CT)
    server.wait_for_log("Cannot send study .* to sample: ")
    assert len(server.get("/instances").json()) == 1


def test_autorouting_after_plugins(orthanc: Servers) -> None:
    script = f"""
        import json
        import sys
        import orthanc

        sys.path.append({str(SAMPLES)!r})
        import autorouting_after_plugins

        sent = []

        def stow(output, uri, **request):
            sent.append((request["groups"][0], request["body"].decode()))
            output.AnswerBuffer('{{"ID": "0b2c"}}', "application/json")

        orthanc.RegisterRestCallback("/other/servers/([a-z]+)/stow", stow)
        orthanc.RegisterRestCallback("/sent", lambda output, uri, **_: output.AnswerBuffer(json.dumps(sent), "text/plain"))
    """
    server = orthanc(script, environment={"ROUTE": "/other/servers/archive/stow"})
    study = server.upload(CT)["ParentStudy"]
    server.wait_for_log(f"Sending study {study} to /other/servers/archive/stow: job 0b2c")
    ((target, body),) = server.get("/sent").json()
    assert target == "archive" and json.loads(body) == {"Resources": [study], "Synchronous": False}


def test_autorouting_without_the_other_plugin(orthanc: Servers) -> None:
    server = orthanc.sample("autorouting_after_plugins.py")
    server.upload(CT)
    server.wait_for_log("Cannot send study .* to /dicom-web/servers/sample/stow: ")


def test_periodic_task(orthanc: Servers) -> None:
    server = orthanc.sample("periodic_task.py")
    assert eventually(lambda: server.get("/heartbeats").json()) == [0]
    server.upload(CT)
    assert eventually(lambda: server.get("/heartbeats").json()[-1]) == 1
    orthanc.stop(server)
    server.wait_for_log(r"The periodic task has stopped after \d+ runs", timeout=0)


BUSY = """
class Busy(deque):
    def __iter__(self):
        raise RuntimeError("deque mutated during iteration")

    def copy(self):
        return deque(super().__iter__())

heartbeats = Busy()
"""


def test_periodic_task_while_it_is_asked(orthanc: Servers) -> None:
    """In a free-threaded Python, a deque cannot be iterated while another thread appends to it."""
    server = orthanc((SAMPLES / "periodic_task.py").read_text(encoding="utf-8") + BUSY)
    assert set(eventually(lambda: server.get("/heartbeats").json())) == {0}
