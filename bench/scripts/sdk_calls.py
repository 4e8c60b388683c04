# SPDX-License-Identifier: GPL-3.0-or-later
"""/sdk-calls/NAME?count=N answers the nanoseconds that a call takes, as scripts write it; plain_plugin.c has the same in C."""

import json
import timeit

import orthanc

REPEATS = 5  # the fastest is the time of the call, the others include disturbances
STATEMENTS = {
    "GetTagName": "orthanc.GetTagName(0x0010, 0x0010, '')",
    "ComputeMd5": "orthanc.ComputeMd5(b'0123456789abcdef')",
    "GetInstanceSize": "instance.GetInstanceSize()",
    "ChangeType": "orthanc.ChangeType.NEW_STUDY",
    "RestApiGet": "orthanc.RestApiGet('/tools/now')",
}


def fastest(statement, count, instance):
    timer = timeit.Timer(statement, globals={"orthanc": orthanc, "instance": instance})
    return min(timer.repeat(REPEATS, count)) / count * 1e9


def measure(output, uri, **request):
    tags = {"PatientID": "bench", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}
    dicom = orthanc.CreateDicom(json.dumps(tags), None, orthanc.CreateDicomFlags.GENERATE_IDENTIFIERS)
    instance = orthanc.CreateDicomInstance(dicom)
    count = int(request["get"]["count"])
    time = fastest(STATEMENTS[request["groups"][0]], count, instance) - fastest("pass", count, instance)
    output.AnswerBuffer(str(time), "text/plain")


orthanc.RegisterRestCallback("/sdk-calls/(.*)", measure)
