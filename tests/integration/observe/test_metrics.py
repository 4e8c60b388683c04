# SPDX-License-Identifier: GPL-3.0-or-later
"""The metrics of a script's callbacks, as Prometheus reads them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from conftest import Servers
from embedded_environment import embedded_environment
from helpers import CT, eventually, held_gil

from orthanc_python import OrthancServer

SANITIZED = "ORTHANC_PYTHON_SANITIZER" in os.environ  # CPython's blocks are malloc's then

SCRIPT = """
import functools
import threading
import time
import orthanc

release = threading.Event()

def hello(output, uri, **request):
    output.AnswerBuffer("hello", "text/plain")
    time.sleep(0.2)  # the call is counted when it returns, and the client has its answer before

def fail(output, uri, **request):
    raise RuntimeError("no")

def wait(output, uri, **request):
    release.wait(60)
    output.AnswerBuffer("done", "text/plain")

def let_go(output, uri, **request):
    release.set()
    output.AnswerBuffer("ok", "text/plain")

def stream(output, uri, **request):
    yield b"a"
    yield b"b"

class Listener:
    def __call__(self, instance, instance_id):
        pass

orthanc.RegisterRestCallback("/hello", hello)
orthanc.RegisterRestCallback("/fail", fail)
orthanc.RegisterRestCallback("/wait", wait)
orthanc.RegisterRestCallback("/let-go", let_go)
orthanc.RegisterRestCallback("/stream", stream)
orthanc.RegisterOnStoredInstanceCallback(Listener())
orthanc.RegisterOnStoredInstanceCallback(functools.partial(lambda word, instance, instance_id: None, "word"))
"""

# Run in an environment that has the library: the reference implementation of the format.
PARSER = """
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
samples = [
    [family.name, family.type, sample.name, sample.labels, sample.value]
    for family in text_string_to_metric_families(sys.stdin.read())
    for sample in family.samples
]
json.dump(samples, sys.stdout)
"""

Sample = tuple[str, str, str, dict[str, str], float]


@pytest.fixture(scope="module")
def prometheus_environment(plugin: Path) -> Path:
    return embedded_environment(plugin, ["prometheus-client"])


def parse(text: str, environment: Path) -> list[Sample]:
    parsed = subprocess.run([environment / "bin" / "python", "-c", PARSER], input=text, capture_output=True, text=True)
    assert parsed.returncode == 0, parsed.stderr + text
    return [tuple(sample) for sample in json.loads(parsed.stdout)]


def read(server: OrthancServer, environment: Path) -> list[Sample]:
    answer = server.get("/python/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    return parse(answer.text, environment)


def value(samples: list[Sample], name: str, **labels: str) -> float:
    found = [sample[4] for sample in samples if sample[2] == name and labels.items() <= sample[3].items()]
    assert len(found) == 1, f"{name} {labels}: {found}"
    return found[0]


def read_after(server: OrthancServer, environment: Path, **calls: int) -> list[Sample]:
    """Return the samples that count so many calls of each function, once there are."""

    def look() -> list[Sample]:
        samples = read(server, environment)
        name = "orthanc_python_callback_duration_seconds_count"
        counts = {sample[3]["function"]: sample[4] for sample in samples if sample[2] == name}
        return samples if all(counts.get(function, 0) >= count for function, count in calls.items()) else []

    return eventually(look) or read(server, environment)


def test_callbacks(orthanc: Servers, prometheus_environment: Path) -> None:
    server = orthanc(SCRIPT)
    for _ in range(3):
        assert server.get("/hello").status == 200
    for _ in range(2):
        assert server.get("/fail").status == 500
    assert server.get("/stream").text == "ab"
    server.upload(CT)
    samples = read_after(server, prometheus_environment, hello=3, fail=2, stream=1, Listener=1)
    histogram = "orthanc_python_callback_duration_seconds"
    assert value(samples, f"{histogram}_count", kind="rest", function="hello") == 3
    assert value(samples, f"{histogram}_count", kind="rest", function="fail") == 2
    assert value(samples, f"{histogram}_count", kind="rest", function="stream") == 1
    assert value(samples, f"{histogram}_bucket", function="hello", le="+Inf") == 3
    assert value(samples, f"{histogram}_sum", function="hello") > 0
    assert value(samples, "orthanc_python_callback_longest_seconds", function="hello") > 0
    assert value(samples, "orthanc_python_callback_errors_total", function="fail") == 2
    assert value(samples, "orthanc_python_callback_errors_total", function="hello") == 0
    assert value(samples, f"{histogram}_count", kind="stored_instance", function="Listener") == 1
    assert value(samples, f"{histogram}_count", kind="stored_instance", function="<lambda>") == 1
    places = [sample[3]["place"] for sample in samples if sample[2] == f"{histogram}_sum" and sample[3]["function"] == "hello"]
    assert re.fullmatch(r".*script\.py:9", places[0])


def test_a_call_is_in_the_bucket_of_its_time(orthanc: Servers, prometheus_environment: Path) -> None:
    server = orthanc(SCRIPT)
    assert server.get("/hello").status == 200
    samples = read_after(server, prometheus_environment, hello=1)
    histogram = "orthanc_python_callback_duration_seconds"
    taken = value(samples, f"{histogram}_sum", function="hello")
    buckets = {
        float(sample[3]["le"]): sample[4]
        for sample in samples
        if sample[2] == f"{histogram}_bucket" and sample[3]["function"] == "hello"
    }
    assert len(buckets) > 10
    assert buckets == {bound: float(taken <= bound) for bound in buckets}


def test_in_flight(orthanc: Servers, prometheus_environment: Path) -> None:
    server = orthanc(SCRIPT)
    waiting = threading.Thread(target=lambda: server.get("/wait"))
    waiting.start()

    def in_flight() -> float:
        return value(read(server, prometheus_environment), "orthanc_python_callbacks_in_flight", function="wait")

    try:
        assert eventually(lambda: in_flight() == 1)
        calls = json.loads(server.get("/python/status").body)["CallsInFlight"]
        assert [(call["Kind"], call["Function"], call["Subject"]) for call in calls] == [("rest", "wait", "/wait")]
    finally:
        server.get("/let-go")
        waiting.join()
    assert eventually(lambda: in_flight() == 0)


def test_plugin(orthanc: Servers, prometheus_environment: Path) -> None:
    samples = read(orthanc(SCRIPT), prometheus_environment)
    assert value(samples, "orthanc_python_change_queue_length") == 0
    assert value(samples, "orthanc_python_change_queue_oldest_seconds") == 0
    assert value(samples, "orthanc_python_gil_waiting_threads") >= 0
    assert value(samples, "orthanc_python_threads") >= 1
    assert value(samples, "orthanc_python_process_threads") > 5
    assert value(samples, "orthanc_python_workers") == 0
    assert value(samples, "orthanc_python_resident_memory_bytes") > 10**7
    assert SANITIZED or value(samples, "orthanc_python_allocated_blocks") > 10**4
    assert value(samples, "orthanc_python_uptime_seconds") > 0
    assert value(samples, "orthanc_python_start_time_seconds") > 1.7e9
    assert value(samples, "orthanc_python_start_errors_total") == 0
    assert value(samples, "orthanc_python_responsive") == 1
    assert value(samples, "orthanc_python_plugin_info") == 1


def test_change_queue(orthanc: Servers, prometheus_environment: Path) -> None:
    server = orthanc(SCRIPT + "orthanc.RegisterOnChangeCallback(lambda *change: release.wait(60))\n")
    try:
        server.upload(CT)
        assert eventually(lambda: value(read(server, prometheus_environment), "orthanc_python_change_queue_length") >= 4)
        assert value(read(server, prometheus_environment), "orthanc_python_change_queue_oldest_seconds") > 0
    finally:
        server.get("/let-go")


ORDERED = """
import threading
import orthanc

