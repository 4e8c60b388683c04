# SPDX-License-Identifier: GPL-3.0-or-later
"""Forked workers: what they inherit from Orthanc, what they keep, and when they end."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest
from conftest import Servers
from helpers import CT, eventually, processes_of_group
from remote import SCRIPT, Remote

from orthanc_python import OrthancServer

POOL = """
import multiprocessing
import os
import socket
import threading
import time
import orthanc

kept = []


def wait():
    time.sleep(600)


def begin(output, uri, **request):
    kept.append(multiprocessing.Pool(2))
    kept[-1].apply(abs, (-1,))
    worker = multiprocessing.Process(target=wait)
    worker.start()
    kept.append(worker)
    output.AnswerBuffer("begun", "text/plain")


def fork(output, uri, **request):
    if os.fork() == 0:
        wait()
    output.AnswerBuffer("forked", "text/plain")


orthanc.RegisterRestCallback("/begin", begin)
orthanc.RegisterRestCallback("/fork", fork)
"""
# The worker's view of itself.
LOOK = """
import json
import os
import socket
import stat

def look():
    sockets, files = [], []
    for name in os.listdir("/proc/self/fd"):
        try:
            mode = os.fstat(int(name)).st_mode
        except OSError:
            continue
        if stat.S_ISSOCK(mode):
            with socket.socket(fileno=os.dup(int(name))) as found:
                if found.family in (socket.AF_INET, socket.AF_INET6):
                    sockets.append(found.getsockname()[1])
        elif stat.S_ISREG(mode):
            files.append(os.readlink(f"/proc/self/fd/{name}"))
    return sockets, files
"""


def answers(server: OrthancServer) -> bool:
    try:
        return server.get("/system", timeout=5.0).status == 200
    except OSError:
        return False


@pytest.mark.parametrize("route", ["begin", "fork"])
def test_reset(orthanc: Servers, route: str) -> None:
    server = orthanc(POOL, dicom=True)
    for _ in range(2):
        server.get(f"/{route}")
        server.reset(timeout=40.0)
        assert eventually(lambda: answers(server))
    assert "in use" not in server.log()
    pid = server.pid
    orthanc.stop(server)
    assert eventually(lambda: processes_of_group(pid) == [])


@pytest.mark.parametrize("route", ["begin", "fork"])
def test_orthanc_is_killed(orthanc: Servers, route: str) -> None:
    """Its workers end, and the ports are free."""
    server = orthanc(POOL, dicom=True)
    server.get(f"/{route}")
    pid = server.pid
    assert len(processes_of_group(pid)) > 1
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: processes_of_group(pid) == [])
    assert server.wait() == -signal.SIGKILL
    server.start()
    assert server.get("/system").status == 200


def test_what_it_inherits(orthanc: Servers) -> None:
    """It has no socket of Orthanc's servers, nor the database; what Python has made it has."""
    server = orthanc(SCRIPT + LOOK, dicom=True)
    server.upload(CT)
    remote = Remote(server)
    seen = remote("""
        import json, os, socket, tempfile, multiprocessing
        from script import look
        listener = socket.create_server(("127.0.0.1", 0))
        peer = socket.create_connection(listener.getsockname())
        file = tempfile.NamedTemporaryFile()
        reader, writer = os.pipe()
        os.write(writer, b"through the pipe")
        def work(queue):
            accepted, _ = listener.accept()
            peer.sendall(b"hello")
            queue.put((look(), accepted.recv(5), os.read(reader, 100)))
        queue = multiprocessing.SimpleQueue()
        process = multiprocessing.Process(target=work, args=(queue,))
        process.start()
        (sockets, files), received, piped = queue.get()
        process.join()
        result = [sockets, files, received.decode(), piped.decode(), listener.getsockname()[1], file.name, look()]
    """)
    sockets, files, received, piped, port, name, own = seen
    assert received == "hello" and piped == "through the pipe"
    assert port in sockets and name in files
    assert {server.http_port, server.dicom_port} <= set(own[0])
    assert not {server.http_port, server.dicom_port} & set(sockets)
    assert any(Path(file).name == "index" for file in own[1])
    assert not any(Path(file).name.startswith("index") for file in files)


