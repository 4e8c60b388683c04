# SPDX-License-Identifier: GPL-3.0-or-later
"""Callbacks written as `async def`: they all run on one event loop, in one thread of the plugin's."""

from __future__ import annotations

import threading
import time

import _orthanc_threads

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    import asyncio  # else imported at the first use, because it takes longer than all the rest of the plugin's start
    from collections.abc import Coroutine
    from typing import Any

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_thread: threading.Thread | None = None
_waiting = 0  # callbacks
_stopping = False


def run(coroutine: Coroutine[Any, Any, object]) -> object:
    """Waits, on the thread that Orthanc calls on, for the result of a callback's coroutine. Raises what it raises."""
    import asyncio

    global _waiting
    if _stopping:
        coroutine.close()
        raise RuntimeError("the callback is not run, because Orthanc has stopped")
    loop = _running_loop()
    if threading.current_thread() is _thread:
        # A coroutine has called Orthanc, which calls back on the same thread: the loop cannot go on meanwhile.
        return _run_in_a_thread_of_its_own(coroutine)
    with _lock:
        _waiting += 1
    try:
        result, error = asyncio.run_coroutine_threadsafe(_outcome(coroutine), loop).result()
    finally:
        with _lock:
            _waiting -= 1
    if error is not None:
        raise error
    return result


def wait_for_callbacks() -> None:
    """Wait for callbacks that run, for as long as the stop allows: Orthanc waits for their requests too."""
    while _waiting > 0 and _orthanc_threads.time_left() > 0.0:
        time.sleep(0.01)


def cancel_tasks() -> None:
    """Cancel what still runs, and wait for its end: it may call Orthanc in its `finally`. No callback runs after it."""
    global _stopping
    import asyncio
    from concurrent.futures import TimeoutError as Timeout

    _stopping = True
    loop = _loop
    if loop is None:
        return

    async def cancel() -> None:
        if tasks := _cancel_tasks(loop):
            await asyncio.wait(tasks)

    try:
        asyncio.run_coroutine_threadsafe(cancel(), loop).result(max(_orthanc_threads.GRACE, _orthanc_threads.time_left()))
    except Timeout:
        _orthanc_threads.warn("Python: the tasks of the event loop do not end; the stop does not wait for them any longer")


def stop() -> None:
    """Cancels what is still running and ends the thread."""
    global _loop, _thread, _stopping
    _stopping = False
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
        return _loop


def _cancel_tasks(loop: asyncio.AbstractEventLoop) -> set[asyncio.Task[Any]]:
    """Cancel all tasks but the one that asks for it, and return them."""
    import asyncio

    asking = asyncio.current_task(loop)
    tasks = {task for task in asyncio.all_tasks(loop) if task is not asking}
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
