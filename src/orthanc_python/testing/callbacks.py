# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls callbacks as the plugin does. Those written as `async def` run on one event loop, as long as the stand-in is in use."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

MOMENT = 0.05  # seconds


class Callbacks:
    """Calls callbacks."""

    _loop: asyncio.AbstractEventLoop | None = None

    def run(self, callback: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        """Call a callback and return its result. Tasks that go on after it have a moment, in which they mostly end."""
        result = callback(*arguments, **keywords)
        if issubclass(type(result), Coroutine):
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
            result = self._loop.run_until_complete(_result_of(result))
        if self._loop is not None and (tasks := asyncio.all_tasks(self._loop)):
            self._loop.run_until_complete(asyncio.wait(tasks, timeout=MOMENT))
        return result

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
        loop, self._loop = self._loop, None
        if loop is None:
            return
        try:
            tasks = asyncio.all_tasks(loop)
            for task in tasks:
                task.cancel()
            loop.run_until_complete(_ended(tasks))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            loop.close()


async def _result_of(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return await coroutine


def _is_generator(result: Any, *methods: str) -> bool:
    """Return whether a result has the methods of a generator, as those of compilers such as Cython have too."""
    return all(hasattr(type(result), method) for method in methods)


async def _ended(tasks: set[asyncio.Task[Any]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)


def yielded(result: Any) -> bytes | None:
    """Return the answer of a REST callback that is a generator function, None for another. Raise TypeError as Orthanc does."""
    if _is_generator(result, "__anext__", "asend"):
        raise TypeError(
            "a REST callback cannot be an asynchronous generator (`async def` with `yield`): remove `async`, or call "
            "output.AnswerBuffer instead of `yield`"
        )
    return b"".join(_parts(result)) if _is_generator(result, "__next__", "send") else None


def _parts(generator: Any) -> Iterator[bytes]:
    for part in generator:
        if not isinstance(part, str | bytes | bytearray | memoryview):
            raise TypeError(f"a REST callback that is a generator function must yield str or bytes, not {part!r}")
        yield part.encode() if isinstance(part, str) else bytes(part)
