# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that are not finished when Orthanc stops: what the next start gets of them."""

from __future__ import annotations

import json

import pytest
from conftest import Servers
from helpers import CT, eventually, job, running_version, wait_for_job

SCRIPT = """
import atexit
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
import orthanc

seen = []

KINDS

def unserialize(kind, serialized):
    seen.append([kind, serialized])
    return globals()[kind](**serialized)

def submit(output, uri, groups, **request):
    output.AnswerBuffer(orthanc.CreateJob(globals()[groups[0]](), groups[0]).SubmitJob(), "text/plain")

orthanc.RegisterJobsUnserializer(unserialize)
orthanc.RegisterRestCallback("/submit/(.*)", submit)
orthanc.RegisterRestCallback("/seen", lambda output, uri, **_: output.AnswerBuffer(json.dumps(seen), "application/json"))
"""

POOLED = """
atexit.register(lambda: time.sleep(1))  # runs last: the steps go on meanwhile
pool = ThreadPoolExecutor(1)
atexit.register(pool.shutdown)

class Pooled:
    def __init__(self, done=0):
        self.done = done

    def step(self):
        time.sleep(0.02)
        self.done = pool.submit(int, self.done).result() + 1

    def content(self):
        return {"Done": self.done}

    def serialize(self):
        return {"done": self.done}

class Forgotten:
    def step(self):
        time.sleep(0.02)
        pool.submit(int).result()

def generate():
    while True:
        time.sleep(0.02)
        yield pool.submit(int).result()

def Generated():
    return generate
"""


def test_a_step_that_fails_in_the_stop(orthanc: Servers) -> None:
    """Exit functions have ended what it uses. The job does not fail, and the next start goes on with it."""
    server = orthanc(SCRIPT.replace("KINDS", POOLED))
    identifier = server.get("/submit/Pooled").text
    assert eventually(lambda: job(server, identifier)["Content"].get("Done", 0) >= 2)
    orthanc.stop(server)
    assert "cannot schedule new futures after shutdown" in server.log()
    assert server.log().count("a step of a job failed") == 1  # nothing of it runs again
    server.start()
    ((kind, serialized),) = eventually(lambda: server.get("/seen").json())
    assert kind == "Pooled" and serialized["done"] >= 2
    wait_for_job(server, identifier, "Running")
    assert eventually(lambda: job(server, identifier)["Content"]["Done"] > serialized["done"])


@pytest.mark.parametrize("kind", ["Forgotten", "Generated"])
def test_a_job_that_cannot_be_taken_up_again(orthanc: Servers, kind: str) -> None:
    """The stop does not wait for it either."""
    server = orthanc(SCRIPT.replace("KINDS", POOLED))
    wait_for_job(server, server.get(f"/submit/{kind}").text, "Running")
    orthanc.stop(server)
    assert server.log().count("a step of a job failed") == 1
    assert "Orthanc keeps the job" not in server.log()


WAITING = """
def end(name):
    time.sleep(1)  # the step of the job has failed
    globals()[name]()
    orthanc.LogWarning("the exit function has ended")

def anonymize():
    (study,) = json.loads(orthanc.RestApiGet("/studies"))
    orthanc.RestApiPost(f"/studies/{study}/anonymize", "{}")

def poll():
    (identifier,) = json.loads(orthanc.RestApiGet("/jobs"))
    while json.loads(orthanc.RestApiGet(f"/jobs/{identifier}"))["State"] == "Running":
        time.sleep(0.05)

atexit.register(end, "NAME")
"""


@pytest.mark.parametrize("name", ["anonymize", "poll"])
def test_an_exit_function_that_waits_for_the_worker_or_the_job(orthanc: Servers, name: str) -> None:
    """The job keeps the worker for no longer than "StopTimeout"."""
    kinds = WAITING.replace("NAME", name) + POOLED
    server = orthanc(SCRIPT.replace("KINDS", kinds), configuration={"ConcurrentJobs": 1, "Python": {"StopTimeout": 3}})
    if running_version(server) < (1, 12, 2):
        pytest.skip("before 1.12.2, a job that ends in a stop keeps the worker until all exit functions have returned")
    server.upload(CT)
    wait_for_job(server, server.get("/submit/Pooled").text, "Running")
    orthanc.stop(server)
    log = server.log()
    assert "Orthanc keeps the job as it was before" in log
    assert "the exit function has ended" in log


FAILING = """
class Failing:
    serializations = 0

    def __init__(self, number=0):
        self.steps = 0

    def step(self):
        self.steps += 1
        time.sleep(0.02 if self.steps < 4 else 0.2)

    def content(self):
        return {"Steps": self.steps}

    def serialize(self):
        self.serializations += 1
        if self.serializations > 2:
            raise LookupError("the third one")
        return {"number": self.serializations}
"""


def test_a_serialization_that_fails(orthanc: Servers) -> None:
    """The last one that has succeeded stays."""
    server = orthanc(SCRIPT.replace("KINDS", FAILING))
    identifier = server.get("/submit/Failing").text
    assert eventually(lambda: job(server, identifier)["Content"].get("Steps", 0) >= 4)
    server.wait_for_log("LookupError: the third one")
    orthanc.stop(server)
    server.start()
    assert eventually(lambda: server.get("/seen").json()) == [["Failing", {"number": 2}]], json.dumps(job(server, identifier))
