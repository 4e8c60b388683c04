# SPDX-License-Identifier: GPL-3.0-or-later
"""Callbacks written as `async def`: they all run on one event loop, in one thread of the plugin."""

from __future__ import annotations

import _orthanc_loop_runs
import _orthanc_threads
import _orthanc_workers

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    import asyncio  # else imported at the first use, because it takes longer than all the rest of the plugin's start
    from _thread import LockType
    from collections.abc import Coroutine
    from typing import Any

CANCELLED = "the callback was cancelled, because the plugin stops or the event loop was stopped"
_lock = _orthanc_threads.allocate_lock()
_loop: asyncio.AbstractEventLoop | None = None
_thread: int | None = None  # the loop's, its identifier
_running: LockType | None = None  # released when that thread ends
_waiting = 0  # callbacks
_waits: list[tuple[asyncio.AbstractEventLoop, LockType]] = []  # the end of a loop releases its locks
_stopping = False
_ending: set[asyncio.AbstractEventLoop] = set()  # those that cancel their tasks, because they were stopped
_coroutines: dict[int, Coroutine[Any, Any, object]] = {}  # what each Orthanc thread waits for


def run(coroutine: Coroutine[Any, Any, object]) -> object:
    """Wait, on the thread that Orthanc calls on, for the result of a callback's coroutine. Raise what it raises.

    After cancel_tasks() it runs on a loop of its own, on that thread, because only Orthanc's threads may still call Orthanc.
    It may wait for a task that has been cancelled, so it is cancelled too when the stop has no more time.
    """
    global _waiting
    try:
        loop = _running_loop()
    except BaseException:
        coroutine.close()
        raise
    if loop is None:
        return _run_alone(coroutine)
    if _orthanc_threads.get_ident() == _thread or _orthanc_loop_runs.threads:
        # A coroutine has called Orthanc, and Orthanc calls back. The loop cannot go on meanwhile.
        return _run_in_a_thread(coroutine)
    caller = _orthanc_threads.get_ident()
    with _lock:
        _waiting += 1
        _coroutines[caller] = coroutine
    try:
        outcome = _wait_for(loop, coroutine)
    finally:
        with _lock:
            _waiting -= 1
            _coroutines.pop(caller, None)
    if outcome is None:
        return _run_alone(coroutine)
    result, error = outcome
    if error is not None:
        raise error
    return result


def coroutine_of(thread: int) -> Coroutine[Any, Any, object] | None:
    """Return the coroutine for whose end a thread waits."""
    return _coroutines.get(thread)


def running_loop() -> tuple[asyncio.AbstractEventLoop, int] | None:
    """Return the event loop and the identifier of its thread, if there is one."""
    return (_loop, _thread) if _loop is not None and _thread is not None else None


def wait_for_callbacks() -> None:
    """Wait for callbacks that run, for as long as the stop allows: Orthanc waits for their requests too."""
    while _waiting > 0 and _orthanc_threads.time_left() > 0.0:
        _orthanc_threads.sleep(0.01)


def cancel_tasks() -> None:
    """Cancel what still runs, and wait for its end: it may call Orthanc in its `finally`."""
    global _stopping
    with _lock:  # a callback has begun the loop before, or runs alone
        _stopping = True
        loop = _loop
    if loop is None:
        return
    import asyncio

    _orthanc_loop_runs.cancel()  # the loop may wait for it

    async def cancel() -> None:
        if tasks := _orthanc_loop_runs.cancel_tasks(loop):
            await asyncio.wait(tasks)

    try:
        _wait_for(loop, cancel(), max(_orthanc_threads.GRACE, _orthanc_threads.time_left()), of_stop=True)
    except TimeoutError:
        _orthanc_threads.warn("Python: the tasks of the event loop do not end; the stop does not wait for them any longer")


