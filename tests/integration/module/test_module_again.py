# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts that delete the module `orthanc` from sys.modules, replace it, or replace what is in it."""

from __future__ import annotations

import pytest
from conftest import Servers
from helpers import eventually

SCRIPT = """
import importlib
import logging
import sys
import orthanc

first = orthanc
Refused = orthanc.OrthancException

def again(output, uri, **request):
    import orthanc
    known = isinstance(output, orthanc.RestOutput)
    output.AnswerBuffer(f"{orthanc is first} {orthanc.ChangeType(6).name} {known}", "text/plain")

def fail(output, uri, **request):
    logging.warning("before the failure")
    raise LookupError("nothing")

def refuse(output, uri, **request):
    raise Refused(first.ErrorCode.UNKNOWN_RESOURCE, "no such thing")

def generate(output, uri, **request):
    yield "generated"

async def slow(output, uri, **request):
    output.AnswerBuffer("slow", "text/plain")

def steps():
    yield 0.5

def job(output, uri, **request):
    output.AnswerBuffer(first.CreateJob(steps, "steps").SubmitJob(), "text/plain")

for function in (again, fail, refuse, generate, slow, job):
    orthanc.RegisterRestCallback(f"/{function.__name__}", function)
"""

CHANGES = {
    "deleted": "del sys.modules['orthanc']",
    "deleted and imported": "del sys.modules['orthanc']\nimport orthanc\nassert orthanc is first",
    "all deleted": "for name in [name for name in sys.modules if 'orthanc' in name]:\n    del sys.modules[name]",
    "reloaded": "assert importlib.reload(orthanc) is first\nassert orthanc.RestOutput is first.RestOutput",
    "replaced": "import unittest.mock\nsys.modules['orthanc'] = unittest.mock.MagicMock()",
    "blocked": "sys.modules['orthanc'] = None",
    "other contents": "import unittest.mock\nfor name in ('ChangeType', 'OrthancException', 'JobStepStatus', 'HasFunction'):\n"
    "    setattr(orthanc, name, unittest.mock.MagicMock())",
}


@pytest.mark.parametrize("change", CHANGES)
def test_plugin_needs_no_module_of_the_script(orthanc: Servers, change: str) -> None:
    server = orthanc(SCRIPT + CHANGES[change])
    if "deleted" in change or change == "reloaded":
        for _ in range(3):
            assert server.get("/again").text == "True NEW_STUDY True"
    assert server.get("/fail").status == 500
    assert server.get("/refuse").status == 404
    assert server.get("/generate").text == "generated"
    assert server.get("/slow").text == "slow"
    job = server.get("/job").text
    assert eventually(lambda: server.get(f"/jobs/{job}").json()["State"] == "Success")
    server.reset()
    assert server.get("/generate").text == "generated"
    orthanc.stop(server)
    log = server.log()
    assert log.count("LookupError: nothing") == 2 and "before the failure" in log
    assert "could not be described" not in log and "already registered" not in log
