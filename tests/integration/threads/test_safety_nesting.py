# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of Orthanc from every kind of callback: registrations and the REST API, also by threads that it waits for."""

from __future__ import annotations

import pytest
from conftest import Servers
from every_callback import KINDS, WITHOUT_REST_API, EveryCallback

REGISTER = """
def answer(output, uri, **request):
    output.AnswerBuffer("{kind}", "text/plain")

outcome = []
try:
    orthanc.RegisterRestCallback("/from-{kind}", answer)
except RuntimeError as error:
    outcome.append(str(error))
orthanc.RegisterIncomingHttpRequestFilter(lambda uri, **request: uri != "/forbidden-by-{kind}")
orthanc.RegisterOnChangeCallback(lambda *arguments: None)
orthanc.RegisterOnStoredInstanceCallback(lambda *arguments: kept.setdefault("stored", []).append("{kind}"))
orthanc.RegisterReceivedInstanceCallback(lambda data, origin: (orthanc.ReceivedInstanceAction.KEEP_AS_IS, None))
orthanc.RegisterIncomingCStoreInstanceFilter(lambda instance: 0)
orthanc.RegisterIncomingDicomInstanceFilter(lambda instance: True)
orthanc.RegisterDecodeImageCallback(lambda dicom, frame: None)
orthanc.RegisterTranscoderCallback(lambda dicom, syntaxes, new_identifier: None)
orthanc.RegisterRefreshMetricsCallback(lambda: None)
orthanc.RegisterJobsUnserializer(lambda kind, serialized: None)
try:
    orthanc.RegisterWebDavCollection("/dav/{kind}", orthanc)
except TypeError as error:
    assert "must have the method" in str(error)
for name, count in (("RegisterFindCallback", 1), ("RegisterWorklistCallback", 1), ("RegisterMoveCallback", 1),
                    ("RegisterStorageArea", 3), ("RegisterStorageCommitmentScpCallback", 2)):
    try:
        getattr(orthanc, name)(*[print] * count)
        outcome.append(name)
    except RuntimeError as error:
        assert "is registered already, at" in str(error)
"""

CALL = """
import json, threading

def call():
    instance = json.loads(orthanc.RestApiGet("/instances"))[0]
    orthanc.RestApiGet("/statistics")
    orthanc.RestApiGet("/jobs?expand")
    orthanc.RestApiPost("/tools/find", json.dumps(dict(Level="Study", Query=dict())))
    orthanc.RestApiPut("/instances/" + instance + "/metadata/1024", "written")
    assert orthanc.RestApiGet("/instances/" + instance + "/metadata/1024") == b"written"
    assert orthanc.RestApiGetAfterPlugins("/act/rest") == b"answered"
    try:
        orthanc.RestApi{missing}("/instances/nothing")
    except orthanc.OrthancException:
        outcomes.append("done")

outcomes = []
call()
threads = [threading.Thread(target=call, daemon=True) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(20)
outcome = outcomes
"""


@pytest.fixture(scope="module")
def callbacks(module_orthanc: Servers) -> EveryCallback:
    return EveryCallback(module_orthanc)


@pytest.mark.parametrize("kind", KINDS)
def test_registrations(callbacks: EveryCallback, kind: str) -> None:
    messages = callbacks.run(kind, REGISTER.format(kind=kind))
    if kind == "rest":  # Orthanc itself cannot do it, and would never answer again
        assert len(messages) == 1 and "a REST callback cannot register another" in messages[0]
        assert callbacks.server.get("/from-rest").status == 404
    else:
        assert messages == []
        assert callbacks.server.get(f"/from-{kind}").text == kind
    assert callbacks.server.get(f"/forbidden-by-{kind}").status == 403
    callbacks.upload()
    assert kind in callbacks.run("rest", "outcome = kept['stored']")


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(WITHOUT_REST_API)))
def test_rest_api(callbacks: EveryCallback, kind: str) -> None:
    # Orthanc 1.12 decodes while it holds its cache of DICOM files. A deletion needs that: no plugin can delete there.
    missing = "Get" if kind == "decoder" else "Delete"
    assert callbacks.run(kind, CALL.format(missing=missing)) == ["done"] * 3


@pytest.mark.parametrize("kind", ["rest", "stored", "received", "change", "job"])
def test_storing_and_deleting(callbacks: EveryCallback, kind: str) -> None:
    """These reach the storage area and the other callbacks, all written in Python, while the first one waits."""
    code = """
    import io, json
    import pydicom
    dataset = pydicom.dcmread(io.BytesIO(kept["dicom"]))
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    content = io.BytesIO()
    dataset.save_as(content)
    stored = json.loads(orthanc.RestApiPost("/instances", content.getvalue()))
    assert orthanc.RestApiGet(f"/instances/{stored['ID']}/file") == content.getvalue()
    orthanc.RestApiDelete(f"/instances/{stored['ID']}")
    outcome = stored["Status"]
    """
    callbacks.run("rest", f"kept['dicom'] = orthanc.RestApiGet('/instances/{callbacks.kept}/file')")
    assert callbacks.run(kind, code) == "Success"


def test_callbacks_that_call_each_other(callbacks: EveryCallback) -> None:
    """Until there is no room for one more on the stack, or in Orthanc, and then an error."""
    callbacks.run(
        "change",
        """
        def deeper(output, uri, **request):
            depth = int(request["groups"][0])
            kept["depth"] = max(depth, kept.get("depth", 0))
            output.AnswerBuffer(orthanc.RestApiGetAfterPlugins(f"/deeper/{depth + 1}") if depth < 100 else b"", "text/plain")
        orthanc.RegisterRestCallback("/deeper/([0-9]+)", deeper)
        """,
    )
    callbacks.server.get("/deeper/0")
    assert callbacks.run("rest", "outcome = kept['depth']") == 100
