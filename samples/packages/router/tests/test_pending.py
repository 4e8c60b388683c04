# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue, without Orthanc."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from dicom_router.pending import Pending
from dicom_router.settings import Rule, Settings

from orthanc_python.testing import Fake


class Memory:
    place = "memory"

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def read(self) -> dict[str, str]:
        return dict(self.values)

    def write(self, put: Mapping[str, str], delete: Iterable[str] = ()) -> None:
        self.values.update(put)
        for key in delete:
            self.values.pop(key, None)

    def close(self) -> None:
        pass


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_what_fails_waits_longer_each_time_and_is_sent_alone(clock: Clock) -> None:
    pending = Pending(Memory(), 5, 60, clock)
    pending.add({name: ["archive"] for name in ("a", "b", "c")})
    first = pending.next("archive", 2)
    assert [each.instance for each in first] == ["a", "b"]
    assert pending.failed(first) == 5
    assert [each.instance for each in pending.next("archive", 2)] == ["c"]
    pending.sent(pending.next("archive", 2))
    assert pending.next("archive", 2) == [] and pending.seconds_to_next("archive") == 5
    waits = []
    for _ in range(6):
        clock.now += 100
        (alone,) = pending.next("archive", 2)[:1]
        waits.append(pending.failed([alone]))
    assert waits == [10, 10, 20, 20, 40, 40]
    assert [pending.backoff(failures) for failures in (0, 3, 4, 10_000)] == [5, 40, 60, 60]


@pytest.mark.parametrize("wrong_clock", [0, 1e11, -900])
def test_what_has_failed_while_new_instances_arrive(clock: Clock, wrong_clock: float) -> None:
    """It waits for the new ones, and not for ever. Once it waits too long, each second transfer is for what has failed."""
    pending = Pending(Memory(), 5, 60, clock)
    pending.add({"failed": ["archive"], "failed too": ["archive"]})
    clock.now += wrong_clock
    for each in pending.next("archive", 2):
        pending.failed([each])
    clock.now -= wrong_clock
    sent: list[list[str]] = []
    for second in range(2 * 60):
        pending.add({f"new {second}": ["archive"], f"newer {second}": ["archive"]})
        entries = pending.next("archive", 2)
        pending.sent(entries)
        sent.append([each.instance for each in entries])
        clock.now += 1
    first = 0 if wrong_clock else 66
    tried = {second: names for second, names in enumerate(sent) if names[0].startswith("failed")}
    assert tried == {first: ["failed"], first + 2: ["failed too"]}


def test_what_was_recorded_is_there_again(clock: Clock) -> None:
    memory = Memory()
    pending = Pending(memory, 5, 60, clock)
    pending.add({"a": ["archive", "with a space"]}, 17)
    pending.failed(pending.next("archive", 1))
    again = Pending(memory, 5, 60, clock)
    assert again.cursor == 17 and again.counts() == {"archive": 1, "with a space": 1}
    assert again.seconds_to_next("archive") == 5 and again.seconds_to_next("with a space") == 0
    again.add({"a": ["archive"]})  # as after a crash before the cursor moved
    assert again.seconds_to_next("archive") == 5
    again.sent(again.next("with a space", 9))
    assert Pending(memory, 5, 60, clock).counts() == {"archive": 1}


def test_what_is_set_aside(clock: Clock) -> None:
    """It is kept, also by a restart. It waits again when somebody asks for it, behind what is new, or is stored anew."""
    memory = Memory()
    pending = Pending(memory, 5, 60, clock)
    pending.add({"a": ["archive"], "b": ["archive", "other"]})
    for entry in pending.next("archive", 2):
        pending.failed([entry], 1)
        pending.set_aside(entry, "no such SOP class")
        clock.now += 1
    for each in (pending, Pending(memory, 5, 60, clock)):
        assert each.next("archive", 2) == [] and each.seconds_to_next("archive") is None
        assert each.counts()["other"] == 1 and each.counts().get("archive", 0) == 0
        assert [(entry.instance, entry.refusals) for entry in each.refused("archive")] == [("a", 1), ("b", 1)]
        assert [entry.since for entry in each.refused("archive")] == [1000, 1001]
        assert each.refused("other") == []
    assert pending.retry(pending.refused()[:1]) == 1 and pending.retry([]) == 0
    pending.add({"b": ["archive"]})
    for each in (pending, Pending(memory, 5, 60, clock)):
        assert [(entry.instance, entry.attempts, entry.refusals) for entry in each.next("archive", 1)] == [("b", 0, 0)]
        each.sent(each.next("archive", 1))
        assert [(entry.instance, entry.refusals) for entry in each.next("archive", 1)] == [("a", 0)]
        assert each.refused() == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"attempts": "x", "due": null, "later": 1}', "\0"])
