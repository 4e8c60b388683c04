# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection to the scheduler, and the limit of what it is given at once."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

distributed: Any = importlib.import_module("distributed")  # most of its functions have no types

Future = Any
CONNECT_TIMEOUT = 10.0  # seconds of one attempt


class Cluster:
    """All jobs share it, on several threads."""

    def __init__(self, scheduler: str, in_flight: int, work: Callable[[str], Any]) -> None:
        self.scheduler = scheduler
        self._work = work
        self._slots = threading.BoundedSemaphore(in_flight)
        self._lock = threading.Lock()
        self._client: Any = None
        self._closed = False

    def connect(self) -> None:
        """Connect, if that is not so yet, or after the scheduler was away.

        Raises:
            OSError: there is no scheduler.
        """
        with self._lock:
            if self._closed:
                raise OSError("Orthanc stops")
            if self._client is not None and self._client.status == "running":
                return
            self._close()
            self._client = distributed.Client(self.scheduler, timeout=CONNECT_TIMEOUT, set_as_default=False)

    def submit(self, url: str) -> Future | None:
        """Give an instance to the scheduler; None if it has as many as it may. Each one needs a release().

        Raises:
            OSError: there is no connection now. Another job may be making it.
        """
        client = self._client
        if client is None:
            raise OSError("not connected")
        if not self._slots.acquire(blocking=False):
            return None
        try:
            return client.submit(self._work, url, pure=False, retries=0)
        except BaseException as error:
            self._slots.release()
            if isinstance(error, Exception) and client.status != "running":
                raise OSError("not connected") from error
            raise

    def release(self, future: Future) -> None:
        """Forget an instance. A task that runs goes on to its end, without a result."""
        self._slots.release()
        # Not cancel(): it waits for the client's loop, for ever if the end of Orthanc closes the client meanwhile.
        with suppress(Exception):  # of a connection that is no more
            future.release()

    def wait(self, futures: list[Future], timeout: float) -> None:
        """Return when one of them has ended, when there is no connection, or after `timeout` seconds."""
        client = self._client
        if client is None:
            return
        try:
            with client.as_current():
                distributed.wait(futures, timeout=timeout, return_when="FIRST_COMPLETED")
        except (OSError, distributed.TimeoutError, distributed.CancelledError):
            pass
        except RuntimeError:  # of a client that another job or the end of Orthanc has closed
            if client.status == "running":
                raise

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._close()

    def _close(self) -> None:
        if self._client is not None:
            with suppress(Exception):
                self._client.close(timeout=CONNECT_TIMEOUT)
            self._client = None
