# SPDX-License-Identifier: GPL-3.0-or-later
"""No code of the script runs where Orthanc holds a lock, by reference counting and garbage collection neither."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Servers
from every_callback import SCRIPT, EveryCallback
from helpers import CT, eventually, new_instance

from orthanc_python import OrthancServer

JOBS = """
import json
import threading
from concurrent.futures import ThreadPoolExecutor
import orthanc

called = []
failures = ["the first run fails"]


def call(name):
    \"\"\"Needs the lock of Orthanc's jobs.\"\"\"
    orthanc.RestApiGet("/jobs?expand")
    called.append(name)


class Job:
    def __init__(self):
        self.steps = 0

    def step(self):
        call("step")
        self.steps += 1
        if self.steps == 2 and failures:
            raise ValueError(failures.pop())
        return orthanc.JobStepStatus.SUCCESS if self.steps == 3 else None

    def stop(self, reason):
        call("stop")

    def reset(self):
        call("reset")
        self.steps = 0

    @property
    def progress(self):
        call("progress")
        return self.steps / 3

    @property
    def content(self):
        call("content")
        return {"Steps": self.steps}

    def serialize(self):
        call("serialize")
        return {"steps": self.steps}

    def __del__(self):
        call("del")


def submit(output, uri, **request):
    output.AnswerBuffer(orthanc.CreateJob(Job(), "Job").SubmitJob(), "text/plain")


def tell(output, uri, **request):
    output.AnswerBuffer(json.dumps(called), "application/json")


orthanc.RegisterRestCallback("/submit", submit)
orthanc.RegisterRestCallback("/called", tell)
"""


def state(server: OrthancServer, identifier: str) -> str:
    return str(server.get(f"/jobs/{identifier}").json()["State"])


def called(server: OrthancServer) -> list[str]:
    return list(server.get("/called").json())


def test_methods_of_a_job(orthanc: Servers) -> None:
    server = orthanc(JOBS)
    identifier = server.get("/submit").text
    assert eventually(lambda: state(server, identifier) == "Failure")
    server.post(f"/jobs/{identifier}/resubmit")
    assert eventually(lambda: state(server, identifier) == "Success")
    assert server.get(f"/jobs/{identifier}").json()["Content"]["Steps"] == 3
    assert {"step", "reset", "progress", "content", "serialize"} <= set(called(server))


def test_end_of_a_job(orthanc: Servers) -> None:
    server = orthanc(JOBS, configuration={"JobsHistorySize": 1})
    for _ in range(5):
        server.get("/submit")
    assert eventually(lambda: called(server).count("del") >= 3)
    assert server.get("/jobs").status == 200


def test_job_that_cannot_start_again(orthanc: Servers) -> None:
    server = orthanc(
        """
        import orthanc

        def steps():
            yield 0.5
            raise ValueError("fails")

        orthanc.RegisterRestCallback("/submit", lambda output, uri, **_: output.AnswerBuffer(
            orthanc.CreateJob(steps(), "Job").SubmitJob(), "text/plain"))
        """
    )
    identifier = server.get("/submit").text
    assert eventually(lambda: state(server, identifier) == "Failure")
    server.post(f"/jobs/{identifier}/resubmit")
    server.wait_for_log("a job made of a generator cannot start again; pass the generator function")


HANDLER = """

class Handler:
    def __del__(self):
        orthanc.RestApiGet("/jobs?expand")
        kept.setdefault("ended", []).append(1)

