# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes of the dashboard: their answers, and their clients."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import Servers
from helpers import asking, asking_at_once, eventually

from orthanc_python import OrthancServer

SCRIPT = """
import orthanc

kept = []

def hello(output, uri, **request):
    output.AnswerBuffer("hello", "text/plain")

def fail(output, uri, **request):
    raise RuntimeError("it has failed")

def seldom(output, uri, **request):
    raise RuntimeError("seldom")

def leak(output, uri, **request):
    kept.append(bytearray(10000))
    output.AnswerBuffer("kept", "text/plain")

def say(output, uri, **request):
    orthanc.LogInfo("an information")
    orthanc.LogWarning("a warning")
    output.AnswerBuffer("said", "text/plain")

def job():
    yield 0.5

def start(output, uri, **request):
    output.AnswerBuffer(orthanc.CreateJob(job, "Compute").SubmitJob(0), "text/plain")

for function in (hello, fail, seldom, leak, say, start):
    orthanc.RegisterRestCallback("/" + function.__name__, function)
"""
ON = {"Python": {"Dashboard": True}}
WITH_RELOAD = {"Python": {"Dashboard": {"Reload": True}}}
ROUTES = ("/python", "/python/", "/python/log", "/python/jobs", "/python/environment", "/python/allocations", "/python/reload")
OWN = {"X-Orthanc-Python": "test"}


def log_of(server: OrthancServer, since: int = 0) -> dict[str, Any]:
    return dict(server.get(f"/python/log?since={since}").json())


