# SPDX-License-Identifier: GPL-3.0-or-later
"""Spans of OpenTelemetry around callbacks, by the decorator of the documentation."""

from __future__ import annotations

import json
import re
from pathlib import Path

from conftest import ROOT, Servers
from embedded_environment import embedded_environment
from helpers import eventually

TRACE = "0af7651916cd43dd8448eb211c80319c"
FAILING = """
@traced
def fail(output, uri, **request):
    raise ValueError("no")

orthanc.RegisterRestCallback("/fail", fail)
"""


def script() -> str:
    page = (ROOT / "docs" / "howto" / "observe.md").read_text(encoding="utf-8")
    [text] = [block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "opentelemetry" in block]
    return str(text)


def test_spans(orthanc: Servers, plugin: Path) -> None:
    environment = embedded_environment(plugin, ["opentelemetry-sdk"])
    server = orthanc(script() + FAILING, configuration={"Python": {"VirtualEnv": str(environment)}})
    assert server.get("/hello", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}).text == "Hello"
    assert server.get("/fail").status == 500

    def counted() -> bool:
        callbacks = {each["Function"]: each for each in server.get("/python/status").json()["Callbacks"]}
        return bool(callbacks["hello"]["Calls"] == 1 and callbacks["fail"]["Errors"] == 1)

    assert eventually(counted)  # a call is counted at its end, perhaps after its answer
    orthanc.stop(server)
    text = server.output()
    spans, decoder = [], json.JSONDecoder()
    while (begin := text.find("{")) != -1:
        span, end = decoder.raw_decode(text[begin:])
        spans.append(span)
        text = text[begin + end :]
    hello, fail = spans
    assert hello["name"] == "hello" and hello["context"]["trace_id"] == f"0x{TRACE}"
    assert fail["name"] == "fail" and fail["events"][0]["attributes"]["exception.type"] == "ValueError"
