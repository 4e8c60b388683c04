# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that Orthanc lends to a callback or gives to the script: used too late, by two threads, or in the wrong place."""

from __future__ import annotations

import pytest
from conftest import Servers
from every_callback import EveryCallback
from helpers import COLOUR, CT
from remote import SCRIPT, Remote

KEEP = "kept['handles'] = handles\noutcome = [type(handle).__name__ for handle in handles]"
USE = """
outcome = []
for handle in kept["handles"]:
    # Every method that takes no argument or plain ones: each must find out before it reads them.
    methods = {
        "RestOutput": lambda it: [lambda: it.AnswerBuffer("late", "text/plain"), lambda: it.SendHttpStatusCode(200),
                                  lambda: it.SetHttpHeader("a", "b"), lambda: it.StartMultipartAnswer("mixed", "text/plain")],
        "DicomInstance": lambda it: [it.GetInstanceData, it.GetInstanceSize, it.GetInstanceJson, it.GetInstanceRemoteAet,
                                     it.GetInstanceDicomWebJson, lambda: it.GetInstanceRawFrame(0)],
        "FindAnswers": lambda it: [it.FindMarkIncomplete, lambda: it.FindAddAnswer(b"")],
        "FindQuery": lambda it: [it.GetFindQuerySize, lambda: it.GetFindQueryTagName(0), lambda: it.GetFindQueryValue(0)],
        "WorklistAnswers": lambda it: [it.WorklistMarkIncomplete, lambda: it.WorklistAddAnswer(kept["handles"][1], b"")],
        "WorklistQuery": lambda it: [it.WorklistGetDicomQuery, lambda: it.WorklistIsMatch(b"")],
        "DicomConnection": lambda it: [it.GetConnectionRemoteAet, it.GetConnectionRemoteIp, it.GetConnectionCalledAet],
    }[type(handle).__name__](handle)
    for method in methods:
        try:
            method()
            outcome.append("nothing was raised")
        except RuntimeError as error:
            outcome.append(str(error))
kept.clear()
"""
LENT = {
    "rest": ["RestOutput"],
    "stored": ["DicomInstance"],
    "instance_filter": ["DicomInstance"],
    "store_filter": ["DicomInstance"],
    "find": ["FindAnswers", "FindQuery"],
    "worklist": ["WorklistAnswers", "WorklistQuery"],
    "move_create": [],
    "commitment": [],
}
CONNECTED = {"find", "worklist", "move_create", "commitment"}  # those that newer Orthancs lend the connection too


@pytest.fixture(scope="module")
def callbacks(module_orthanc: Servers) -> EveryCallback:
    return EveryCallback(module_orthanc)


@pytest.fixture(scope="module")
def remote(module_orthanc: Servers) -> Remote:
    remote = Remote(module_orthanc(SCRIPT))
    remote(f"kept['ct'] = open({str(CT)!r}, 'rb').read(); kept['colour'] = open({str(COLOUR)!r}, 'rb').read()")
    return remote


@pytest.mark.parametrize("kind", LENT)
def test_used_after_the_callback(callbacks: EveryCallback, kind: str) -> None:
    connected = callbacks.run("rest", "outcome = bool(orthanc.CheckVersionAdvanced(1, 12, 10))")
    connected = connected and callbacks.run("rest", "outcome = hasattr(orthanc, 'RegisterFindCallback2')")
    expected = LENT[kind] + (["DicomConnection"] if connected and kind in CONNECTED else [])
    assert callbacks.run(kind, KEEP) == expected
    messages = callbacks.run("rest", USE)
    assert len(messages) >= 2 * len(expected)
    assert set(messages) <= {
        f"this {name} is no longer valid: Orthanc lends it for the duration of the callback only" for name in expected
    }


@pytest.mark.parametrize("kind", LENT)
def test_used_after_a_callback_that_failed(callbacks: EveryCallback, kind: str) -> None:
    callbacks.run(kind, KEEP + "\nraise LookupError('failed')")
    messages = callbacks.run("rest", USE)
    assert len(messages) >= 2 * len(LENT[kind])
    assert [message for message in messages if "no longer valid" not in message] == []


def test_used_by_a_thread_that_outlives_the_callback(callbacks: EveryCallback) -> None:
    """It works during the callback, and raises from its end on; at no moment may it touch freed memory."""
    callbacks.run(
        "stored",
        """
        import threading
        def use(instance):
            kept["sizes"] = kept["refusals"] = 0
            while kept["refusals"] < 100:
                try:
                    assert len(instance.GetInstanceData()) > 1000
                    kept["sizes"] += 1
                except RuntimeError:
                    kept["refusals"] += 1
        kept["thread"] = threading.Thread(target=use, args=handles)
        kept["thread"].start()
        while not kept.get("sizes"):
            pass
        """,
    )
    assert callbacks.run("rest", "kept['thread'].join(20); outcome = [kept['sizes'] > 0, kept['refusals']]") == [True, 100]


