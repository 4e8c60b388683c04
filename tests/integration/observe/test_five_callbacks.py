# SPDX-License-Identifier: GPL-3.0-or-later
"""One of five callbacks is slow, one leaks, one fails, and one deadlocks. The plugin's own output must show which."""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import Any

import pytest
from conftest import Servers
from helpers import asking, eventually

from orthanc_python import OrthancServer

BODIES = {
    "healthy": ["sum(range(100))"],
    "slow": ["time.sleep(0.3)"],
    "leaks": ["kept.append(bytearray(2000))"],
    "fails": ["if next(count) % 5 == 0:", "    raise ValueError('not this time')"],
    "deadlocks": [
        "first, second = LOCKS if next(turn) % 2 else LOCKS[::-1]",
        "first.acquire()",
        "both.wait()",
        "second.acquire()",
    ],
}
BEGIN = """
import itertools
import threading
import time
import orthanc

LOCKS = (threading.Lock(), threading.Lock())
both = threading.Barrier(2)
count = itertools.count()
turn = itertools.count()
kept = []

def free(output, uri, **request):
    for lock in LOCKS:
        lock.release()
    output.AnswerBuffer("freed", "text/plain")

orthanc.RegisterRestCallback("/free", free)
"""
SETTINGS = {"Python": {"Dashboard": True, "SlowCallback": 5}}
OWN = {"X-Orthanc-Python": "test"}
ORDERS = [["slow", "leaks", "fails", "deadlocks", "healthy"], ["healthy", "deadlocks", "fails", "leaks", "slow"]]


def script_of(order: list[str]) -> str:
    """Return a script whose functions have names that say nothing, in the order of these faults."""
    text = BEGIN
    for number, fault in enumerate(order):
        body = "\n".join(f"    {line}" for line in BODIES[fault])
        text += f"\ndef callback_{number}(output, uri, **request):\n{body}\n    output.AnswerBuffer('done', 'text/plain')\n"
        text += f"\northanc.RegisterRestCallback('/route-{number}', callback_{number})\n"
    return text


def slow_one(status: dict[str, Any]) -> str:
    """Return the callback whose calls of the last minutes took longest on average."""
    means = {
        each["Function"]: sum(each["RecentSeconds"]) / sum(each["RecentCalls"])
        for each in status["Callbacks"]
        if sum(each["RecentCalls"])
    }
    return max(means, key=lambda name: means[name])


def leaking_one(server: OrthancServer, status: dict[str, Any]) -> str:
    """Return the callback that has the line which keeps most."""
    line = server.get("/python/allocations?seconds=2", headers=OWN).json()["Lines"][0]["Stack"][-1]
    places = {int(each["Place"].rpartition(":")[2]): each for each in status["Callbacks"]}
    return str(places[max(begin for begin in places if begin <= line["Line"])]["Function"])


def failing_one(server: OrthancServer) -> str:
    """Return the callback of the log's only errors, of which the metrics know too."""
    [name] = {error["Function"] for error in server.get("/python/log").json()["Errors"]}
    counted = re.findall(
        r'^orthanc_python_callback_errors_total\{.*function="(\w+)".*\} [1-9]', server.get("/python/metrics").text, re.M
    )
    assert counted == [name]
    return str(name)


def hanging_one(server: OrthancServer) -> str:
    """Return the callback that the log says is running for long, whose threads wait for a lock."""
    [name] = set(re.findall(r"the rest callback (callback_\d) \(.*\) has been running for", server.log()))
    threads = server.get("/python/threads").json()["Threads"]
    last = [each["Stack"][-1]["Code"] for each in threads if any(call["Function"] == name for call in each["Callbacks"])]
    assert last == ["second.acquire()"] * 2
    return str(name)


@pytest.mark.usefixtures("stacks")
@pytest.mark.parametrize("order", ORDERS, ids=["one order", "another"])
def test_which_is_which(order: list[str], orthanc: Servers) -> None:
    server = orthanc(script_of(order), configuration=SETTINGS)
    with ExitStack() as requests:
        for number, fault in enumerate(order):
            for _ in range(2 if fault == "deadlocks" else 1):
                requests.enter_context(asking(server, f"/route-{number}", again=fault != "deadlocks"))
        requests.callback(server.get, "/free")

        def look() -> dict[str, Any] | None:
            answer = dict(server.get("/python/status?history=true").json())
            known = [each for each in answer["Callbacks"] if sum(each["RecentCalls"]) > 2]
            return answer if len(known) == 4 and "has been running for" in server.log() else None

        status = eventually(look, 60)
        assert status is not None
        found = {
            "slow": slow_one(status),
            "leaks": leaking_one(server, status),
            "fails": failing_one(server),
            "deadlocks": hanging_one(server),
        }
    assert found == {fault: f"callback_{order.index(fault)}" for fault in found}