def test_end_of_the_thread_that_forked(orthanc: Servers) -> None:
    """The parent is the process."""
    server = orthanc(SCRIPT)
    Remote(server)("""
        import multiprocessing, threading, time
        def work(connection):
            connection.recv()
            connection.send("alive")
        def begin():
            multiprocessing.Process(target=work, args=(there,), daemon=True).start()
        here, there = multiprocessing.Pipe()
        thread = threading.Thread(target=begin)
        thread.start()
        thread.join()
        time.sleep(0.2)
        here.send("question")
        assert here.poll(10) and here.recv() == "alive"
    """)


@pytest.mark.parametrize("how", ["", ", preexec_fn=os.getpid"])
def test_other_programs(orthanc: Servers, how: str) -> None:
    """They live on as those that a program on the command line has started, and keep no file of Orthanc."""
    server = orthanc(SCRIPT, dicom=True)
    pid = Remote(server)(f"""
        import os, subprocess, threading
        started = []
        def begin():
            started.append(subprocess.Popen(["sleep", "600"]{how}))
        thread = threading.Thread(target=begin)
        thread.start()
        thread.join()
        result = started[0].pid
    """)
    group = server.pid
    try:
        os.kill(group, signal.SIGKILL)
        assert eventually(lambda: processes_of_group(group) == [pid])
        names = [file.readlink().name for file in Path(f"/proc/{pid}/fd").iterdir()]
        assert names and not any(name.startswith("socket:") for name in names)
    finally:
        os.kill(pid, signal.SIGKILL)
    assert server.wait() == -signal.SIGKILL


RETURNS = """
import asyncio
import os
import sys
import threading
import orthanc

def leave(how):
    if how == "raise":
        raise ValueError("in the child")
    if how == "exit":
        sys.exit(7)

def status_of_child(how):
    child = os.fork()
    if child == 0:
        leave(how)
        return None
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def fork(output, uri, **request):
    status = status_of_child(request["groups"][0])
    output.AnswerBuffer(str(status), "text/plain")

async def fork_in_loop(output, uri, **request):
    status = status_of_child(request["groups"][0])
    if status is not None:
        output.AnswerBuffer(str(status), "text/plain")

def fork_in_thread(output, uri, **request):
    found = []
    thread = threading.Thread(target=lambda: found.append(status_of_child("return")))
    thread.start()
    thread.join()
    output.AnswerBuffer(str(found[0]), "text/plain")

def steps():
    status = status_of_child("return")
    orthanc.LogWarning(f"the job's child ended with {status}")
    yield 1.0

def submit(output, uri, **request):
    output.AnswerBuffer(orthanc.CreateJob(steps, "Fork").SubmitJob(), "text/plain")

def on_stored(instance, instance_id):
    status = status_of_child("return")
    orthanc.LogWarning(f"the stored instance's child ended with {status}")

orthanc.RegisterRestCallback("/fork/(.*)", fork)
orthanc.RegisterRestCallback("/loop/(.*)", fork_in_loop)
orthanc.RegisterRestCallback("/thread", fork_in_thread)
orthanc.RegisterRestCallback("/job", submit)
orthanc.RegisterOnStoredInstanceCallback(on_stored)
"""
# The callback calls AnswerBuffer in the child of /fork/return, too. It raises an exception there.
STATUSES = {"fork/return": 1, "fork/raise": 1, "fork/exit": 7, "loop/return": 0, "loop/raise": 1, "loop/exit": 7, "thread": 0}


