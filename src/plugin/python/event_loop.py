# SPDX-License-Identifier: GPL-3.0-or-later
"""Callbacks written as `async def`: they all run on one event loop, in one thread of the plugin's."""

from __future__ import annotations

import threading

import _orthanc_threads
import orthanc

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    import asyncio  # else imported at the first use, because it takes longer than all the rest of the plugin's start
    from collections.abc import Coroutine
    from typing import Any

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_thread: threading.Thread | None = None


def run(coroutine: Coroutine[Any, Any, object]) -> object:
    """Waits, on the thread that Orthanc calls on, for the result of a callback's coroutine. Raises what it raises."""
    import asyncio

    loop = _running_loop()
    if threading.current_thread() is _thread:
        # A coroutine has called Orthanc, which calls back on the same thread: the loop cannot go on meanwhile.
        return _run_in_a_thread_of_its_own(coroutine)
    result, error = asyncio.run_coroutine_threadsafe(_outcome(coroutine), loop).result()
    if error is not None:
        raise error
    return result


def stop() -> None:
    """Cancels what is still running and ends the thread."""
    global _loop, _thread
    with _lock:
        loop, thread, _loop, _thread = _loop, _thread, None, None
    if loop is not None and thread is not None:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(max(_orthanc_threads.GRACE, _orthanc_threads.time_left()))


def _running_loop() -> asyncio.AbstractEventLoop:
    import asyncio

    global _loop, _thread
    with _lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            _thread = threading.Thread(target=_serve, args=(_loop,), name="orthanc-event-loop", daemon=True)
            _thread.start()
            orthanc.RegisterOnChangeCallback(_end_in_time)
        return _loop


def _end_in_time(change_type: int, level: int, resource_id: str | None) -> None:
    """Cancels what still runs some time after Orthanc has begun to stop: it waits for its requests before it stops plugins."""
    with _lock:
        if change_type == orthanc.ChangeType.ORTHANC_STOPPED and _loop is not None:
            _loop.call_soon_threadsafe(_loop.call_later, _orthanc_threads.patience, _cancel_tasks, _loop)


def _cancel_tasks(loop: asyncio.AbstractEventLoop) -> set[asyncio.Task[Any]]:
    import asyncio

    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    return tasks


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    import asyncio

    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        loop.run_until_complete(asyncio.gather(*_cancel_tasks(loop), return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


async def _outcome(coroutine: Coroutine[Any, Any, object]) -> tuple[object, BaseException | None]:
    """The result or the error: a SystemExit that left a task would end the loop for all others."""
    import asyncio

    try:
        return await coroutine, None
    except asyncio.CancelledError:
        return None, RuntimeError("the callback was cancelled, because the plugin stops")
    except BaseException as error:
        return None, error


def _run_in_a_thread_of_its_own(coroutine: Coroutine[Any, Any, object]) -> object:
    import asyncio

    outcome: list[tuple[object, BaseException | None]] = []
    thread = threading.Thread(target=lambda: outcome.append(asyncio.run(_outcome(coroutine))))
    thread.start()
    thread.join()
    result, error = outcome[0]
    if error is not None:
        raise error
    return result
