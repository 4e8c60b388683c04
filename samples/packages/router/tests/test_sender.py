# SPDX-License-Identifier: GPL-3.0-or-later
"""The thread that sends to a target, and the one that reads changes, with a stand-in for Orthanc."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from dicom_router.pending import Pending
from helpers import wait_until

from orthanc_python.testing import Fake


class Memory:
    place = "memory"

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.error: Exception | None = None  # of a write

    def read(self) -> dict[str, str]:
        return dict(self.values)

    def write(self, put: Mapping[str, str], delete: Iterable[str] = ()) -> None:
        if self.error is not None:
            raise self.error
        self.values.update(put)
        for key in delete:
            self.values.pop(key, None)

    def close(self) -> None:
        self.error = OSError("closed")


class Orthanc:
    """The part of Orthanc's REST API that the router uses. Jobs have the state that a test gives them."""

    def __init__(self, fake: Fake) -> None:
        self.module = fake.module
        self.stores: list[list[str]] = []  # the instances of each job
        self.cancelled: list[str] = []
        self.state: dict[str, Any] | None = {"State": "Success"}  # None: unknown
        self.errors: list[Exception] = []  # of the next looks at a job
        self.looks = 0
        self.log: list[str] = []
        self.may_store = Event()
        self.may_store.set()
        self.is_asked = Event()
        fake.answer("RestApiGet", self.get)
        fake.answer("RestApiPost", self.post)
        for name in ("LogWarning", "LogError"):
            fake.answer(name, lambda **arguments: self.log.extend(arguments.values()))

    def error(self, name: str = "DATABASE") -> Exception:
        found: Exception = self.module.OrthancException(getattr(self.module.ErrorCode, name), name)
        return found

    def get(self, **arguments: Any) -> bytes:
        (path,) = arguments.values()
        if path.startswith("/jobs/"):
            self.looks += 1
            if self.errors:
                raise self.errors.pop(0)
            if self.state is None:
                raise self.error("UNKNOWN_RESOURCE")
            return json.dumps(self.state).encode()
        return b"[]" if path == "/peers" else b"{}"

    def post(self, **arguments: Any) -> bytes:
        path, body = arguments.values()
        if path.endswith("/store"):
            self.is_asked.set()
            assert self.may_store.wait(60)
            self.stores.append(json.loads(body)["Resources"])
            return json.dumps({"ID": f"job-{len(self.stores)}"}).encode()
        if path.endswith("/cancel"):
            self.cancelled.append(path)
        return b"{}"


@pytest.fixture
def orthanc(fake_orthanc: Fake) -> Orthanc:
    return Orthanc(fake_orthanc)


@pytest.fixture
def memory() -> Memory:
    memory = Memory()
    memory.values |= {"a archive": "{}"}
    return memory


def make_sender(fake: Fake, memory: Memory, max_refusals: int = 1) -> tuple[Any, Pending]:
    module: Any = fake.load_module("dicom_router.sender")
    pending = Pending(memory, 0.01, 0.02)
    return module.Sender("archive", pending, module.Outcomes(), batch_size=5, max_refusals=max_refusals), pending


def finish(sender: Any) -> None:
    sender.stop()
    sender.join(10, 10)
    assert not sender._thread.is_alive()


def test_orthanc_that_cannot_tell_of_the_last_job(fake_orthanc: Fake, orthanc: Orthanc, memory: Memory) -> None:
    """The thread asks again, and does not send again."""
    memory.values["job archive"] = '{"job": "job-0", "instances": ["a"]}'
    orthanc.errors = [orthanc.error(), ValueError("no JSON"), orthanc.error()]
    sender, pending = make_sender(fake_orthanc, memory)
    sender.start()
    wait_until(lambda: pending.counts()["archive"] == 0, "it is sent", 10)
    finish(sender)
    assert orthanc.stores == [] and memory.values == {}


def test_errors_while_a_job_sends(fake_orthanc: Fake, orthanc: Orthanc, memory: Memory) -> None:
    """An error of a look, or of the records, is not one of the transfer."""
    orthanc.errors = [orthanc.error(), orthanc.error()]
    memory.error = orthanc.error()
    sender, pending = make_sender(fake_orthanc, memory)
    sender.start()
    wait_until(lambda: len(orthanc.log) >= 2, "the record fails", 10)
    memory.error = None
    wait_until(lambda: pending.counts()["archive"] == 0, "it is sent", 10)
    finish(sender)
    assert orthanc.stores == [["a"]] and pending.refused() == [] and orthanc.cancelled == []