@pytest.mark.parametrize(
    "code",
    [
        "orthanc.DicomInstance()",  # scripts cannot make handles
        "orthanc.RestOutput.__new__(orthanc.RestOutput).AnswerBuffer('', '')",
        "orthanc.Image.GetImageWidth(orthanc.Image.__new__(orthanc.Image))",
        "orthanc.Image.GetImageWidth(output)",
        "orthanc.RestOutput.AnswerBuffer(orthanc.CreateDicomInstance(kept['ct']), '', '')",
        "orthanc.CreateDicom('{}', output, 0)",
        "orthanc.CreateDicom('{}', orthanc.CreateDicomInstance(kept['ct']), 0)",
        "orthanc.FindAnswers.FindAddAnswer(orthanc.CreateDicomInstance(kept['ct']), b'')",
        "orthanc.WorklistAnswers.WorklistAddAnswer(output, output, b'')",
        "orthanc.CreateJob(output, 'Job')",
        "orthanc.Image.GetImageBuffer(None)",
        "orthanc.DicomInstance.GetInstanceData(7)",
        "__import__('copy').copy(output)",
        "__import__('copy').deepcopy(orthanc.CreateDicomInstance(kept['ct']))",
        "__import__('pickle').dumps(orthanc.CreateDicomInstance(kept['ct']))",
        "orthanc.DicomInstance.__init__(orthanc.CreateDicomInstance(kept['ct']))",
    ],
)
def test_wrong_objects(remote: Remote, code: str) -> None:
    error = remote.error(f"print({code})")
    assert error.kind in ("TypeError", "RuntimeError"), error
    assert remote.server.get("/system").status == 200


def test_derived_classes_are_refused(remote: Remote) -> None:
    """A class of the script's that derives from a handle has nothing of Orthanc's in it."""
    error = remote.error("class Mine(orthanc.Image):\n    def __init__(self):\n        pass\nMine().GetImageWidth()")
    assert error.kind in ("TypeError", "RuntimeError")


def test_job_given_to_orthanc(remote: Remote) -> None:
    error = remote.error("job = orthanc.CreateJob((i for i in [0.5]), 'Twice')\njob.SubmitJob()\njob.SubmitJob()")
    assert error.arguments == ["this Job is no longer valid: it was given to Orthanc"]


def test_image_returned_by_a_decoder_is_orthancs(callbacks: EveryCallback) -> None:
    image = "kept['image'] = image = orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 16, 16)\n"
    callbacks.run("decoder", image + "result = image")
    assert callbacks.answer.status == 200
    error = "try:\n    kept['image'].GetImageBuffer()\nexcept RuntimeError as error:\n    outcome = str(error)"
    assert callbacks.run("rest", error) == "this Image is no longer valid: it was given to Orthanc"
    # The same image once more: an error, and Orthanc decodes by itself.
    beginning = len(callbacks.server.log())
    callbacks.run("decoder", "result = kept['image']")
    assert callbacks.answer.status == 200
    callbacks.server.wait_for_log("decoder of DICOM images failed .*it was given to Orthanc", beginning=beginning)


def test_two_threads_with_one_handle(remote: Remote) -> None:
    """Each call has the whole object, or is refused: none sees another's use of it."""
    counts = remote("""
        import threading
        instance = orthanc.CreateDicomInstance(kept["colour"])
        image = orthanc.CreateImage(orthanc.PixelFormat.RGB24, 400, 400)
        counts = {"worked": 0, "refused": 0}
        lock = threading.Lock()
        def use(function, valid):
            for _ in range(150):
                try:
                    good = valid(function())
                    kind = "worked" if good else "wrong"
                except RuntimeError as error:
                    kind = "refused" if "is being used by another thread" in str(error) else str(error)
                with lock:
                    counts[kind] = counts.get(kind, 0) + 1
        threads = [threading.Thread(target=use, args=arguments) for arguments in [
            (instance.GetInstanceJson, lambda text: "0010,0010" in text),
            (instance.GetInstanceSimplifiedJson, lambda text: "PatientName" in text),
            (instance.GetInstanceData, lambda data: data == kept["colour"]),
            (lambda: image.ConvertPixelFormat(orthanc.PixelFormat.GRAYSCALE8), lambda it: it.GetImageWidth() == 400),
            (lambda: image.ConvertPixelFormat(orthanc.PixelFormat.GRAYSCALE16), lambda it: it.GetImageHeight() == 400),
            (image.GetImageBuffer, lambda buffer: len(buffer) >= 400 * 400 * 3),
        ]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        result = counts
    """)
    assert set(counts) <= {"worked", "refused"} and sum(counts.values()) == 900
    assert counts["worked"] > 0


def test_last_reference_dropped_by_a_thread_while_another_uses_it(remote: Remote) -> None:
    remote("""
        import gc, threading
        def use():
            for _ in range(50):
                holder = [orthanc.CreateDicomInstance(kept["ct"])]
                thread = threading.Thread(target=lambda: holder[0].GetInstanceJson())
                thread.start()
                thread.join(0.0001)
                del holder[:1]
                thread.join()
        threading.excepthook = lambda arguments: None  # an IndexError where the reference was dropped first
        threads = [threading.Thread(target=use) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        gc.collect()
    """)
    assert remote.server.get("/system").status == 200


def test_in_a_worker_process(callbacks: EveryCallback) -> None:
    """A fork has a copy of the handle, and must leave Orthanc's object alone."""
    code = """
    import os
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            handles[0].GetInstanceSize()
            text = b"nothing was raised"
        except RuntimeError as error:
            text = str(error).encode()
        os.write(writing, text)
        os._exit(0)
    os.waitpid(pid, 0)
    outcome = [os.read(reading, 1000).decode(), handles[0].GetInstanceSize() > 0]
    """
    text, works = callbacks.run("stored", code)
    assert "cannot be called in a worker process" in text and works
