# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs written in Python: in Orthanc's list of jobs, paused, resumed, cancelled, started again, taken up after a restart."""

from __future__ import annotations

import re

import pytest
from conftest import Servers
from helpers import eventually, job, wait_for_job

from orthanc_python import OrthancServer

SCRIPT = """
import json
import time
import orthanc

seen = []
gate = {"open": False}

class Count:
    def __init__(self, limit, done=0):
        self.limit, self.done = limit, done

    def step(self):
        time.sleep(0.02)
        if not gate["open"] and self.done >= self.limit // 2:
            return None
        self.done += 1
        return orthanc.JobStepStatus.SUCCESS if self.done == self.limit else None

    def stop(self, reason):
        seen.append(["stop", int(reason)])

    def reset(self):
        seen.append(["reset"])
        self.done = 0

    @property
    def progress(self):
        return self.done / self.limit

    @property
    def content(self):
        return {"Done": self.done}

    def serialize(self):
        return {"limit": self.limit, "done": self.done}

class Odd:
    def __init__(self, progress):
        self.progress = progress

    def step(self):
        time.sleep(0.02)
        return orthanc.JobStepStatus.SUCCESS if gate["open"] else None

class Failing:
    def step(self):
        raise LookupError("nothing to do")

class Wrong:
    def step(self):
        return True

def generator():
    for i in range(4):
        time.sleep(0.02)
        yield i / 4

class Compiled:
    # as the generators of Cython
    def __init__(self):
        self.generator = generator()

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.generator)

    def send(self, value):
        return self.generator.send(value)

    def throw(self, *error):
        return self.generator.throw(*error)

    def close(self):
        self.generator.close()

def unserialize(kind, serialized):
    seen.append([kind, serialized])
    return Count(**serialized) if kind == "Count" else None

def submit(output, uri, **request):
    kind = request["groups"][0]
    odd = {"nan": float("nan"), "negative": -1.0, "large": 2.0, "infinite": float("inf")}
    if kind in odd:
        output.AnswerBuffer(orthanc.CreateJob(Odd(odd[kind]), kind).SubmitJob(), "text/plain")
        return
    job = {"Count": Count(10), "Failing": Failing(), "Wrong": Wrong(), "Generator": generator, "Started": generator(),
           "Compiled": Compiled()}[kind]
    output.AnswerBuffer(orthanc.CreateJob(job, kind).SubmitJob(3), "text/plain")

def misuse(output, uri, **request):
    job = orthanc.CreateJob(generator, "Twice")
    job.SubmitJob()
    errors = []
    for call in (job.SubmitJob, lambda: orthanc.CreateJob(5, "Number"), lambda: orthanc.CreateJob(generator, None)):
        try:
            call()
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}")
    orthanc.CreateJob(generator, "Forgotten")
    output.AnswerBuffer(json.dumps(errors), "application/json")

def open_gate(output, uri, **request):
    gate["open"] = True
    output.AnswerBuffer("", "text/plain")

orthanc.RegisterJobsUnserializer(unserialize)
orthanc.RegisterRestCallback("/submit/(.*)", submit)
orthanc.RegisterRestCallback("/misuse", misuse)
orthanc.RegisterRestCallback("/open", open_gate)
orthanc.RegisterRestCallback("/seen", lambda output, uri, **_: output.AnswerBuffer(json.dumps(seen), "application/json"))
"""


@pytest.fixture
def server(orthanc: Servers) -> OrthancServer:
    return orthanc(SCRIPT)


def test_life_of_a_job(server: OrthancServer) -> None:
    identifier = server.get("/submit/Count").text
    assert eventually(lambda: job(server, identifier)["Content"].get("Done") == 5)
    running = job(server, identifier)
    assert (running["State"], running["Type"], running["Priority"], running["Progress"]) == ("Running", "Count", 3, 50)
    server.post(f"/jobs/{identifier}/pause")
    wait_for_job(server, identifier, "Paused")
    assert ["stop", 2] in server.get("/seen").json()
    server.post(f"/jobs/{identifier}/resume")
    wait_for_job(server, identifier, "Running")
    server.post(f"/jobs/{identifier}/cancel")
    wait_for_job(server, identifier, "Failure")
    server.get("/open")
    server.post(f"/jobs/{identifier}/resubmit")
    assert wait_for_job(server, identifier, "Success")["Content"]["Done"] == 10
    assert ["reset"] in server.get("/seen").json()


@pytest.mark.parametrize("kind", ["Generator", "Started", "Compiled"])
def test_generator(server: OrthancServer, kind: str) -> None:
    identifier = server.get(f"/submit/{kind}").text
    assert wait_for_job(server, identifier, "Success")["Progress"] == 100


