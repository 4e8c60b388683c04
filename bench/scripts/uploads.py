# SPDX-License-Identifier: GPL-3.0-or-later
"""One kind of listener, named by the configuration. /heard answers how many uploads it was told of.

Nothing is called between reading the counter and writing it: threads change there, and a count would be lost.
"""

import json

import orthanc

heard = 0


def on_change(change_type, level, resource_id):
    global heard
    new = change_type == orthanc.ChangeType.NEW_INSTANCE
    heard += new


def on_stored(instance, instance_id):
    global heard
    tags = json.loads(instance.GetInstanceSimplifiedJson())
    new = tags.get("Modality") == "CT"
    heard += new


def on_received(data, origin):
    global heard
    heard += 1
    return orthanc.ReceivedInstanceAction.KEEP_AS_IS, None


def on_received_dicom(data, origin):
    global heard
    new = pydicom.dcmread(io.BytesIO(data)).Modality == "CT"
    heard += new
    return orthanc.ReceivedInstanceAction.KEEP_AS_IS, None


def on_request(uri, **request):
    global heard
    new = uri == "/instances"
    heard += new
    return True


def answer(output, uri, **request):
    output.AnswerBuffer(str(heard), "text/plain")


kind = json.loads(orthanc.GetConfiguration())["Bench"]["Listener"]
if kind == "change":
    orthanc.RegisterOnChangeCallback(on_change)
elif kind == "stored":
    orthanc.RegisterOnStoredInstanceCallback(on_stored)
elif kind == "received":
    orthanc.RegisterReceivedInstanceCallback(on_received)
elif kind == "pydicom":
    import io

    import pydicom

    orthanc.RegisterReceivedInstanceCallback(on_received_dicom)
elif kind == "request":
    orthanc.RegisterIncomingHttpRequestFilter(on_request)
orthanc.RegisterRestCallback("/heard", answer)