release = threading.Event()
entered = {name: threading.Event() for name in ("earlier", "later")}

def wait(output, uri, **request):
    entered[request["groups"][0]].set()
    release.wait(60)
    output.AnswerBuffer("done", "text/plain")

def ask(name, known, turn):
    orthanc.RestApiGet("/system")
    known.set()
    turn.wait(60)
    orthanc.RestApiGetAfterPlugins("/wait/" + name)

def begin(output, uri, **request):
    turns = {}
    for name in ("later", "earlier"):  # the plugin looks at the calls of its threads in this order
        known, turns[name] = threading.Event(), threading.Event()
        threading.Thread(target=ask, args=(name, known, turns[name])).start()
        known.wait(60)
    for name in ("earlier", "later"):
        turns[name].set()
        entered[name].wait(60)
    output.AnswerBuffer("begun", "text/plain")

def let_go(output, uri, **request):
    release.set()
    output.AnswerBuffer("ok", "text/plain")

orthanc.RegisterRestCallback("/wait/(.*)", wait)
orthanc.RegisterRestCallback("/begin", begin)
orthanc.RegisterRestCallback("/let-go", let_go)
"""


def test_the_oldest_call_is_first(orthanc: Servers) -> None:
    server = orthanc(ORDERED)
    try:
        assert server.get("/begin").status == 200
        calls = server.get("/python/status").json()["CallsInFlight"]
    finally:
        server.get("/let-go")
    assert [call["Subject"] for call in calls if call["Kind"] == "rest"] == ["/wait/earlier", "/wait/later"]
    assert [call["Seconds"] for call in calls] == sorted((call["Seconds"] for call in calls), reverse=True)


def test_one_function_for_two_kinds(orthanc: Servers, prometheus_environment: Path) -> None:
    """Count the calls of each kind on their own."""
    server = orthanc(
        """
        import orthanc

        def seen(*arguments, **request):
            if request:
                arguments[0].AnswerBuffer("seen", "text/plain")

        orthanc.RegisterRestCallback("/seen", seen)
        orthanc.RegisterOnStoredInstanceCallback(seen)
        """
    )
    for _ in range(2):
        assert server.get("/seen").status == 200
    server.upload(CT)

    def counts() -> dict[str, float]:
        samples = read(server, prometheus_environment)
        name = "orthanc_python_callback_duration_seconds_count"
        return {sample[3]["kind"]: sample[4] for sample in samples if sample[2] == name}

    assert eventually(lambda: counts() == {"rest": 2, "stored_instance": 1}), counts()


def test_worker_processes(orthanc: Servers, prometheus_environment: Path) -> None:
    server = orthanc(
        """
        import multiprocessing
        import time
        import orthanc

        workers = [multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,)) for _ in range(2)]

        def start(output, uri, **request):
            for worker in workers:
                worker.start()
            output.AnswerBuffer("started", "text/plain")

        def end(output, uri, **request):
            for worker in workers:
                worker.kill()
                worker.join()
            output.AnswerBuffer("ended", "text/plain")

        orthanc.RegisterRestCallback("/start", start)
        orthanc.RegisterRestCallback("/end", end)
        """
    )
    for route, expected in (("/start", 2), ("/end", 0)):
        assert server.get(route).status == 200
        assert value(read(server, prometheus_environment), "orthanc_python_workers") == expected
        assert server.get("/python/status").json()["Workers"] == expected


def test_status(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    server.get("/hello")

    def hello_of(status: dict[str, Any]) -> dict[str, Any]:
        return dict(next(each for each in status["Callbacks"] if each["Function"] == "hello"))

    eventually(lambda: hello_of(server.get("/python/status").json())["Calls"] == 1)
    status: dict[str, Any] = server.get("/python/status").json()
    hello = hello_of(status)
    assert hello["Kind"] == "rest" and hello["Calls"] == 1 and hello["Errors"] == 0 and hello["InFlight"] == 0
    assert sum(hello["Buckets"]) == 1 and len(hello["Buckets"]) == len(status["BucketBounds"]) + 1
    assert 0 < hello["LongestSeconds"] <= hello["Seconds"]
    assert status["Responsive"] is True and (SANITIZED or status["AllocatedBlocks"] > 10**4)


def test_longest_of_several_calls(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    for _ in range(3):
        server.get("/hello")

    def hello() -> dict[str, Any] | None:
        callbacks = server.get("/python/status").json()["Callbacks"]
        return next((each for each in callbacks if each["Function"] == "hello" and each["Calls"] == 3), None)

    found = eventually(hello)
    assert found is not None
    assert found["Seconds"] / 3 <= found["LongestSeconds"] < found["Seconds"]


def test_script_with_prometheus_client(orthanc: Servers, prometheus_environment: Path) -> None:
    server = orthanc(
        """
        import orthanc
        from prometheus_client import Counter, Gauge, Histogram

        routed = Counter("routed_studies", "Studies that were sent.", ["peer"])
        Gauge("queue_length", "What waits.").set(3)
        Histogram("conversion_seconds", "How long conversions take.").observe(0.2)
        routed.labels(peer="a \\"b\\"").inc(2)
        """,
        configuration={"Python": {"VirtualEnv": str(prometheus_environment)}},
    )
    samples = read(server, prometheus_environment)
    assert value(samples, "routed_studies_total", peer='a "b"') == 2
    assert value(samples, "queue_length") == 3
    assert value(samples, "conversion_seconds_count") == 1


def test_collector_that_fails(orthanc: Servers, prometheus_environment: Path) -> None:
    """Its error is in the log, and costs nothing of the plugin's metrics."""
    server = orthanc(
        """
        import orthanc
        from prometheus_client import REGISTRY

        class Broken:
            def describe(self):
                return []

            def collect(self):
                raise ValueError("no figures")

        REGISTRY.register(Broken())
        """,
        configuration={"Python": {"VirtualEnv": str(prometheus_environment)}},
    )
    samples = read(server, prometheus_environment)
    assert value(samples, "orthanc_python_responsive") == 1 and value(samples, "orthanc_python_threads") >= 1
    server.wait_for_log("W.*the metrics of prometheus-client cannot be read: ValueError: no figures")


