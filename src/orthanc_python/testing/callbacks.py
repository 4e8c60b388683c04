# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls callbacks as the plugin does. Those written as `async def` run on one event loop, as long as the stand-in is in use."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from types import ModuleType
from typing import Any
from weakref import WeakSet

from orthanc_python.testing import outputs, recorder
from orthanc_python.testing.handle import LENT, Handle
from orthanc_python.testing.recorder import Recorder
from orthanc_python.testing.shown import shown

MOMENT = 0.05  # seconds


class Callbacks:
    """Calls callbacks."""

    _loop: asyncio.AbstractEventLoop | None = None
    _tasks: WeakSet[asyncio.Task[Any]]  # all of the loop

    def run(self, callback: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        """Call a callback and return its result.

        Then the objects that it was lent are no longer valid. Tasks that go on have a moment, in which they mostly end.
        """
        return self._run(callback, arguments, keywords)

    def answer_rest(self, callback: Callable[..., Any], output: Handle, *arguments: Any, **request: Any) -> bytes | None:
        """Call a REST callback, and return what it yields, None if it is not a generator function."""
        answer: bytes | None = self._run(
            callback, (output, *arguments), request, lambda result: yielded(result, output), routes=False
        )
        return answer

    def _run(
        self,
        callback: Callable[..., Any],
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        finish: Callable[[Any], Any] = lambda result: result,
        *,
        routes: bool = True,
    ) -> Any:
        try:
            with recorder.current.script(routes=routes):
                result = callback(*arguments, **keywords)
                if issubclass(type(result), Coroutine):
                    result = self._complete(_result_of(result))
                return finish(result)
        finally:
            for each in arguments:
                if isinstance(each, Handle) and each.is_lent:
                    each.end(LENT)
            if self._loop is not None and not self._loop.is_running() and (tasks := asyncio.all_tasks(self._loop)):
                self._complete(asyncio.wait(tasks, timeout=MOMENT))

    def _complete(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine on the event loop. Nothing on it may register a route."""
        if self._loop is None:
            self._loop, self._tasks = asyncio.new_event_loop(), WeakSet()
            self._loop.set_exception_handler(partial(_keep_failure, recorder.current))
            self._loop.set_task_factory(self._task)
        with recorder.current.script(routes=False):
            return self._loop.run_until_complete(coroutine)

    def _task(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        task = asyncio.Task(coroutine, loop=loop, **options)
        self._tasks.add(task)
        return task

    def tell(self, callback: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        """Call a callback that gives no result. Raise TypeError for a generator function, as Orthanc does."""
        result = self.run(callback, *arguments, **keywords)
        if _is_generator(result, "__next__", "send") or _is_generator(result, "__anext__", "asend"):
            raise TypeError(
                "the callback is a generator function, because it contains `yield`: its call has run nothing; "
                "remove `yield`, or move it to another function"
            )
        return result

    def close_loop(self) -> None:
        """Cancel the tasks that still run, and close the event loop."""
        loop = self._loop
        if loop is None:
            return
        try:
            tasks = asyncio.all_tasks(loop)
            for task in tasks:
                task.cancel()
            self._complete(_ended(tasks))
            self._complete(loop.shutdown_asyncgens())
            self._complete(loop.shutdown_default_executor())
            gc.collect()  # then asyncio reports the errors of tasks that nobody has asked for, except those that are kept
            for task in self._tasks:
                if task.done() and task._log_traceback and (error := task.exception()) is not None:
                    recorder.current.failures.append(error)
        finally:
            self._loop = None
            loop.close()


async def _result_of(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return await coroutine


def _is_generator(result: Any, *methods: str) -> bool:
    """Return whether a result has the methods of a generator, as those of compilers such as Cython have too."""
    return all(hasattr(type(result), method) for method in methods)


async def _ended(tasks: set[asyncio.Task[Any]]) -> None:
    """Wait for the tasks, and leave their errors to close_loop()."""
    if tasks:
        await asyncio.wait(tasks)


def _keep_failure(kept: Recorder, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Keep the error of a task for the end of its test. Orthanc's log would have it."""
    error = context.get("exception")
    if error is None:
        loop.default_exception_handler(context)
    else:
        kept.failures.append(error)


def yielded(result: Any, output: Handle) -> bytes | None:
    """Return the answer of a REST callback that is a generator function, None for another. Raise TypeError as Orthanc does."""
    if _is_generator(result, "__anext__", "asend"):
        raise TypeError(
            "a REST callback cannot be an asynchronous generator (`async def` with `yield`): remove `async`, or call "
            "output.AnswerBuffer instead of `yield`"
        )
    return _sent(_parts(result), output) if _is_generator(result, "__next__", "send") else None


def _sent(parts: Iterator[bytes], output: Handle) -> bytes:
    """Return the answer of a generator.

    As in the plugin, its first part begins the answer where the SDK can send parts, and else its end, if there was a part.
    """
    module = recorder.current.module
    streams = module is not None and hasattr(module.RestOutput, "StartStreamAnswer")
    sent = []
    for part in parts:
        sent.append(part)
        if streams:
            _begin(output, module)
    if sent and not streams:
        _begin(output, module)
    return b"".join(sent)


def _begin(output: Handle, module: ModuleType | None) -> None:
    """Begin an answer in parts, or go on with it. Raise OrthancException if there is another answer."""
    output.use()
    if output.state not in ("", "stream") and module is not None:
        raise module.OrthancException(*outputs.BAD_SEQUENCE)
    output.state = "stream"


def _parts(generator: Any) -> Iterator[bytes]:
    for part in generator:
        if not isinstance(part, str | bytes | bytearray | memoryview):
            raise TypeError(f"a REST callback that is a generator function must yield str or bytes, not {shown(part)}")
        yield part.encode() if isinstance(part, str) else bytes(part)
