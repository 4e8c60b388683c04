# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard's routes with other sites' requests, huge texts, and more routes than it has places for."""

from __future__ import annotations

import pytest
from conftest import Servers
from helpers import eventually

from orthanc_python.server.client import basic_authorization

OWN = {"X-Orthanc-Python": "test"}
ON = {"Python": {"Dashboard": {"Reload": True}}}
SCRIPT = """
import orthanc

def hello(output, uri, **request):
    output.AnswerBuffer("hello", "text/plain")

orthanc.RegisterRestCallback("/hello", hello)
"""
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},  # another port of this machine
    {"Origin": "null"},
    {"Origin": "http://other.example"},
    {"Origin": "http://{host}.other.example"},
    {"Origin": "http://other.example?{host}"},
    {"Origin": "ftp://{host}"},
]


@pytest.mark.parametrize("template", FOREIGN, ids=str)
def test_requests_of_other_sites(template: dict[str, str], orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration=ON)
    host = server.url.partition("//")[2]
    headers = {name: value.format(host=host) for name, value in template.items()}
    assert server.post("/python/reload", headers={**OWN, **headers}).status == 403
    assert server.get("/python/allocations?seconds=1", headers={**OWN, **headers}).status == 403
    assert server.get("/python/profile?seconds=1", headers=headers).status == 403


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("other.example", 403),
        ("other.example:8042", 403),
        ("1.other.example", 403),
        ("localhost.other.example", 403),
        ("other.example.", 403),
        ("127.0.0.1:8042", 200),
        ("[::1]:8042", 200),
        ("localhost:8042", 200),
        ("pacs1", 200),
    ],
)
def test_a_name_that_leads_here(host: str, status: int, orthanc: Servers) -> None:
    """A hostile site may let its name lead to this machine (DNS rebinding). The browser takes its page for ours then."""
    script = SCRIPT + "def broken(:\n" if status == 200 else SCRIPT
    server = orthanc(SCRIPT, configuration=ON)
    assert server.script is not None
    server.script.write_text(script, encoding="utf-8")  # so that the server does not start again
    headers = {**OWN, "Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    assert server.post("/python/reload", headers=headers).status == status


def test_a_name_that_leads_to_an_open_server(orthanc: Servers) -> None:
    """An Orthanc that takes anybody's requests still reloads for nobody's page but its own."""
    server = orthanc(SCRIPT, configuration={**ON, "RemoteAccessAllowed": True, "AuthenticationEnabled": False})
    for host in ("other.example", "other.example:8042", "127.0.0.1.other.example"):
        headers = {**OWN, "Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
        assert server.post("/python/reload", headers=headers).status == 403, host
        assert server.get("/python/allocations?seconds=1", headers=headers).status == 403, host
    assert server.script is not None
    server.script.write_text("def broken(:\n", encoding="utf-8")
    own = {**OWN, "Origin": server.url, "Sec-Fetch-Site": "same-origin"}
    assert server.post("/python/reload", headers=own).json()["Reloaded"] is False


def test_a_name_that_leads_to_a_password(orthanc: Servers) -> None:
    """A page of another site has none, so that any name is right."""
    users = {"AuthenticationEnabled": True, "RegisteredUsers": {"alice": "secret"}}
    server = orthanc(SCRIPT, configuration={**ON, **users})
    assert server.script is not None
    server.script.write_text("def broken(:\n", encoding="utf-8")
    headers = {**OWN, "Host": "pacs.example", "Origin": "https://pacs.example"}
    assert server.post("/python/reload", headers=headers).status == 401
    alice = basic_authorization("alice", "secret")
    assert server.post("/python/reload", headers={**headers, **alice}).json()["Reloaded"] is False


def test_a_form_of_another_site(orthanc: Servers) -> None:
    """A form cannot set a header, and older browsers send neither its site nor its origin."""
    server = orthanc(SCRIPT, configuration=ON)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert server.post("/python/reload", headers=form).status == 403
    assert server.get("/python/allocations?seconds=1").status == 403


@pytest.mark.usefixtures("stacks")
def test_seconds_that_are_none(orthanc: Servers) -> None:
    """Take them for the shortest time."""
    server = orthanc(SCRIPT, configuration=ON)
    for seconds in ("-1", "0", "x", "%00", "-99999999999999999999"):
        assert server.get(f"/python/profile?seconds={seconds}").json()["Samples"] > 1


def test_huge_texts(orthanc: Servers) -> None:
    """Cut them between two characters, so that log and page stay small."""
    script = """
import orthanc

def shout(output, uri, **request):
    orthanc.LogWarning("x" + "\\u20ac" * 3_000_000)
    raise RuntimeError("x" + "\\u20ac" * 300_000)

orthanc.RegisterRestCallback("/shout", shout)
"""
    server = orthanc(script, configuration=ON)
    for _ in range(5):
        server.get("/shout")
    answer = server.get("/python/log")
    assert len(answer.body) < 200_000
    lines = [line["Text"] for line in answer.json()["Lines"] if line["Text"].startswith("x\u20ac")]
    assert set(lines) == {"x" + "\u20ac" * 1333 + " [...]"}  # 4,000 bytes
    for error in answer.json()["Errors"]:
        assert error["Text"].endswith("\u20ac [...]") and 19_990 < len(error["Text"].encode()) <= 20_006


def test_more_callbacks_than_places(orthanc: Servers) -> None:
    """Count those beyond the limit together."""
    script = """
import orthanc

for number in range(2500):
    namespace = {}
    exec(f"def function_{number}(output, uri, **request): output.AnswerBuffer('{number}', 'text/plain')", namespace)
    orthanc.RegisterRestCallback(f"/many/{number}", namespace[f"function_{number}"])
"""
    server = orthanc(script, configuration=ON)
    for number in (0, 1999, 2000, 2499):
        assert server.get(f"/many/{number}").text == str(number)

    def calls() -> tuple[int, ...]:
        callbacks = server.get("/python/status?history=true").json()["Callbacks"]
        counts = {each["Function"]: each["Calls"] for each in callbacks}
        return len(callbacks), counts["function_0"], counts["function_1999"], counts["other"]

    assert eventually(lambda: calls() == (2001, 1, 1, 2)), calls()  # a call is counted when it returns
    assert server.get("/python/").status == 200