@pytest.mark.parametrize(("kind", "progress"), [("nan", 0), ("negative", 0), ("large", 100), ("infinite", 100)])
def test_odd_progress(server: OrthancServer, kind: str, progress: int) -> None:
    """Orthanc converts the progress to an integer as it is."""
    identifier = server.get(f"/submit/{kind}").text
    assert eventually(lambda: job(server, identifier)["State"] == "Running")
    assert eventually(lambda: job(server, identifier)["Progress"] == progress), job(server, identifier)
    server.get("/open")
    wait_for_job(server, identifier, "Success")


def test_failing_job(server: OrthancServer) -> None:
    identifier = server.get("/submit/Failing").text
    wait_for_job(server, identifier, "Failure")
    server.wait_for_log(r"a step of a job failed \(created at .*script\.py:\d+\): LookupError: nothing to do")
    assert server.get("/system").status == 200


def test_wrong_result_of_a_step(server: OrthancServer) -> None:
    wait_for_job(server, server.get("/submit/Wrong").text, "Failure")
    wanted = "step() must return JobStepStatus.SUCCESS, CONTINUE or FAILURE, or None to go on, not <class 'bool'>"
    server.wait_for_log(r"a step of a job failed \(created at .*script\.py:\d+\): TypeError: " + re.escape(wanted))


def test_job_that_cannot_start_again(server: OrthancServer) -> None:
    """Without reset() a job is not resubmitted: it would go on where it has failed."""
    identifier = server.get("/submit/Failing").text
    wait_for_job(server, identifier, "Failure")
    server.post(f"/jobs/{identifier}/resubmit")
    server.wait_for_log(
        r"the reset of a job failed \(.*\): RuntimeError: a job without the method reset\(\) cannot start again"
    )
    assert job(server, identifier)["State"] == "Failure"


def test_misuse(server: OrthancServer) -> None:
    twice, number, kind = server.get("/misuse").json()
    assert twice == "RuntimeError: this Job is no longer valid: it was given to Orthanc"
    assert number.startswith("TypeError: a job must be a generator")
    assert kind.startswith("TypeError")


