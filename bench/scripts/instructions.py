# SPDX-License-Identifier: GPL-3.0-or-later
"""/count/NAME?count=N makes a call N times, without anything else."""

import itertools

import orthanc

instance = orthanc.CreateDicomInstance(b"a file")


def fail():
    try:
        orthanc.RestApiGet("/missing")
    except orthanc.OrthancException as error:
        return error


CALLS = {
    "empty": "pass",
    "ChangeType": "orthanc.ChangeType.NEW_STUDY",
    "GetCommandLineArgumentsCount": "orthanc.GetCommandLineArgumentsCount()",
    "GetTagName": "orthanc.GetTagName(0x0010, 0x0010, '')",
    "ComputeMd5": "orthanc.ComputeMd5(b'0123456789abcdef')",
    "LookupDictionary": "orthanc.LookupDictionary('PatientName')",
    "RestApiGet": "orthanc.RestApiGet('/tools/now')",
    "RestApiPost": "orthanc.RestApiPost('/tools/find', b'{}')",
    "RestApiGet, an error": "fail()",
    "CreateDicomInstance": "orthanc.CreateDicomInstance(b'a file')",
    "GetInstanceSize": "instance.GetInstanceSize()",
    "GetInstanceData": "instance.GetInstanceData()",
    "GetInstanceRemoteAet": "instance.GetInstanceRemoteAet()",
    "GetInstanceSimplifiedJson": "instance.GetInstanceSimplifiedJson()",
    "SetHttpHeader": "output.SetHttpHeader('a', 'b')",
    "AnswerBuffer": "output.AnswerBuffer('ok', 'text/plain')",
    "GetInstanceData of a new one": "orthanc.CreateDicomInstance(b'a file').GetInstanceData()",
}


def compiled(statement):
    names = {"orthanc": orthanc, "instance": instance, "fail": fail}
    exec(f"def run(output, times):\n    for _ in times:\n        {statement}\n", names)
    return names["run"]


FUNCTIONS = [compiled(statement) for statement in CALLS.values()]


def count(output, uri, **request):
    run = FUNCTIONS[int(request["groups"][0])]
    run(output, itertools.repeat(None, int(request["get"]["count"])))


def hello(output, uri, **request):
    output.AnswerBuffer("ok\n", "text/plain")


orthanc.RegisterRestCallback("/count/(.*)", count)
orthanc.RegisterRestCallback("/bench", hello)
