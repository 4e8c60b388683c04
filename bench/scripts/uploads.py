# SPDX-License-Identifier: GPL-3.0-or-later
"""One kind of listener, named by the configuration. /heard answers how many uploads it was told of."""

import json

import orthanc

heard = 0


def on_change(change_type, level, resource_id):
    global heard
    heard += change_type == orthanc.ChangeType.NEW_INSTANCE


def on_stored(instance, instance_id):
    global heard
    tags = json.loads(instance.GetInstanceSimplifiedJson())
    heard += tags.get("Modality") == "CT"


def on_received(data, origin):
    global heard
    heard += 1
    return orthanc.ReceivedInstanceAction.KEEP_AS_IS, None


def on_received_dicom(data, origin):
    global heard
    heard += pydicom.dcmread(io.BytesIO(data)).Modality == "CT"
    return orthanc.ReceivedInstanceAction.KEEP_AS_IS, None


def on_request(uri, **request):
    global heard
    heard += uri == "/instances"
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