def test_nothing_is_served_by_default(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    for route in ROUTES:
        assert server.get(route, headers=OWN).status == 404, route
    assert "History" not in server.get("/python/status?history=true").json()
    assert not server.get("/plugins/python").json().get("RootUri")
    assert "python/" not in server.get("/plugins/explorer.js").text


def test_without_metrics_there_is_no_dashboard(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration={"Python": {"Dashboard": True, "Metrics": False}})
    assert 'the setting "Dashboard" has no effect, because "Metrics"' in server.log()
    assert server.get("/python/").status == 404


def test_page(orthanc: Servers) -> None:
    page = orthanc(SCRIPT, configuration=ON).get("/python/")
    assert page.headers["content-type"] == "text/html; charset=utf-8" and page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff" and page.headers["x-frame-options"] == "DENY"
    policy = dict(part.strip().partition(" ")[::2] for part in page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'" and policy["connect-src"] == "'self'" and policy["frame-ancestors"] == "'none'"
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        [content] = re.findall(f"<{tag}>(.*?)</{tag}>", page.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert policy[directive] == f"'sha256-{digest}'"
    assert not re.search(r"(src|href)=\"?(https?:)?//", page.text)


def test_orthanc_and_filters_protect_it(orthanc: Servers) -> None:
    users = {"RemoteAccessAllowed": True, "AuthenticationEnabled": True, "RegisteredUsers": {"alice": "secret"}}
    server = orthanc(SCRIPT, configuration={**ON, **users})
    assert {server.get(route).status for route in (*ROUTES[:4], "/python/status")} == {401}
    filtered = SCRIPT + "orthanc.RegisterIncomingHttpRequestFilter(lambda uri, **request: not uri.startswith('/python'))\n"
    server = orthanc(filtered, configuration=ON)
    assert {server.get(route).status for route in ROUTES[:4]} == {403} and server.get("/hello").status == 200


def test_log(orthanc: Servers) -> None:
    server = orthanc("import orthanc\northanc.LogWarning('at the start')\n" + SCRIPT, configuration=ON)
    first = log_of(server)
    assert [(line["Level"], line["Text"]) for line in first["Lines"]] == [("warning", "at the start")]
    server.get("/say")
    later = log_of(server, first["Last"])
    assert [line["Text"] for line in later["Lines"]] == ["a warning"]  # the log has no information without --verbose
    assert log_of(server, later["Last"])["Lines"] == []


def test_a_frequent_error_does_not_hide_another(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration=ON)
    server.get("/seldom")
    for _ in range(600):
        server.get("/fail")
    errors = log_of(server)["Errors"]
    assert [error["Function"] for error in errors] == ["fail"] * 3 + ["seldom"]
    assert errors[0]["Errors"] == 600 and errors[0]["Kind"] == "rest" and errors[0]["Place"].endswith(":9")
    assert "Traceback" in errors[3]["Text"] and errors[3]["Text"].endswith("RuntimeError: seldom")
    assert len(log_of(server)["Lines"]) == 500


def test_history(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration=ON)
    for _ in range(7):
        server.get("/hello")
    server.get("/fail")

    def look() -> dict[str, Any] | None:
        status = server.get("/python/status?history=true").json()
        return status if sum(sum(each["RecentCalls"]) for each in status["Callbacks"]) == 8 else None

    status = eventually(look)
    assert status is not None
    recent = {each["Function"]: each for each in status["Callbacks"]}
    assert sum(recent["hello"]["RecentCalls"]) == 7 and sum(recent["hello"]["RecentErrors"]) == 0
    assert sum(recent["fail"]["RecentErrors"]) == 1 and sum(recent["hello"]["RecentSeconds"]) > 0
    history = status["History"]
    assert len({len(history[key]) for key in history if key != "IntervalSeconds"}) == 1
    assert history["Calls"][-1] == 8 and history["Errors"][-1] == 1
    if "ORTHANC_PYTHON_SANITIZER" not in os.environ:  # which has PYTHONMALLOC=malloc: CPython counts no blocks then
        assert history["AllocatedBlocks"][-1] > 1000
    assert history["Times"] == sorted(history["Times"]) and history["ResidentBytes"][-1] > 10**6
    assert "History" not in server.get("/python/status").json()
    points = len(history["Times"])

    def look_later() -> dict[str, Any] | None:
        later = server.get("/python/status?history=true").json()
        return later if len(later["History"]["Times"]) >= points + 2 else None

    later = eventually(look_later)
    assert later is not None
    known = {each["Function"]: each for each in later["Callbacks"]}
    assert sum(known["fail"]["RecentErrors"]) == sum(known["fail"]["RecentCalls"]) == 1
    assert sum(known["hello"]["RecentCalls"]) == 7 and later["History"]["Errors"][-1] == 1


def test_environment(orthanc: Servers) -> None:
    server = orthanc("import helper\n" + SCRIPT, files={"helper.py": "NAME = 'helper'\n"}, configuration=ON)
    found = server.get("/python/environment").json()
    assert {"Name": "pydicom"}.items() <= next(each for each in found["Packages"] if each["Name"] == "pydicom").items()
    assert found["Interpreter"]["Version"] and found["Interpreter"]["Environment"]
    script, helper = found["Scripts"]
    assert script == {"Kind": "script", "Name": "script.py", "File": str(server.script), "State": "running"}
    file = Path(str(server.script)).with_name("helper.py")
    assert helper == {"Kind": "import", "Name": "helper", "File": str(file), "State": "running"}
    os.utime(file, (time.time() + 100,) * 2)
    Path(str(server.script)).unlink()
    assert [each["State"] for each in server.get("/python/environment").json()["Scripts"]] == ["missing", "changed"]
    later = file.with_name("later-1.0.dist-info")
    later.mkdir()
    (later / "METADATA").write_text("Metadata-Version: 2.1\nName: later\nVersion: 1.0\n")
    os.utime(file.parent, (time.time() + 200,) * 2)  # some file systems count in seconds
    assert {"Name": "later", "Version": "1.0"} in server.get("/python/environment").json()["Packages"]


def test_a_package_that_is_there_twice(orthanc: Servers, tmp_path: Path) -> None:
    """Python imports the first one on its path."""
    server = orthanc(f"import sys\nsys.path.append({str(tmp_path)!r})\n{SCRIPT}", configuration=ON)
    first = Path(str(server.script)).parent
    for folder, name, version in ((first, "Any_Tool", "1.0"), (tmp_path, "any-tool", "2.0"), (tmp_path, "Any_Tool", "3.0")):
        metadata = folder / f"{name}-{version}.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    found = server.get("/python/environment").json()["Packages"]
    tools = [each for each in found if each["Name"].lower().replace("_", "-") == "any-tool"]
    assert tools == [{"Name": "Any_Tool", "Version": "1.0"}]


def test_jobs(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration=ON)
    assert server.get("/python/jobs").json() == []
    identifier = server.get("/start").text
    [job] = eventually(lambda: [each for each in server.get("/python/jobs").json() if each["State"] == "Success"])
    assert (job["ID"], job["Type"], job["Progress"]) == (identifier, "Compute", 100)
    assert "Content" not in job


def test_what_keeps_memory(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration=ON)
    assert server.get("/python/allocations?seconds=1").status == 403
    assert server.get("/python/allocations?seconds=1", headers={**OWN, "Origin": "http://other.example"}).status == 403
    with asking(server, "/leak"):
        measured = server.get("/python/allocations?seconds=1", headers=OWN).json()
    assert measured["Lines"][0]["Bytes"] > 10000
    assert measured["Lines"][0]["Stack"][-1]["Code"] == "kept.append(bytearray(10000))"


def test_stop_ends_a_measurement(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration=ON)
    with asking_at_once(server, "/python/allocations?seconds=60", 2, headers=OWN) as statuses:
        assert eventually(lambda: statuses) == [503]  # since the other one goes on
        orthanc.stop(server)


def test_reload(orthanc: Servers) -> None:
    assert orthanc(SCRIPT, configuration=ON).post("/python/reload", headers=OWN).status == 404  # it is not allowed
    server = orthanc(SCRIPT, configuration=WITH_RELOAD)
    script = server.script
    assert script is not None
    for headers in (
        {},
        {**OWN, "Origin": "http://other.example"},
        {**OWN, "Sec-Fetch-Site": "cross-site"},
        {**OWN, "Origin": "null"},
    ):
        assert server.post("/python/reload", headers=headers).status == 403, headers
    assert server.get("/python/reload", headers=OWN).status == 405
    script.write_text(SCRIPT + "def broken(:\n", encoding="utf-8")
    refused = server.post("/python/reload", headers=OWN).json()
    assert refused["Reloaded"] is False and "def broken(:" in refused["Error"] and server.get("/hello").text == "hello"
    script.write_text(SCRIPT.replace('"hello", "text', '"reloaded", "text'), encoding="utf-8")
    assert server.post("/python/reload", headers={**OWN, "Origin": server.url}).json() == {"Reloaded": True}

    def look() -> bool:
        try:
            return server.get("/hello").text == "reloaded"
        except OSError:
            return False

    assert eventually(look)
    assert server.get("/python/").status == 200


def test_links(orthanc: Servers) -> None:
    extend = """
extend = getattr(orthanc, "ExtendOrthancExplorer2", None)
if extend is not None:
    extend("python", "/* of the script */")
else:
    orthanc.ExtendOrthancExplorer("/* of the script */")
"""
    server = orthanc(SCRIPT + extend, configuration=ON)
    program = server.get("/plugins/explorer.js").text
    assert "/* of the script */" in program and '"../python/"' in program
    assert server.get("/plugins/python").json()["RootUri"] == "../python/"


HOSTILE = "<img src=x onerror=alert(1)>\u202e\u2028\\\"'&</script>"


def test_hostile_names(orthanc: Servers) -> None:
    script = f"""
import orthanc

HOSTILE = {HOSTILE!r}

def hostile(output, uri, **request):
    orthanc.LogWarning(HOSTILE)
    raise type(HOSTILE, (RuntimeError,), {{}})(HOSTILE + "\\x1b[31m\\n\\0")

hostile.__qualname__ = HOSTILE
orthanc.RegisterRestCallback("/hostile.*", hostile)
"""
    server = orthanc(script, configuration=ON)
    server.get("/hostile%3Cb%3E%FF%22")
    log = log_of(server)
    assert any("<img src=x onerror=alert(1)>" in line["Text"] for line in log["Lines"])
    assert HOSTILE.split("\u2028")[0] in log["Errors"][0]["Text"]
    status = json.loads(server.get("/python/status?history=true").text)
    assert status["Callbacks"][0]["Function"].startswith("<img src=x onerror=alert(1)>")
    for route in ("/python/log", "/python/status"):
        answer = server.get(route)
        assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("configuration", [ON, WITH_RELOAD], ids=["on", "reload"])
def test_a_new_start_keeps_it(configuration: dict[str, Any], orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration=configuration)
    server.get("/fail")
    server.reset()
    assert server.get("/python/").status == 200
    assert log_of(server)["Errors"][0]["Function"] == "fail"
    assert server.get("/python/status?history=true").json()["ReloadAllowed"] is (configuration is WITH_RELOAD)