def test_callbacks_that_return_in_the_worker(orthanc: Servers) -> None:
    """Only Orthanc's own process goes on in Orthanc."""
    server = orthanc(RETURNS)
    assert {path: int(server.get(f"/{path}").text) for path in STATUSES} == STATUSES
    server.get("/job")
    # One after the other: a fork while another thread allocates may hang with AddressSanitizer's malloc.
    server.wait_for_log("the job's child ended with 0")
    server.upload(CT)
    server.wait_for_log("the stored instance's child ended with 0")
    server.wait_for_log(r"Python worker \d+: .* failed.*: ValueError: in the child")
    assert processes_of_group(server.pid) == [server.pid]


def test_no_other_callback_runs_in_the_worker(orthanc: Servers) -> None:
    """A second listener might send a mail twice."""
    server = orthanc("""
        import os
        import orthanc

        def tell(*arguments):
            orthanc.LogWarning(f"told in {os.getpid()}")

        def fork(*arguments):
            if (child := os.fork()) != 0:
                orthanc.LogWarning(f"the child ended with {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}")

        orthanc.RegisterOnStoredInstanceCallback(fork)
        orthanc.RegisterOnStoredInstanceCallback(tell)
    """)
    server.upload(CT)
    server.wait_for_log("the child ended with 0")
    server.wait_for_log("told in")
    assert re.findall(r"told in (\d+)", server.log() + server.output()) == [str(server.pid)]


def test_garbage_collection_in_a_worker_forked_beside_a_storage_area(orthanc: Servers) -> None:
    """It goes on: the thread that has called the storage area is not there."""
    server = orthanc("""
        import gc
        import os
        import threading
        import orthanc

        outcomes = []

        def create(uuid, content_type, content):
            thread = threading.Thread(target=fork)
            thread.start()
            thread.join()

        def fork():
            child = os.fork()
            if child == 0:
                os._exit(is_garbage_freed())
            outcomes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

        def is_garbage_freed():
            class Node:
                pass

            for _ in range(5_000):
                node = Node()
                node.itself = node
            return sum(type(thing) is Node for thing in gc.get_objects()) < 4_000

        orthanc.RegisterStorageArea(create, lambda *_: b"", lambda *_: None)
        orthanc.RegisterRestCallback("/outcomes", lambda output, *_, **__: output.AnswerBuffer(str(outcomes[:1]), ""))
    """)
    server.upload(CT)
    assert server.get("/outcomes").text == "[1]"


def test_the_log(orthanc: Servers) -> None:
    """Its functions write to the standard error, however the script has got them and calls them."""
    server = orthanc("""
        import os
        import sys
        import orthanc
        from orthanc import LogError, LogInfo, LogWarning

        log = orthanc.LogMessage if orthanc.HasFunction("LogMessage") else lambda message, **_: LogWarning(message)

        def fork(output, uri, **request):
            child = os.fork()
            if child == 0:
                work()
                os._exit(0)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            output.AnswerBuffer(str(status), "text/plain")

        def work():
            try:
                LogWarning("a line\\nand another")
                LogError(message="an error")
                LogInfo("an information")
                orthanc.LogWarning("by the module")
                log(plugin="p", message="by names", file="f", line=1, category=1, level=1)
            except BaseException as error:
                print(repr(error), file=sys.stderr, flush=True)
                os._exit(1)

        orthanc.RegisterRestCallback("/fork", fork)
    """)
    assert server.get("/fork").text == "0"
    for line in ("a line\n    and another", "an error", "an information", "by the module", "by names"):
        server.wait_for_log(rf"Python worker \d+: {line}")


def test_the_log_of_a_standard_error_that_leads_to_it(orthanc: Servers) -> None:
    server = orthanc("""
        import os
        import sys
        import orthanc

        class Log:
            def write(self, text):
                orthanc.LogWarning(text)

            def flush(self):
                pass

        def fork(output, uri, **request):
            sys.stderr = Log()
            child = os.fork()
            if child == 0:
                orthanc.LogWarning("a line")
                os._exit(0)
            output.AnswerBuffer(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])), "text/plain")

        orthanc.RegisterRestCallback("/fork", fork)
    """)
    assert server.get("/fork").text == "0"
    server.wait_for_log(r"Python worker \d+: a line")
