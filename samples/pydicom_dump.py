# SPDX-License-Identifier: GPL-3.0-or-later
# A dump of an instance by pydicom. Needs: pip install pydicom
# curl http://localhost:8042/instances/{id}/pydicom

import io
from typing import Any

import orthanc
import pydicom


def dump(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    try:
        data = orthanc.GetDicomForInstance(request["groups"][0])
    except orthanc.OrthancException:
        output.SendHttpStatusCode(404)
        return
    dataset = pydicom.dcmread(io.BytesIO(data))
    output.AnswerBuffer(f"{dataset}\n", "text/plain; charset=utf-8")


orthanc.RegisterRestCallback("/instances/([^/]+)/pydicom", dump)