def test_damaged_record(clock: Clock, text: str) -> None:
    """Its instance is sent, and the others are not kept from being sent."""
    memory = Memory()
    memory.values |= {"a archive": text, "b archive": '{"attempts": 1, "due": 0}', "job archive": text}
    pending = Pending(memory, 5, 60, clock)
    assert pending.in_job("archive") == ("", []) and pending.counts() == {"archive": 2}
    found = []
    for _ in range(2):
        found += pending.next("archive", 1)
        pending.sent(found[-1:])
    assert sorted(each.instance for each in found) == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    [
        *(
            '{"job": "0b2c", "instances": null}',
            '{"job": "0b2c", "instances": "a"}',
            '{"job": "0b2c", "instances": [[], null]}',
        ),
        *('{"job": null, "instances": ["a"]}', '{"job": "0b2c\\u0000", "instances": ["a"]}', '{"instances": ["a"]}'),
    ],
)
def test_damaged_record_of_a_job(clock: Clock, text: str) -> None:
    """Its instances are sent again."""
    memory = Memory()
    memory.values |= {"a archive": "{}", "job archive": text}
    pending = Pending(memory, 5, 60, clock)
    assert pending.in_job("archive") == ("", [])
    assert [each.instance for each in pending.next("archive", 9)] == ["a"]


@pytest.mark.parametrize("text", ["", "1x 20261128T190000 NewStudy /studies/x", "-1", "\u0663", "9" * 5000])
def test_damaged_cursor(clock: Clock, text: str) -> None:
    """All changes are read again, and not from the present on, as at a first start."""
    memory = Memory()
    memory.values |= {"cursor": text}
    pending = Pending(memory, 5, 60, clock)
    assert (pending.cursor, pending.anchor, pending.cursor_is_damaged) == (0, "", True)
    pending.add({}, 2)
    assert not Pending(memory, 5, 60, clock).cursor_is_damaged and not Pending(Memory(), 5, 60, clock).cursor_is_damaged


def test_job_of_the_last_stop(clock: Clock) -> None:
    """It is found again with what it sends, until that has arrived or failed."""
    for ends in (Pending.sent, Pending.failed, lambda pending, entries: pending.set_aside(entries[0], "refused")):
        memory = Memory()
        pending = Pending(memory, 5, 60, clock)
        pending.add({"a": ["archive", "other"], "b": ["archive"]})
        entries = pending.next("archive", 1)
        pending.sending("archive", "0b2c", entries)
        again = Pending(memory, 5, 60, clock)
        assert again.in_job("archive") == ("0b2c", entries) and again.in_job("other") == ("", [])
        assert again.counts() == {"archive": 2, "other": 1}
        ends(again, entries)
        assert Pending(memory, 5, 60, clock).in_job("archive") == ("", [])


def test_records_of_a_former_version(clock: Clock) -> None:
    memory = Memory()
    memory.values |= {"a archive": '{"attempts": 3, "due": 1030.0}', "cursor": "17"}
    pending = Pending(memory, 5, 60, clock)
    assert pending.seconds_to_next("archive") == 30 and (pending.cursor, pending.anchor) == (17, "")
    pending.add({}, 18, "20261128T190000 NewStudy /studies/x")
    again = Pending(memory, 5, 60, clock)
    assert (again.cursor, again.anchor) == (18, pending.anchor) and pending.anchor


def test_a_clock_that_was_wrong(clock: Clock) -> None:
    memory = Memory()
    clock.now += 1e11
    pending = Pending(memory, 5, 60, clock)
    pending.add({"a": ["archive"]})
    pending.failed(pending.next("archive", 1))
    clock.now -= 1e11
    assert [each.instance for each in pending.next("archive", 1)] == ["a"]
    assert pending.seconds_to_next("archive") == 60


def test_rules() -> None:
    settings = Settings([Rule("a", ["CT"]), Rule("b"), Rule("a", ["MR"])])
    assert settings.targets() == ["a", "b"]
    assert [settings.targets_of(each) for each in ("CT", "MR", "US")] == [["a", "b"], ["b", "a"], ["b"]]


def test_file_of_sqlite(fake_orthanc: Fake, tmp_path: Path) -> None:
    from dicom_router.records import SqliteRecords  # imports orthanc

    records = SqliteRecords(tmp_path / "queue.db")
    records.write({"a": "1", "b": "2"})
    records.write({"a": "3"}, ["b"])
    records.close()
    assert SqliteRecords(tmp_path / "queue.db").read() == {"a": "3"}