def test_restart(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    identifier = server.get("/submit/Count").text
    assert eventually(lambda: job(server, identifier)["Content"].get("Done") == 5)
    orthanc.stop(server)
    server.start()
    kind, serialized = eventually(lambda: server.get("/seen").json())[0]
    assert (kind, serialized["limit"]) == ("Count", 10)
    server.get("/open")
    assert wait_for_job(server, identifier, "Success")["Content"]["Done"] == 10


def test_content_stays_after_an_error(orthanc: Servers) -> None:
    """The results of the first steps can still be read after one that is not JSON."""
    server = orthanc(
        """
        import orthanc

        class Odd:
            results = []
            next = iter([1, 2, float("nan")])

            def step(self):
                self.results.append(next(self.next))
                return orthanc.JobStepStatus.SUCCESS if len(self.results) == 3 else None

            def content(self):
                return {"results": self.results}

        orthanc.RegisterRestCallback(
            "/start",
            lambda output, uri, **request: output.AnswerBuffer(orthanc.CreateJob(Odd(), "Odd").SubmitJob(0), "text/plain"),
        )
        """
    )
    done = wait_for_job(server, server.get("/start").text, "Success")
    assert done["Content"] == {"results": [1, 2]}


NESTED = "functools.reduce(lambda inner, _: [inner], range(%d), 0)"
ODD_CONTENTS = {
    "list": "[1]",
    "text": "'text'",
    "none": "None",
    "not a number": "{'value': float('nan')}",
    "infinity": "{'value': float('-inf')}",
    "huge number": "{'value': 10**400}",
    "half a character": "{'value': '\\ud800'}",
    "half a character as a key": "{'\\ud800': 1}",
    "nested": "{'value': " + NESTED % 995 + "}",
    "deeply nested": "{'value': " + NESTED % 9000 + "}",
    "object": "{'value': object()}",
}


@pytest.mark.parametrize("method", ["content", "serialize"])
@pytest.mark.parametrize("name", ODD_CONTENTS)
def test_content_that_orthanc_cannot_read(name: str, method: str, orthanc: Servers) -> None:
    """Orthanc would end at once, as by abort(), if it got a text that its JSON parser refuses."""
    server = orthanc(
        f"""
        import functools
        import orthanc

        class Odd:
            steps = 0

            def step(self):
                self.steps += 1
                return orthanc.JobStepStatus.SUCCESS if self.steps == 3 else None

            def {method}(self):
                return {ODD_CONTENTS[name]}

        def start(output, uri, **request):
            output.AnswerBuffer(orthanc.CreateJob(Odd(), "Odd").SubmitJob(0), "text/plain")

        orthanc.RegisterRestCallback("/start", start)
        """
    )
    identifier = server.get("/start").text
    assert eventually(lambda: server.get(f"/jobs/{identifier}").json()["State"] == "Success")
    if method == "serialize":
        orthanc.stop(server)  # writes the jobs, too
    else:
        content = server.get(f"/jobs/{identifier}").json()["Content"]
        assert content == {"half a character": {"value": "?"}, "half a character as a key": {"?": 1}}.get(name, {})
        assert content or server.wait_for_log("content of a job failed")


JOBS = """
import functools
import time
import orthanc

class Work:
    def step(self):
        return None

class Async(Work):
    async def stop(self, reason):
        orthanc.LogError("not reached")

    async def reset(self):
        orthanc.LogError("not reached")

class Decorated(Async):
    stop = lambda self, reason: Async.stop(self, reason)
    reset = functools.partialmethod(Async.reset)

class AsyncStep:
    async def step(self):
        return orthanc.JobStepStatus.SUCCESS

class Ended:
    def step(self):
        return next(iter([]))  # nothing there

class Generators(Work):
    def reset(self):
        yield

    def stop(self, reason):
        yield

class InUse:
    def __init__(self):
        self.generator = self.steps()

    def steps(self):
        try:
            while True:
                time.sleep(0.02)
                yield
        finally:
            orthanc.LogWarning("the generator has ended")

    def step(self):
        next(self.generator)

    def stop(self, reason):
        return self.generator

def submit(output, uri, **request):
    job = globals()[request["groups"][0]]()
    output.AnswerBuffer(orthanc.CreateJob(job, "Work").SubmitJob(), "text/plain")

orthanc.RegisterRestCallback("/submit/(.*)", submit)
"""


@pytest.mark.parametrize("kind", ["Async", "Decorated", "Generators"])
def test_methods_that_run_nothing(orthanc: Servers, kind: str) -> None:
    """They are errors, instead of no stop and no reset."""
    server = orthanc(JOBS)
    identifier = server.get(f"/submit/{kind}").text
    wait_for_job(server, identifier, "Running")
    server.post(f"/jobs/{identifier}/cancel")
    server.wait_for_log(r"the stop of a job failed.*TypeError: the method stop\(\) of a job must be a plain `def`")
    wait_for_job(server, identifier, "Failure")
    server.post(f"/jobs/{identifier}/resubmit")
    server.wait_for_log(r"the reset of a job failed.*TypeError: the method reset\(\) of a job must be a plain `def`")
    wait_for_job(server, identifier, "Failure")
    assert "not reached" not in server.log() and "never awaited" not in server.log()


def test_a_method_that_returns_a_generator_in_use(orthanc: Servers) -> None:
    """It is not what a generator function has returned, so it goes on."""
    server = orthanc(JOBS)
    identifier = server.get("/submit/InUse").text
    wait_for_job(server, identifier, "Running")
    server.post(f"/jobs/{identifier}/pause")
    wait_for_job(server, identifier, "Paused")
    server.post(f"/jobs/{identifier}/resume")
    wait_for_job(server, identifier, "Running")
    assert "failed" not in server.log() and "the generator has ended" not in server.log()


def test_step_that_is_async(orthanc: Servers) -> None:
    server = orthanc(JOBS)
    identifier = server.get("/submit/AsyncStep").text
    wait_for_job(server, identifier, "Failure")
    server.wait_for_log(r"TypeError: the method step\(\) of a job must be a plain `def`")


def test_a_step_that_raises_stop_iteration(orthanc: Servers) -> None:
    """It is an error as any other: an iterator has ended that the script has not looked at."""
    server = orthanc(JOBS)
    wait_for_job(server, server.get("/submit/Ended").text, "Failure")
    server.wait_for_log("a step of a job failed.*StopIteration")
    server.wait_for_log("nothing there")


def test_properties_are_computed_once(orthanc: Servers) -> None:
    """After the job is created, after each of its five steps, and after its end."""
    server = orthanc(
        """
        import orthanc

        class Job:
            steps = reads = 0

            def step(self):
                self.steps += 1
                return orthanc.JobStepStatus.SUCCESS if self.steps == 5 else None

            @property
            def progress(self):
                self.reads += 1
                return 0.5

            @property
            def content(self):
                return {"Steps": self.steps, "Reads": self.reads}

        orthanc.RegisterRestCallback("/submit", lambda output, uri, **request: output.AnswerBuffer(
            orthanc.CreateJob(Job(), "Job").SubmitJob(), "text/plain"))
        """
    )
    identifier = server.get("/submit").text
    wait_for_job(server, identifier, "Success")
    content = job(server, identifier)["Content"]
    assert content["Steps"] == 5 and 0 < content["Reads"] <= 7
