# SPDX-License-Identifier: GPL-3.0-or-later
"""Worker processes that are not forks of Orthanc, and import the script to find its functions."""

from __future__ import annotations

import re
import sys

import pytest
from conftest import SAMPLES, Servers
from helpers import CT, eventually, processes_of_group

SCRIPT = """
import json
import logging
import multiprocessing
import orthanc
from concurrent.futures import ProcessPoolExecutor

NEW_STUDY = orthanc.ChangeType.NEW_STUDY

def square(number):
    orthanc.LogWarning("from a worker")
    if hasattr(orthanc, "LogMessage"):
        orthanc.LogMessage(plugin="script", message="by names", file="script.py", line=1, category=1, level=1)
    return number * number

def names(_):
    change = orthanc.ChangeType(NEW_STUDY)
    return [type(NEW_STUDY).__name__, change.name, orthanc.HasFunction("RestApiGet"), __name__]

def call(uri):
    try:
        return orthanc.RestApiGet(uri)
    except RuntimeError as error:
        return str(error)

def fail(code):
    raise orthanc.OrthancException(code, "in the worker")

def answer(output, uri, **request):
    try:
        with make(request["groups"][0]) as executor:
            result = [list(executor.map(square, range(4))), executor.submit(names, 0).result()]
            result.append(executor.submit(call, "/system").result())
            try:
                executor.submit(fail, 17).result()
            except orthanc.OrthancException as error:
                result.append(error.args)
        output.AnswerBuffer(json.dumps(result), "application/json")
    except BaseException:
        logging.exception("failed")
        raise

def make(method):
    if method == "limited":
        return ProcessPoolExecutor(1, max_tasks_per_child=1)
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method))

orthanc.RegisterRestCallback("/(spawn|forkserver|limited)", answer)
orthanc.RegisterOnChangeCallback(lambda *arguments: None)
"""

START_METHOD = """
import multiprocessing

if multiprocessing.parent_process() is None:
    multiprocessing.set_start_method("{}")
"""


@pytest.mark.parametrize(
    ("method", "name"), [("spawn", "script"), ("forkserver", "script"), ("limited", "script"), ("spawn", "queue")]
)
def test_functions_of_the_script(orthanc: Servers, method: str, name: str) -> None:
    if method == "limited" and sys.version_info < (3, 11):
        pytest.skip("max_tasks_per_child came with Python 3.11")
    server = orthanc(SCRIPT, name=f"{name}.py")
    squares, names, error, args = server.get(f"/{method}", timeout=60.0).json()
    assert squares == [0, 1, 4, 9]
    assert names[1:] == ["NEW_STUDY", False, name if name == "script" else f"{name}_script"]
    assert error.startswith("RestApiGet cannot be called in a worker process: only Orthanc's own process can call Orthanc")
    assert args == [17, "in the worker"]
    lines = set(re.findall(r"Python worker \d+: (.*)", server.log()))
    assert lines in ({"from a worker"}, {"from a worker", "by names"})  # LogMessage came with Orthanc 1.12.4
    pid = server.pid
    orthanc.stop(server)
    assert eventually(lambda: processes_of_group(pid) == [])


@pytest.mark.parametrize(
    ("method", "sample", "path"),
    [
        ("spawn", "worker_pool.py", "/primes"),
        ("spawn", "worker_parsing.py", "/instances/{}/elements"),
        ("spawn", "worker_rest.py", "/modalities-by-worker"),
        ("forkserver", "worker_rest.py", "/modalities-by-worker"),
    ],
)
def test_samples(orthanc: Servers, method: str, sample: str, path: str) -> None:
    """As on Windows, where the workers of each sample import it."""
    text = (SAMPLES / sample).read_text(encoding="utf-8")
    server = orthanc(START_METHOD.format(method) + text)
    answer = server.get(path.format(server.upload(CT)["ID"]), timeout=60.0)
    assert answer.status == 200 and answer.json()
    assert "Python worker" not in server.log()  # no error of a worker


WATCHING = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
import orthanc

parent = multiprocessing.parent_process()
seen = (parent.pid, parent.is_alive()) if parent is not None else None

def begin():
    pass

def look():
    return seen

def answer(output, uri, **request):
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=begin) as pool:
        output.AnswerBuffer(str(pool.submit(look).result()), "text/plain")

orthanc.RegisterRestCallback("/parent", answer)
"""


def test_parent_while_the_script_is_imported(orthanc: Servers) -> None:
    server = orthanc(WATCHING)
    assert server.get("/parent", timeout=60.0).text == str((server.pid, True))
