# SPDX-License-Identifier: GPL-3.0-or-later
"""The listener of changes."""

from __future__ import annotations

from conftest import Servers
from helpers import CT, eventually, new_instance

SCRIPT = """
import json
import orthanc

NAMES = {getattr(orthanc.ChangeType, name): name for name in dir(orthanc.ChangeType) if name.isupper()}
events = []


def on_change(change_type, level, resource_id):
    assert isinstance(change_type, int) and isinstance(level, int)
    name = NAMES[change_type]
    found = None
    if name in ("NEW_STUDY", "STABLE_STUDY"):
        found = json.loads(orthanc.RestApiGet(f"/studies/{resource_id}"))["ID"]
    if name == "NEW_INSTANCE":
        orthanc.RestApiPut(f"/instances/{resource_id}/metadata/1024", "seen")
    events.append([name, int(level), resource_id, found])
    if name == "NEW_PATIENT":
        raise RuntimeError("a failing listener")


def answer(output, uri, **request):
    output.AnswerBuffer(json.dumps(events), "application/json")


orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterRestCallback("/events", answer)
"""


def test_events(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    stored = server.upload(CT)
    instances = [stored["ID"], *(server.upload(new_instance(CT)[1])["ID"] for _ in range(20))]

    def stable() -> list[list[object]] | None:
        events: list[list[object]] = server.get("/events").json()
        return events if "STABLE_PATIENT" in [event[0] for event in events] else None

    events = eventually(stable)
    assert events, "no event of a stable patient"
    names = [event[0] for event in events]
    assert names[0] == "ORTHANC_STARTED" and events[0][2] == ""
    assert [event[2] for event in events if event[0] == "NEW_INSTANCE"] == instances
    assert ["NEW_STUDY", 1, stored["ParentStudy"], stored["ParentStudy"]] in events
    assert ["NEW_SERIES", 2, stored["ParentSeries"], None] in events
    assert ["STABLE_STUDY", 1, stored["ParentStudy"], stored["ParentStudy"]] in events
    assert names.index("NEW_STUDY") < names.index("STABLE_STUDY")
    assert server.get(f"/instances/{instances[-1]}/metadata/1024").text == "seen"
    # The failing listener did not keep the later events from coming.
    server.wait_for_log("RuntimeError: a failing listener")
    server.wait_for_log(r'script\.py", line \d+, in on_change')
    server.delete(f"/studies/{stored['ParentStudy']}")
    assert eventually(lambda: "DELETED" in [event[0] for event in server.get("/events").json()])


def test_queue_is_drained_at_stop(orthanc: Servers) -> None:
    server = orthanc("""
        import time
        import orthanc

        count = 0

        def on_change(change_type, level, resource_id):
            global count
            if change_type == orthanc.ChangeType.NEW_INSTANCE:
                time.sleep(0.1)
                orthanc.LogWarning(f"handled {resource_id}")
                count += 1
            elif change_type == orthanc.ChangeType.ORTHANC_STOPPED:
                orthanc.LogWarning(f"stopped after {count} instances")

        orthanc.RegisterOnChangeCallback(on_change)
    """)
    for _ in range(30):
        server.upload(new_instance(CT)[1])
    orthanc.stop(server)
    assert "stopped after 30 instances" in server.log()
    assert server.log().count("handled ") == 30


def test_several_listeners(orthanc: Servers) -> None:
    server = orthanc("""
        import orthanc

        orthanc.RegisterOnChangeCallback(lambda change, level, resource: orthanc.LogWarning(f"first {change}"))
        orthanc.RegisterOnChangeCallback(lambda change, level, resource: orthanc.LogWarning(f"second {change}"))
    """)
    server.wait_for_log("first 10")
    server.wait_for_log("second 10")