"""


@pytest.mark.parametrize(("kind", "value"), [("commitment", '"data"'), ("move_create", '"driver"')])
def test_what_a_callback_hands_over(orthanc: Servers, kind: str, value: str) -> None:
    """Orthanc gives the handler of a storage commitment, and the driver of a C-MOVE, back at the end of a job."""
    script = SCRIPT.replace(f"otherwise={value}", "otherwise=Handler()").replace("def lent(", HANDLER + "def lent(")
    callbacks = EveryCallback(orthanc, script)
    for _ in range(2):
        assert callbacks.run(kind, "outcome = 'called'") == "called"
    # Without a GIL, what one thread has made and another has dropped waits for the former, or for a collection.
    count = "import gc\ngc.collect()\noutcome = len(kept.get('ended', []))"
    assert eventually(lambda: callbacks.run("rest", count) == 2)


# Callbacks during which Orthanc may hold a lock, with a call that a __del__ cannot do then.
COLLECTED = {
    "storage_create": 'RestApiGet("/statistics")',
    "storage_read": 'RestApiGet("/statistics")',
    "storage_remove": 'RestApiGet("/statistics")',
    "decoder": "RestApiGet(f\"/instances/{kept['id']}/preview\")",
    "transcoder": 'RestApiGet("/statistics")',
}


@pytest.mark.parametrize("imports", ["", "import asyncio\n"], ids=["plain", "asyncio"])
@pytest.mark.parametrize("kind", COLLECTED)
def test_garbage_collection(orthanc: Servers, kind: str, imports: str) -> None:
    callbacks = EveryCallback(orthanc, imports + SCRIPT)
    code = f"""
        class Node:
            def __del__(self):
                orthanc.{COLLECTED[kind]}
                kept.setdefault("ended", []).append(1)

        kept["id"] = {callbacks.kept!r}
        for _ in range(10):
            node = Node()
            node.itself = node
        node = None
        kept["objects"] = [[] for _ in range(50_000)]
        outcome = kept.get("ended", [])
    """
    assert callbacks.run(kind, code) == []
    assert eventually(lambda: len(json.loads(str(callbacks.run("rest", END)))) == 10)


END = """
import json
import threading
from concurrent.futures import ThreadPoolExecutor
objects = [[] for _ in range(5_000)]
outcome = json.dumps(kept.get("ended", []))
"""


def test_collection_goes_on(orthanc: Servers) -> None:
    """A storage area that is always busy does not keep garbage for ever."""
    server = orthanc(
        """
        import gc
        import threading
        import time
        import weakref
        import orthanc

        files = {}
        ended = []

        class Node:
            pass

        def create(uuid, content_type, content):
            files[uuid] = content
            node = Node()
            node.itself = node
            weakref.finalize(node, ended.append, uuid)

        def read(uuid, content_type):
            time.sleep(0.3)
            return files[uuid]

        orthanc.RegisterStorageArea(create, read, lambda uuid, content_type: files.pop(uuid))
        def tell(output, uri, **request):
            objects = [[] for _ in range(10_000)]  # enough for a collection
            output.AnswerBuffer(str(len(ended)), "text/plain")

        orthanc.RegisterRestCallback("/ended", tell)
        orthanc.RegisterRestCallback("/enabled", lambda output, *_, **__: output.AnswerBuffer(str(gc.isenabled()), ""))
        """,
        configuration={"MaximumStorageCacheSize": 0},
    )
    instance = server.upload(CT)["ID"]
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            server.get(f"/instances/{instance}/file")

    with ThreadPoolExecutor(4) as clients:
        readers = [clients.submit(read) for _ in range(4)]
        try:
            server.upload(new_instance(CT)[1])
            assert eventually(lambda: int(server.get("/ended").text) >= 1)
        finally:
            stop.set()
        for reader in readers:
            reader.result()
    assert server.get("/enabled").text == "True"


def test_functions_that_wait_for_a_lock(orthanc: Servers) -> None:
    """Orthanc holds one while it asks a filter of instances, and the filter waits for the GIL."""
    server = orthanc(
        """
        import threading
        import time
        import orthanc

        entered = threading.Event()
        calls = [
            lambda: orthanc.GetCommandLineArgumentsCount(),
            lambda: orthanc.GetCommandLineArgument(0),
            lambda: orthanc.GetExpectedDatabaseVersion(),
            lambda: orthanc.GetErrorDescription(orthanc.ErrorCode.PLUGIN),
            lambda: orthanc.LookupDictionary("PatientID"),
            lambda: orthanc.GetTagName(0x0010, 0x0020, ""),
            lambda: orthanc.AutodetectMimeType("image.png"),
            lambda: orthanc.GenerateUuid(),
        ]

        def filter(instance):
            entered.set()
            time.sleep(0.5)
            return True

        def call(output, uri, groups, **request):
            entered.clear()
            output.SetHttpHeader("Called", "yes")
            entered.wait()
            output.SetCookie("called", "yes")
            output.AnswerBuffer(str(calls[int(groups[0])]()), "text/plain")

        orthanc.RegisterIncomingDicomInstanceFilter(filter)
        orthanc.RegisterRestCallback("/call/(.*)", call)
        """
    )
    with ThreadPoolExecutor(1) as clients:
        for number in range(8):
            answer = clients.submit(server.get, f"/call/{number}", timeout=20.0)
            while not answer.done():
                server.upload(new_instance(CT)[1])
            assert answer.result().status == 200


def test_the_script_may_disable_and_enable_the_collection_in_a_storage_area(orthanc: Servers) -> None:
    server = orthanc("""
        import gc
        import orthanc

        files = {}
        seen = []

        def create(uuid, content_type, content):
            seen.append(gc.isenabled())
            gc.disable()
            seen.append(gc.isenabled())
            files[uuid] = content

        def remove(uuid, content_type):
            del files[uuid]
            gc.enable()

        orthanc.RegisterStorageArea(create, lambda uuid, content_type: files[uuid], remove)
        orthanc.RegisterRestCallback("/enabled", lambda output, *_, **__: output.AnswerBuffer(str(gc.isenabled()), ""))
        orthanc.RegisterRestCallback("/seen", lambda output, *_, **__: output.AnswerBuffer(str(seen[:2]), ""))
    """)
    instance = server.upload(CT)["ID"]
    assert server.get("/enabled").text == "False"
    assert server.get("/seen").text == "[True, False]"
    server.delete(f"/instances/{instance}")
    assert server.get("/enabled").text == "True"