def test_job_that_is_gone(fake_orthanc: Fake, orthanc: Orthanc, memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The target has not refused anything, as far as one knows."""
    orthanc.state = None
    sender, pending = make_sender(fake_orthanc, memory)
    monkeypatch.setattr("dicom_router.sender.LONGEST_LOOK", 0.01)
    sender.start()
    wait_until(lambda: len(orthanc.stores) >= 3, "it is sent again", 10)
    finish(sender)
    assert pending.refused() == [] and json.loads(memory.values["a archive"])["refusals"] == 0


def test_job_that_is_paused(fake_orthanc: Fake, orthanc: Orthanc, memory: Memory) -> None:
    orthanc.state = {"State": "Paused"}
    sender, pending = make_sender(fake_orthanc, memory)
    sender.start()
    wait_until(lambda: orthanc.looks >= 5, "several looks", 10)
    orthanc.state = {"State": "Success"}
    wait_until(lambda: pending.counts()["archive"] == 0, "it is sent", 10)
    finish(sender)
    (line,) = orthanc.log
    assert line.startswith("router to archive: somebody has paused the job job-1") and orthanc.stores == [["a"]]


@pytest.mark.parametrize("is_open", [True, False])
def test_stop_while_orthanc_makes_a_job(fake_orthanc: Fake, orthanc: Orthanc, memory: Memory, is_open: bool) -> None:
    """The stop waits, so that the job is recorded. A job that cannot be recorded is cancelled."""
    orthanc.may_store.clear()
    orthanc.state = {"State": "Running"}
    sender, _ = make_sender(fake_orthanc, memory)
    sender.start()
    assert orthanc.is_asked.wait(10)
    sender.stop()
    sender.join(0.01, 0.1)
    assert sender._thread.is_alive()
    if not is_open:
        memory.close()
    orthanc.may_store.set()
    sender.join(0.01, 10)
    sender._thread.join(10)
    assert ("job archive" in memory.values) is is_open
    assert orthanc.cancelled == ([] if is_open else ["/jobs/job-1/cancel"]) and orthanc.stores == [["a"]]


class Late(Event):
    """An event that another thread sets just before it is cleared."""

    def __init__(self, stop: Any) -> None:
        super().__init__()
        self._stop = stop

    def clear(self) -> None:
        self._stop()
        super().clear()


def test_stop_before_a_wake_is_cleared(fake_orthanc: Fake, orthanc: Orthanc, tmp_path: Path) -> None:
    sender, _ = make_sender(fake_orthanc, Memory())
    sender._wake = Late(lambda: sender.stop())
    sender.start()
    sender.join(10, 10)
    assert not sender._thread.is_alive()
    module: Any = fake_orthanc.load_module("dicom_router.router")
    from dicom_router.settings import Settings

    router = module.Router(Settings([], database=tmp_path / "queue.db"))
    router._wake = Late(lambda: (router._stopping.set(), router._wake.set()))

    class NoChanges:
        def read(self, announced: list[str]) -> bool:
            return False

    router._open = NoChanges
    router.start()
    router._reader.join(10)
    assert not router._reader.is_alive() and orthanc.stores == []


class Busy(deque[str]):
    """A deque to which another thread appends while it is iterated, as may happen in a free-threaded Python."""

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("deque mutated during iteration")


def test_announcements_while_the_reader_takes_them(fake_orthanc: Fake, orthanc: Orthanc, tmp_path: Path) -> None:
    """The reader goes on. What it has taken is there again after an error, and in order."""
    module: Any = fake_orthanc.load_module("dicom_router.router")
    from dicom_router.settings import Settings

    router = module.Router(Settings([], first_retry=0.01, database=tmp_path / "queue.db"))
    router._announced = Busy(["a", "b"])
    taken: list[list[str]] = []

    class FailsOnce:
        def read(self, announced: list[str]) -> bool:
            taken.append([*announced])
            if len(taken) == 1:
                router.on_change(orthanc.module.ChangeType.NEW_INSTANCE, 0, "c")
                raise orthanc.error()
            return False

    router._open = FailsOnce
    router.start()
    wait_until(lambda: len(taken) == 2, "the reader takes them again", 10)
    router.on_change(orthanc.module.ChangeType.NEW_INSTANCE, 0, "d")
    wait_until(lambda: len(taken) == 3, "the reader takes the next", 10)
    router.stop()
    assert taken == [["a", "b"], ["a", "b", "c"], ["d"]] and not router._reader.is_alive()


@pytest.mark.parametrize(
    ("version", "size"), [((1, 12, 9), 50), ((1, 12, 10), 1), ((1, 12, 11), 1), ((1, 13, 0), 50), ((2, 0, 0), 50)]
)
def test_orthanc_whose_jobs_hang_after_a_stop(
    fake_orthanc: Fake,
    memory: Memory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: tuple[int, int, int],
    size: int,
) -> None:
    """Each instance has a job of its own there."""
    fake_orthanc.answer("CheckVersionAdvanced", lambda **asked: int(version >= tuple(asked.values())))
    module: Any = fake_orthanc.load_module("dicom_router.router")
    from dicom_router.settings import Rule, Settings

    sizes: list[int] = []

    class Recorded:
        def __init__(self, *_: Any, batch_size: int, max_refusals: int) -> None:
            sizes.append(batch_size)

        def start(self) -> None:
            pass

    monkeypatch.setattr(module, "open_records", lambda _: memory)
    monkeypatch.setattr(module, "Changes", lambda *_: None)
    monkeypatch.setattr(module, "Sender", Recorded)
    module.Router(Settings([Rule("archive")], database=tmp_path / "queue.db"))._open()
    assert sizes == [size]
