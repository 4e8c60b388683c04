# SPDX-License-Identifier: GPL-3.0-or-later
"""Stop and reset while the script causes events without end.

Orthanc announces its stop only after a tenth of a second without any event.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Servers
from helpers import CT, eventually, new_instance, running_version
from test_stop_whole import ENDS, GATE, End, terminate

JOB = """
import threading
import time
import orthanc

class Job:
    def step(self):
        orthanc.RestApiGet("/statistics")
        return orthanc.JobStepStatus.SUCCESS

    def stop(self, reason): ...

    def reset(self): ...

def submit(job):
    orthanc.CreateJob(job, "again").SubmitJob(0)

def on_change(change_type, level, resource_id):
    if change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        orthanc.LogWarning("the script has seen the stop")

orthanc.RegisterOnChangeCallback(on_change)
"""
# Loops that go on without end once an instance has come.
LOOPS = {
    "jobs that a listener resubmits": """
def again(change_type, level, resource_id):
    if change_type in (orthanc.ChangeType.NEW_INSTANCE, orthanc.ChangeType.JOB_SUCCESS):
        submit(Job())
""",
    "jobs that submit the next one": """
class Next(Job):
    def step(self):
        submit(Next())
        return orthanc.JobStepStatus.SUCCESS

def again(change_type, level, resource_id):
    if change_type == orthanc.ChangeType.NEW_INSTANCE:
        submit(Next())
""",
    "metadata that trigger themselves": """
def again(change_type, level, resource_id):
    if change_type in (orthanc.ChangeType.NEW_INSTANCE, orthanc.ChangeType.UPDATED_METADATA):
        if level == orthanc.ResourceType.INSTANCE:
            orthanc.RestApiPut(f"/instances/{resource_id}/metadata/1024", str(time.monotonic_ns()).encode())
""",
    "a thread that sets metadata": """
def work(resource_id):
    while True:
        orthanc.RestApiPut(f"/instances/{resource_id}/metadata/1024", str(time.monotonic_ns()).encode())

def again(change_type, level, resource_id):
    if change_type == orthanc.ChangeType.NEW_INSTANCE:
        threading.Thread(target=work, args=[resource_id], daemon=True).start()
""",
}
BEGIN = """
orthanc.RegisterOnChangeCallback(again)
orthanc.LogWarning("the script begins")
"""
SUBMITTER = """
def again(change_type, level, resource_id):
    if change_type == orthanc.ChangeType.NEW_INSTANCE:
        time.sleep(0.2)
        try:
            submit(Job())
        except RuntimeError as error:
            orthanc.LogWarning(f"refused: {error}")
        orthanc.LogWarning("handled")
"""


@ENDS
@pytest.mark.parametrize("loop", LOOPS)
def test_loop(orthanc: Servers, loop: str, end: End) -> None:
    server = orthanc(JOB + LOOPS[loop] + BEGIN, configuration={"Python": {"StopTimeout": 2}})
    server.upload(new_instance(CT)[1])
    assert eventually(lambda: server.get("/changes").json()["Last"] > 30 or len(server.get("/jobs").json()) > 5)
    end(server)
    assert "the script has seen the stop" in server.log()


def test_jobs_of_a_listener_that_is_behind(orthanc: Servers, tmp_path: Path) -> None:
    """Orthanc takes them since 1.12.2; before, it would not return from the call while it announces its stop."""
    gate = tmp_path / "gate"
    server = orthanc(GATE.format(gate=str(gate)) + JOB + SUBMITTER + BEGIN, configuration={"Python": {"StopTimeout": 60}})
    takes_jobs = running_version(server) >= (1, 12, 2)
    for _ in range(10):
        server.upload(new_instance(CT)[1])
    terminate(server, gate)
    text = server.log()
    assert text.count("handled") == 10 and "the script has seen the stop" in text
    assert ("refused: Job.SubmitJob cannot be called any more: Orthanc is stopping" in text) == (not takes_jobs)
