# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that does the work: it claims a piece, runs the task, and writes the result.

Orthanc starts it with its options on the standard input, and ends it by closing that. To run more of them on other machines,
write the options into a file: python -m orthanc_work_queue.worker FILE.json
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import signal
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg

from orthanc_work_queue.orthanc_client import OrthancClient, Unreachable
from orthanc_work_queue.settings import check_limits
from orthanc_work_queue.tables import connection_options
from orthanc_work_queue.work_queue import CHANNEL, LeaseLost, Piece, WorkQueue

Task = Callable[[Piece, OrthancClient], Any]
POLL = 2.0  # seconds between two looks at the queue: pieces whose time comes are not announced
STDERR = 2
PAUSE = 1.0  # seconds after a failure of the database or of Orthanc
LONGEST_PAUSE = 30.0  # seconds, while Orthanc cannot be reached: each attempt leaves two rows in the history
GRACE = 5.0  # seconds after the timeout of a task, until a thread without the GIL ends the process


@dataclass(frozen=True)
class Options:
    """Times are in seconds; see Settings."""

    name: str
    database: str
    task: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    schema: str = "work_queue"
    lease: float = 60
    task_timeout: float = 600
    max_attempts: int = 5
    retry_after: float = 30

    def __post_init__(self) -> None:
        check_limits(self.lease, self.task_timeout, self.max_attempts, self.retry_after)


def own_name(name: str) -> str:
    """Return a worker's name that no other process has: in containers, several may have PID 1."""
    return f"{name}-{socket.gethostname()}-{uuid.uuid4().hex[:8]}"


def log(text: str) -> None:
    print(f"work queue: {text}", file=sys.stderr, flush=True)


def find_task(name: str) -> Task:
    """Import a task by MODULE:FUNCTION.

    Raises:
        ValueError: it is not a function that can be imported.
    """
    module, _, function = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(
            f'invalid task: "{name}" ({error}). Write MODULE:FUNCTION, both installed in this environment'
        ) from error
    if not callable(found):
        raise ValueError(f'invalid task: "{name}" is not a function')
    task: Task = found
    return task


class Heartbeat:
    """Extends the lease of a piece while its task runs, on a thread. A task that hangs ends the process.

    If the task keeps the GIL, as a regular expression does, faulthandler's thread ends it.
    """

    def __init__(self, queue: WorkQueue, piece: Piece, options: Options) -> None:
        self._queue, self._piece, self._options = queue, piece, options
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> None:
        timeout = min(self._options.task_timeout + GRACE, threading.TIMEOUT_MAX)
        self._thread.start()
        faulthandler.dump_traceback_later(timeout, exit=True, file=STDERR)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end.set()
        self._thread.join()
        faulthandler.cancel_dump_traceback_later()

    def _run(self) -> None:
        deadline = time.monotonic() + self._options.task_timeout
        while not self._end.wait(min(self._options.lease / 3, max(deadline - time.monotonic(), 0))):
            if time.monotonic() >= deadline:
                log(f"{self._options.name} ends: piece {self._piece.number} takes longer than {self._options.task_timeout:g} s")
                os._exit(3)
            try:
                if not self._queue.extend(self._piece, self._options.lease):
                    return  # finish() will say so
            except psycopg.Error as error:
                log(f"the lease of piece {self._piece.number} is not extended: {error}")


class Worker:
    """Works until `stopping` is set."""

    def __init__(self, options: Options, stopping: threading.Event) -> None:
        self.options = options
        self.stopping = stopping
        self.busy = threading.Lock()  # held while a piece is claimed and worked on
        self._pause = PAUSE  # after the next piece for which Orthanc cannot be reached
        self.task = find_task(options.task)
        self.orthanc = OrthancClient(options.url, options.headers)

    def run(self) -> None:
        """Work, and connect again when the database was away."""
        while not self.stopping.is_set():
            try:
                with psycopg.connect(self.options.database, **connection_options(self.options.schema)) as connection:
                    queue = WorkQueue(connection)
                    queue.release_all(self.options.name)  # of the time before the database was away
                    self._work(queue)
            except psycopg.Error as error:
                log(f"no database: {error}")
                self.stopping.wait(PAUSE)

    def _work(self, queue: WorkQueue) -> None:
        queue.connection.execute(f"LISTEN {CHANNEL}".encode())
        while not self.stopping.is_set():
            with self.busy:
                piece = queue.claim(self.options.name, self.options.lease, self.options.max_attempts)
                if piece is not None:
                    self._do(queue, piece)
                    continue
            for _ in queue.connection.notifies(timeout=POLL, stop_after=1):
                pass

    def _do(self, queue: WorkQueue, piece: Piece) -> None:
        options = self.options
        with suppress(LeaseLost):  # another worker has the piece
            try:
                with Heartbeat(queue, piece, options):
                    result = self.task(piece, self.orthanc)
                json.dumps(result, allow_nan=False)
            except Unreachable as error:
                log(f"piece {piece.number} goes back: {error}")
                queue.release(piece, options.name)
                self.stopping.wait(self._pause)
                self._pause = min(2 * self._pause, LONGEST_PAUSE)
            except Exception as error:
                self._fail(queue, piece, error)
            else:
                self._pause = PAUSE
                try:
                    queue.finish(piece, options.name, result)
                except psycopg.DataError as error:  # PostgreSQL's JSON has no NUL and no half of a surrogate pair
                    self._fail(queue, piece, error)

    def _fail(self, queue: WorkQueue, piece: Piece, error: Exception) -> None:
        """Note a failure. The log gets no text of the error, because that may contain a patient's data."""
        kind = type(error).__name__
        log(f"piece {piece.number}, attempt {piece.attempts}: {kind}")
        text = f"{kind}: {error}".encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
        queue.fail(piece, self.options.name, text, self.options.max_attempts, self.options.retry_after)


def main(arguments: list[str] | None = None) -> int:
    files = sys.argv[1:] if arguments is None else arguments
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    text = Path(files[0]).read_text(encoding="utf-8") if files else sys.stdin.readline()
    try:
        options = Options(**json.loads(text))
        if files:  # several processes may read the same one
            options = replace(options, name=own_name(options.name))
        worker = Worker(options, stopping)
    except (TypeError, ValueError) as error:
        log(str(error))
        return 2
    if not files:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Orthanc gets it too, and then closes the input

        def wait_for_end() -> None:
            sys.stdin.read()  # returns when Orthanc has ended, however that was
            stopping.set()
            with worker.busy:
                os._exit(0)  # the main thread waits for work, for seconds

        threading.Thread(target=wait_for_end, daemon=True).start()
    worker.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
