# SPDX-License-Identifier: GPL-3.0-or-later
"""Details of scripts at import and in error answers, found by the differential suite."""

from __future__ import annotations

import pytest
from conftest import Servers

DETAILS = """
import asyncio
import orthanc

def fail(output, uri, **request):
    if "body" in request:
        list(request["body"])
    if uri.endswith("/described"):
        output.SetHttpErrorDetails("of the script", 0)
    if uri.endswith("/nested"):
        try:
            orthanc.RestApiGetAfterPlugins(uri.replace("nested", "described"))
        except orthanc.OrthancException:
            pass
    raise orthanc.OrthancException(5, "of the exception")

async def fail_later(output, uri, **request):
    await asyncio.sleep(0.01)
    await asyncio.to_thread(fail, output, uri, **request)

orthanc.RegisterRestCallback("/fail/.*", fail)
orthanc.RegisterRestCallback("/later/.*", fail_later)
orthanc.RegisterChunkedRestCallback("/chunked/.*", fail)
orthanc.RegisterChunkedRestCallback("/chunked-later/.*", fail_later)
"""


@pytest.mark.parametrize(
    ("method", "route"),
    [
        ("GET", "fail"),
        ("GET", "later"),
        ("GET", "chunked"),
        ("GET", "chunked-later"),
        ("POST", "chunked"),
        ("POST", "chunked-later"),
    ],
)
def test_details_of_the_script_stay(orthanc: Servers, method: str, route: str) -> None:
    server = orthanc(DETAILS)
    body = b"body" if method == "POST" else None
    for _ in range(2):
        answer = server.request(method, f"/{route}/described", body)
        assert (answer.status, answer.json()["Details"]) == (400, "of the script")
        for other in ("plain", "nested"):
            answer = server.request(method, f"/{route}/{other}", body)
            assert answer.status == 400 and "of the exception" in answer.json()["Details"]


def test_metrics_before_orthanc_has_started(orthanc: Servers) -> None:
    server = orthanc("import orthanc\northanc.SetMetricsValue('early', 1, orthanc.MetricsType.DEFAULT)\nprint('goes on')\n")
    assert server.get("/system").status == 200
    assert "goes on" in server.output()
    server.wait_for_log(r"SetMetricsValue\(\) has no effect while Orthanc is starting|early")
