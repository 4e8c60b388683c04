# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the event loop of the async callbacks, and those that single callbacks have for themselves."""

from __future__ import annotations

import _orthanc_threads
import _orthanc_uncaught
import _orthanc_workers

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    import asyncio  # else imported at the first use, because it takes longer than all the rest of the plugin's start
    from collections.abc import Callable, Coroutine
    from typing import Any

    Outcome = Coroutine[Any, Any, tuple[object, BaseException | None]]  # returns a result or an error

threads: set[int] = set()  # of run_in_a_thread(): their identifiers
_cancellable: set[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = set()


def run(loop: asyncio.AbstractEventLoop, is_over: Callable[[], bool]) -> None:
    """Run the loop until its stop. A SystemExit or KeyboardInterrupt of a task or handle leaves it: report that, and go on.

    asyncio forgets a call of stop() beside an exit, so `is_over` is asked too.
    """
    while not is_over():
        try:
            loop.run_forever()
            return
        except (SystemExit, KeyboardInterrupt) as error:
            what = "a task or a function that the event loop has called"
            if _orthanc_workers.in_worker:  # forked by it
                _orthanc_workers.end(what, None, "", None, error)
            _orthanc_uncaught.report(what, None, "", error)


def cancel_tasks(loop: asyncio.AbstractEventLoop) -> set[asyncio.Task[Any]]:
    """Cancel all tasks but the one that asks for it, and return them."""
    import asyncio

    asking = asyncio.current_task(loop)
    tasks = {task for task in asyncio.all_tasks(loop) if task is not asking}
    for task in tasks:
        task.cancel()
    return tasks


async def end_tasks(loop: asyncio.AbstractEventLoop, seconds: float | None = None) -> None:
    """Cancel all other tasks, wait for them, and report their errors.

    Args:
        seconds: the longest wait, None for any.
    """
    import asyncio

    if tasks := cancel_tasks(loop):
        done, _ = await asyncio.wait(tasks, timeout=seconds)
        for task in done:
            if not task.cancelled() and (error := task.exception()) is not None:
                loop.call_exception_handler({"message": "a cancelled task has failed", "exception": error, "task": task})
    await loop.shutdown_asyncgens()


def run_until(loop: asyncio.AbstractEventLoop, wanted: Coroutine[Any, Any, Any]) -> Any:
    """Run the loop until a coroutine has ended, whatever other tasks raise. Return its result."""
    task = loop.create_task(wanted)
    task.add_done_callback(lambda _: loop.stop())
    while not task.done():
        run(loop, task.done)
    return task.result()


async def limited(wanted: Outcome, seconds: float) -> tuple[object, BaseException | None]:
    """Cancel what a coroutine awaits after some seconds. Return its outcome all the same."""
    import asyncio

    task = asyncio.create_task(wanted)
    asyncio.get_running_loop().call_later(seconds, task.cancel)
    return await task


def cancel() -> None:
    """Cancel the coroutines in cancellable()."""
    for loop, task in _cancellable.copy():
        try:  # noqa: SIM105
            loop.call_soon_threadsafe(task.cancel)
        except RuntimeError:  # the loop has ended
            pass


async def cancellable(wanted: Outcome, is_cancelled: Callable[[], bool]) -> tuple[object, BaseException | None]:
    """Let cancel() cancel what a coroutine awaits, or do it where that has come before. Return its outcome all the same."""
    import asyncio

    task = asyncio.create_task(wanted)
    running = asyncio.get_running_loop(), task
    _cancellable.add(running)
    try:
        if is_cancelled():
            task.cancel()
        return await task
    finally:
        _cancellable.discard(running)


def run_alone(wanted: Callable[[], Outcome]) -> tuple[object, BaseException | None]:
    """Run a coroutine on a loop of its own, on this thread. Return its outcome.

    Unlike asyncio.run(), it does not wait for what asyncio.to_thread() still runs: a stop has no time for that.
    """
    import asyncio

    loop = asyncio.new_event_loop()
    try:
        asyncio.set_event_loop(loop)
        try:
            return run_until(loop, wanted())  # type: ignore[no-any-return]
        finally:
            run_until(loop, end_tasks(loop, max(_orthanc_threads.GRACE, _orthanc_threads.time_left())))
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def run_in_a_thread(wanted: Callable[[], Outcome]) -> object:
    """Run a coroutine on a loop and a thread of its own. Return the result of its outcome, or raise the error."""
    import contextvars

    import orthanc

    outcome: list[tuple[object, BaseException | None]] = []
    context = contextvars.copy_context()

    def run() -> None:
        threads.add(_orthanc_threads.get_ident())
        try:
            orthanc._begin_event_loop()  # type: ignore[attr-defined]
            outcome.append(context.run(run_alone, wanted))
        except BaseException as error:  # a SystemExit of another task has ended the loop
            outcome.append((None, error))
        finally:
            threads.discard(_orthanc_threads.get_ident())

    _orthanc_threads.begin_thread(run).acquire()
    result, error = outcome[0]
    if error is not None:
        raise error
    return result
