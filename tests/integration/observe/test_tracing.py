# SPDX-License-Identifier: GPL-3.0-or-later
"""Spans of OpenTelemetry around callbacks, as the documentation sets them up."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Servers
from embedded_environment import embedded_environment
from helpers import eventually

from orthanc_python import OrthancServer

TRACE = "0af7651916cd43dd8448eb211c80319c"
BEFORE = """
import orthanc

def early(output, uri, **request):
    output.AnswerBuffer("early", "text/plain")

orthanc.RegisterRestCallback("/early", early)
"""
CALLBACKS = """
import asyncio, functools

async def later(output, uri, **request):
    with trace.get_tracer("script").start_as_current_span("within"):
        await asyncio.sleep(0.05)
    output.AnswerBuffer("later", "text/plain")

def parts(output, uri, **request):
    yield b"one "
    with trace.get_tracer("script").start_as_current_span("between"):
        pass
    yield b"two"

def fail(output, uri, **request):
    raise ValueError("no patient")

async def fail_later(output, uri, **request):
    await asyncio.sleep(0)
    raise ValueError("no patient")

class Answer:
    def __call__(self, output, uri, **request):
        output.AnswerBuffer("object", "text/plain")

def on_change(change, level, resource):
    pass

orthanc.RegisterRestCallback("/later", later)
orthanc.RegisterRestCallback("/parts", parts)
orthanc.RegisterRestCallback("/fail", fail)
orthanc.RegisterRestCallback("/fail-later", fail_later)
orthanc.RegisterRestCallback("/object", Answer())
orthanc.RegisterRestCallback("/partial", functools.partial(hello))
orthanc.RegisterOnChangeCallback(on_change)
"""
FAILING_PROVIDER = """
import orthanc
from opentelemetry import trace
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

class Failing(SpanProcessor):
    def on_start(self, span, parent_context=None):
        if AT == "start":
            raise RuntimeError("at the start")

    def on_end(self, span):
        if AT == "end":
            raise RuntimeError("at the end")

provider = TracerProvider()
provider.add_span_processor(Failing())
trace.set_tracer_provider(provider)

def hello(output, uri, **request):
    output.AnswerBuffer("Hello", "text/plain")

orthanc.RegisterRestCallback("/hello", hello)
"""
WITHOUT_PROVIDER = """
import sys
import orthanc
import opentelemetry.trace

def depth(output, uri, **request):
    frame, count = sys._getframe(), 0
    while frame is not None:
        frame, count = frame.f_back, count + 1
    output.AnswerBuffer(str(count), "text/plain")

orthanc.RegisterRestCallback("/depth", depth)
"""


def script() -> str:
    page = (ROOT / "docs" / "howto" / "observe.md").read_text(encoding="utf-8")
    [text] = [block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "opentelemetry" in block]
    return str(text)


def traced(orthanc: Servers, plugin: Path, text: str | None, **settings: Any) -> OrthancServer:
    environment = embedded_environment(plugin, ["opentelemetry-sdk"])
    return orthanc(text, configuration={"Python": {"VirtualEnv": str(environment), **settings}})


def spans_of(text: str) -> dict[str, dict[str, Any]]:
    """The spans that ConsoleSpanExporter has written, by their names."""
    spans, decoder = {}, json.JSONDecoder()
    while (begin := text.find('{\n    "name"')) != -1:
        span, end = decoder.raw_decode(text[begin:])
        assert span["name"] not in spans or span["name"] == "on_change", f"two spans of one call: {span['name']}"
        spans[span["name"]] = span
        text = text[begin + end :]
    return spans


def test_spans(orthanc: Servers, plugin: Path, tmp_path: Path) -> None:
    early, late = tmp_path / "early.py", tmp_path / "late.py"
    early.write_text(BEFORE, encoding="utf-8")
    late.write_text(script() + CALLBACKS, encoding="utf-8")
    server = traced(orthanc, plugin, None, Path=[str(early), str(late)])
    assert server.get("/hello", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}).text == "Hello"
    assert server.get("/early").text == "early"
    assert server.get("/later").text == "later"
    assert server.get("/parts").text == "one two"
    assert server.get("/object").text == "object"
    assert [server.get(path).status for path in ("/fail", "/fail-later")] == [500, 500]
    named = {each["Function"] for each in server.get("/python/status").json()["Callbacks"]}
    assert {"hello", "early", "fail", "Answer"} <= named  # as without spans
    orthanc.stop(server)
    assert re.search(r"REST callback of /fail failed \(fail, .*\.py:\d+", server.log())

    spans = spans_of(server.output())
    assert {"hello", "early", "later", "parts", "fail", "fail_later", "Answer", "on_change"} <= spans.keys()
    hello = spans["hello"]
    assert hello["context"]["trace_id"] == f"0x{TRACE}" and hello["kind"] == "SpanKind.SERVER"
    assert hello["attributes"]["orthanc.callback.kind"] == "rest"
    assert re.search(r"\.py$", hello["attributes"]["code.file.path"]) and hello["attributes"]["code.line.number"] > 1
    assert spans["on_change"]["kind"] == "SpanKind.INTERNAL"
    for inner, outer in (("within", "later"), ("between", "parts")):
        assert spans[inner]["parent_id"] == spans[outer]["context"]["span_id"]
    assert spans["later"]["end_time"] >= spans["within"]["end_time"]
    for failed in ("fail", "fail_later"):
        assert spans[failed]["events"][0]["attributes"]["exception.type"] == "builtins.ValueError"
        assert "no patient" not in str(spans[failed])
        assert spans[failed]["status"]["status_code"] == "ERROR"


def test_after_a_reset(orthanc: Servers, plugin: Path) -> None:
    server = traced(orthanc, plugin, script())
    server.post("/tools/reset")
    started = "Orthanc has started"
    assert eventually(lambda: server.log().count(started) == 2)
    assert server.get("/hello").text == "Hello"
    orthanc.stop(server)
    assert spans_of(server.output()).keys() == {"hello"}


def test_no_provider(orthanc: Servers, plugin: Path) -> None:
    server = traced(orthanc, plugin, WITHOUT_PROVIDER)
    assert server.get("/depth").text == "1"  # the callback alone


@pytest.mark.parametrize("place", ["start", "end"])
def test_provider_that_fails_costs_no_callback(place: str, orthanc: Servers, plugin: Path) -> None:
    server = traced(orthanc, plugin, f"AT = {place!r}\n{FAILING_PROVIDER}")
    assert [server.get("/hello").text for _ in range(2)] == ["Hello", "Hello"]
    assert server.log().count(f"a callback is not traced: RuntimeError: at the {place}") == 1


def test_propagator_that_is_missing_stops_no_start(orthanc: Servers, plugin: Path) -> None:
    environment = embedded_environment(plugin, ["opentelemetry-sdk"])
    settings = {"Python": {"VirtualEnv": str(environment)}}
    server = orthanc(script(), configuration=settings, environment={"OTEL_PROPAGATORS": "no_such"})
    assert server.get("/hello").text == "Hello"
    assert "a callback is not traced: ValueError" in server.log()


def test_switched_off(orthanc: Servers, plugin: Path) -> None:
    environment = embedded_environment(plugin, ["opentelemetry-sdk"])
    settings = {"Python": {"VirtualEnv": str(environment)}}
    off = {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "requests, orthanc-python"}
    server = orthanc(script(), configuration=settings, environment=off)
    assert server.get("/hello").text == "Hello"
    orthanc.stop(server)
    assert not spans_of(server.output())
