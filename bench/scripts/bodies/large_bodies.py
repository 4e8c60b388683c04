# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes that take and give bodies of any size. /instance/METHOD answers with the cost of reading an instance's file."""

import json
import re
import time
from pathlib import Path

import orthanc

answers = {}


def answer(output, uri, **request):
    output.AnswerBuffer("ok\n", "text/plain")


def sink(output, uri, **request):
    output.AnswerBuffer(str(len(request["body"])), "text/plain")


def source(output, uri, **request):
    size = int(request["get"]["size"])
    if size not in answers:
        answers[size] = b"x" * size
    output.AnswerBuffer(answers[size], "application/octet-stream")


def megabytes(name):
    return int(re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024 / 1e6


def instance_data(output, uri, **request):
    instance = orthanc.CreateDicomInstance(request["body"])
    method = getattr(instance, request["groups"][0], None)
    if method is None:
        output.SendHttpStatusCode(404)
        return
    Path("/proc/self/clear_refs").write_text("5")
    before = megabytes("VmRSS")
    start = time.perf_counter()
    data = method()
    seconds = time.perf_counter() - start
    result = {"size": len(data), "seconds": seconds, "megabytes": megabytes("VmHWM") - before}
    output.AnswerBuffer(json.dumps(result), "application/json")


orthanc.RegisterRestCallback("/bench", answer)
orthanc.RegisterRestCallback("/sink", sink)
orthanc.RegisterRestCallback("/source", source)
orthanc.RegisterRestCallback("/instance/(.*)", instance_data)