def stop() -> None:
    """Cancel what is still running and end the thread."""
    global _loop, _thread, _running, _stopping
    _stopping = False
    with _lock:
        loop, running, _loop, _thread, _running = _loop, _running, None, None, None
    if loop is not None and running is not None:
        loop.call_soon_threadsafe(loop.stop)
        running.acquire(timeout=max(_orthanc_threads.GRACE, _orthanc_threads.time_left()))


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop, or None if it takes no more callbacks. Raise what its beginning raises."""
    global _running
    with _lock:
        if _stopping:
            return None
        if _loop is None:
            begun = _orthanc_threads.allocate_lock()
            begun.acquire()
            errors: list[BaseException] = []
            _running = _orthanc_threads.begin_thread(lambda: _serve(begun, errors), "orthanc-event-loop")
            begun.acquire()
            if errors:
                raise errors[0]
        assert _loop is not None
        return _loop


def _wait_for(
    loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, object], timeout: float = -1.0, *, of_stop: bool = False
) -> tuple[Any, BaseException | None] | None:
    """Run a coroutine on the loop, and wait for its outcome. Return None if the stop came first. Raises TimeoutError.

    asyncio.run_coroutine_threadsafe() would wait by a lock that gevent may have replaced.
    """
    done = _orthanc_threads.allocate_lock()
    done.acquire()
    tasks: list[asyncio.Task[tuple[Any, BaseException | None]]] = []  # the loop itself keeps weak references only
    outcome: tuple[Any, BaseException | None] | None = (None, RuntimeError(CANCELLED))  # if the loop ends before

    def begin() -> None:
        nonlocal outcome
        if _stopping and not of_stop:  # cancel_tasks() may have collected the tasks before
            outcome = None
            _release(done)
            return
        tasks.append(loop.create_task(_outcome(coroutine)))
        tasks[0].add_done_callback(end)

    def end(task: asyncio.Task[tuple[Any, BaseException | None]]) -> None:
        nonlocal outcome
        if task.cancelled():  # before its first step
            import asyncio

            coroutine.close()
            outcome = None, _cancellation(asyncio.CancelledError())
        else:
            outcome = task.result()
        _release(done)

    wait = (loop, done)
    with _lock:
        _waits.append(wait)
    try:
        loop.call_soon_threadsafe(begin)
        if not done.acquire(timeout=timeout):
            raise TimeoutError
    except RuntimeError:  # the loop has ended
        pass
    finally:
        with _lock:
            _waits.remove(wait)
    if not tasks and outcome is not None:
        coroutine.close()
    return outcome


def _release(done: LockType) -> None:
    if done.locked():  # both the end of the task and the end of the loop call this, on the loop's thread
        done.release()


def _serve(begun: LockType, errors: list[BaseException]) -> None:
    """Make the loop, on its thread: gevent binds it to that. Release the lock, and run the loop.

    What is raised before the release goes to the list.
    """
    global _loop, _thread
    try:
        import asyncio

        import orthanc

        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        _loop, _thread = loop, _orthanc_threads.get_ident()
    except BaseException as error:
        errors.append(error)
        return
    finally:
        begun.release()
    try:
        orthanc._begin_event_loop()  # type: ignore[attr-defined]
        _call_if_there("SetCurrentThreadName", "PYTHON-ASYNC")  # in Orthanc's log
        _orthanc_loop_runs.run(loop, lambda: _loop is not loop)
        _ending.add(loop)
        _orthanc_loop_runs.run_until(loop, _orthanc_loop_runs.end_tasks(loop))
    finally:
        loop.close()
        _ending.discard(loop)
        with _lock:
            if _loop is loop:  # not ended by stop(): the next callback begins another
                _loop = _thread = None
            for each, done in _waits:
                if each is loop:
                    _release(done)
        _call_if_there("ClearCurrentThreadName")


def _call_if_there(name: str, *arguments: object) -> None:
    import orthanc

    if orthanc.HasFunction(name):
        try:  # noqa: SIM105
            getattr(orthanc, name)(*arguments)
        except RuntimeError:  # Orthanc has stopped
            pass


def _cancellation(error: BaseException) -> BaseException:
    """Return the error for the log: that of the stop, or the CancelledError that the script has caused."""
    import asyncio

    return RuntimeError(CANCELLED) if _stopping or asyncio.get_running_loop() in _ending else error


async def _outcome(coroutine: Coroutine[Any, Any, object]) -> tuple[object, BaseException | None]:
    """The result or the error: a SystemExit that left a task would end the loop for all others."""
    import asyncio

    result: object = None
    failure: BaseException | None = None
    try:
        result = await coroutine
    except asyncio.CancelledError as error:
        failure = _cancellation(error)
    except BaseException as error:
        failure = error
    if _orthanc_workers.in_worker:  # forked by the callback
        _orthanc_workers.end("a callback", None, "", None, failure)
    return result, failure


def _run_in_a_thread(coroutine: Coroutine[Any, Any, object]) -> object:
    global _waiting
    with _lock:
        _waiting += 1
    try:
        return _orthanc_loop_runs.run_in_a_thread(
            lambda: _orthanc_loop_runs.cancellable(_outcome(coroutine), lambda: _stopping)
        )
    finally:
        coroutine.close()  # if it could not begin
        with _lock:
            _waiting -= 1


def _run_alone(coroutine: Coroutine[Any, Any, object]) -> object:
    caller = _orthanc_threads.get_ident()

    def wanted() -> _orthanc_loop_runs.Outcome:
        return _orthanc_loop_runs.limited(_outcome(coroutine), max(_orthanc_threads.GRACE, _orthanc_threads.time_left()))

    try:
        import asyncio

        if asyncio._get_running_loop() is not None:
            return _orthanc_loop_runs.run_in_a_thread(wanted)
        _coroutines[caller] = coroutine
        try:
            result, error = _orthanc_loop_runs.run_alone(wanted)
        finally:
            _coroutines.pop(caller, None)
    finally:
        coroutine.close()  # if it could not begin
    if error is not None:
        raise error
    return result
