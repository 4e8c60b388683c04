# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the calls of call_generator.py inside Orthanc.

Each is announced in the file CALLS_RESULTS before, and its outcome is added after.
"""

import hashlib
import json
import os
from pathlib import Path

import orthanc

calls = json.loads(Path(os.environ["CALLS"]).read_text(encoding="utf-8"))
dicom = Path(os.environ["CALLS_DICOM"]).read_bytes()


def callback(*arguments, **keywords):
    return True


query = orthanc.CreateDicom('{"PatientID": "", "QueryRetrieveLevel": "PATIENT"}', None, orthanc.CreateDicomFlags.NONE)
failed = []  # the last call, if it has
objects = {"orthanc": orthanc, "callback": callback, "dicom": dicom, "query": query, "web": os.environ["WEB"]}


def shown(value):
    if isinstance(value, bytes) and value[128:132] == b"DICM" and value != dicom:
        return "DICOM"  # with a random identifier
    if isinstance(value, bytes) and len(value) > 100:
        return f"bytes of {len(value)}, {hashlib.sha256(value).hexdigest()[:16]}"
    if type(value).__module__ == "orthanc":
        return type(value).__name__
    if isinstance(value, dict):
        return f"dict {sorted(value.items())}"
    return f"{type(value).__name__} {value!r}"


def outcome(code):
    failed.clear()
    try:
        return shown(eval(code, objects))
    except orthanc.OrthancException as error:
        failed.append(code)
        if error.args[0] >= 1000000:
            return "OrthancException of a plugin"  # numbered by Orthanc, in the order of their registration
        return f"OrthancException {error.args[0]}"
    except BaseException as error:
        failed.append(code)
        return type(error).__name__


def make(numbers):
    with Path(os.environ["CALLS_RESULTS"]).open("a", encoding="utf-8") as results:
        for number in numbers:
            results.write(f"{json.dumps({'number': number})}\n")
            results.flush()
            result = outcome(calls[number])
            results.write(f"{json.dumps({'number': number, 'outcome': result})}\n")
            results.flush()


def on_calls(output, uri, **request):
    objects["output"] = output
    if request["groups"][0] != "all":
        make([int(request["groups"][0])])
        if failed:  # without an answer, Orthanc waits for a second
            output.AnswerBuffer("", "text/plain")
        return
    objects["instance_id"] = json.loads(orthanc.RestApiGet("/instances"))[0]
    objects["image"] = orthanc.CreateImageFromBuffer(orthanc.PixelFormat.RGB24, 2, 2, 6, bytes(12))
    objects["instance"] = orthanc.CreateDicomInstance(dicom)
    objects["matcher"] = orthanc.CreateFindMatcher(query)
    objects["peers"] = orthanc.GetPeers()
    if hasattr(orthanc, "CreateKeysValuesIterator"):
        orthanc.StoreKeyValue("store", "key", b"value")
        objects["iterator"] = orthanc.CreateKeysValuesIterator("store")
        objects["iterator"].Next()
    make(range(len(calls)))
    output.AnswerBuffer("done", "text/plain")


def on_find(answers, query, *others):
    objects.update(find_answers=answers, find_query=query, connection=others[0])
    make(range(len(calls)))


def on_worklist(answers, query, *others):
    objects.update(worklist_answers=answers, worklist_query=query)
    make(range(len(calls)))


orthanc.RegisterRestCallback("/calls/(.*)", on_calls)
if os.environ["CALLS_GROUP"] == "find":
    register = getattr(orthanc, "RegisterFindCallback2", orthanc.RegisterFindCallback)
    register(on_find)
if os.environ["CALLS_GROUP"] == "worklist":
    orthanc.RegisterWorklistCallback(on_worklist)
if os.environ["CALLS_GROUP"] == "start":
    make(range(len(calls)))