HOSTILE = """
import orthanc

def callback(output, uri, **request):
    output.AnswerBuffer("ok", "text/plain")

callback.__qualname__ = 'a"b\\\\\\n# EOF\\n\\u00e9\\ud800'
orthanc.RegisterRestCallback("/hello", callback)
"""


def test_names_that_need_escapes(orthanc: Servers, prometheus_environment: Path) -> None:
    server = orthanc(HOSTILE)
    functions = {sample[3].get("function", "") for sample in read(server, prometheus_environment)}
    assert any(name.startswith('a"b\\') and "\u00e9" in name for name in functions)
    assert server.get("/python/status").json()["Callbacks"][0]["Function"] in functions


def test_format_of_prometheus(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    server.get("/hello")
    answer = server.get("/python/metrics", headers={"Accept": "text/plain"})
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool: install Debian's prometheus")
    checked = subprocess.run([promtool, "check", "metrics"], input=answer.text, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_orthancs_own_metrics(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    server.get("/hello")
    count = re.compile(
        r'^orthanc_python_callback_duration_seconds_count\{kind="rest",function="hello",.*\} 1(\.0*)?( |$)', re.M
    )
    # A call is counted when it returns. The client may have its answer before.
    assert eventually(lambda: count.search(server.get("/tools/metrics-prometheus").text))
    text = server.get("/tools/metrics-prometheus").text
    assert re.search(r"^orthanc_python_uptime_seconds \S+", text, re.M)


def test_page_names_the_metrics_that_orthancs_own_lack(orthanc: Servers) -> None:
    def names(path: str) -> set[str]:
        return set(re.findall(r"^orthanc_python_\w+", server.get(path).text, re.M))

    server = orthanc(SCRIPT)
    server.get("/hello")
    own = "orthanc_python_callback_duration_seconds_count"
    assert eventually(lambda: own in names("/tools/metrics-prometheus"))
    page = (Path(__file__).parents[3] / "docs/howto/observe.md").read_text(encoding="utf-8")
    (paragraph,) = re.findall(r"^Orthanc's own `/tools/metrics-prometheus`.*?\n\n", page, re.M | re.S)
    missing = names("/python/metrics") - names("/tools/metrics-prometheus")
    assert missing == {*re.findall(r"orthanc_python_\w+", paragraph), "orthanc_python_callback_duration_seconds_bucket"}


def test_orthancs_own_metrics_of_each_callback(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    for path in ("/hello", "/hello", "/hello", "/fail", "/fail"):
        server.get(path)
    waiting = threading.Thread(target=lambda: server.get("/wait"))
    waiting.start()

    def metric(name: str, function: str) -> float:
        text = server.get("/tools/metrics-prometheus").text
        found = re.search(rf'^orthanc_python_callback{name}\{{kind="rest",function="{function}",[^}}]*\}} (\S+)', text, re.M)
        return float(found[1]) if found else -1

    try:
        assert eventually(lambda: metric("s_in_flight", "wait") == 1)
        assert eventually(lambda: metric("_duration_seconds_count", "fail") == 2)
        assert [metric("_errors_total", function) for function in ("hello", "fail")] == [0, 2]
        assert eventually(lambda: metric("_duration_seconds_count", "hello") == 3)
        assert 0 < metric("_longest_seconds", "hello") < metric("_duration_seconds_sum", "hello")
    finally:
        server.get("/let-go")
        waiting.join()


def test_turned_off(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration={"Python": {"Metrics": False}})
    assert server.get("/python/metrics").status == 404
    assert server.get("/python/status").status == 404
    assert "orthanc_python" not in server.get("/tools/metrics-prometheus").text


def test_only_get(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    assert server.post("/python/metrics", b"").status == 405


def test_authentication(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration={"AuthenticationEnabled": True, "RegisteredUsers": {"alice": "secret"}})
    assert server.get("/python/metrics").status == 401


def test_after_reset(orthanc: Servers, prometheus_environment: Path) -> None:
    server = orthanc(SCRIPT)
    assert server.get("/hello").status == 200
    server.reset()
    assert server.get("/hello").status == 200
    samples = read_after(server, prometheus_environment, hello=2)
    assert value(samples, "orthanc_python_callback_duration_seconds_count", function="hello") >= 2


def test_script_that_holds_the_gil(orthanc: Servers, tmp_path: Path) -> None:
    with held_gil(orthanc, tmp_path) as server:
        assert eventually(lambda: "orthanc_python_responsive 0" in server.get("/python/metrics").text)
        calls = server.get("/python/status").json()["CallsInFlight"]
        assert [call["Function"] for call in calls] == ["hold"]
    assert eventually(lambda: "orthanc_python_responsive 1" in server.get("/python/metrics").text)
