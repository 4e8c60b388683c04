# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs written in Python, in the two forms that scripts may give them: an object with methods, or a generator."""

from __future__ import annotations

import json
import sys
from contextvars import Context

import orthanc

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

ENVELOPE = "Python"  # Orthanc wants an object, and adds members of its own to it
DEEPEST = 900  # lists and objects within each other: Orthanc's JSON parser takes 1,000


def adapt(job: object) -> ObjectJob | GeneratorJob:
    """The job behind what the script passed. Raises TypeError when it is neither form."""
    import inspect  # at the first job: it would be a third of the time that the plugin's start takes

    if inspect.isgenerator(job) or inspect.isgeneratorfunction(job):
        return GeneratorJob(job)
    if callable(getattr(job, "step", None)):
        return ObjectJob(job)
    from collections.abc import Generator

    if isinstance(job, Generator):  # of a compiler such as Cython
        return GeneratorJob(job)
    raise TypeError(f"a job must be a generator, a generator function, or an object with the method step(), not {type(job)}")


def unserialized(text: str) -> object:
    """Return what serialize() had returned."""
    return json.loads(text)[ENVELOPE]


def _as_json(value: object, errors: str) -> bytes:
    """Return JSON that Orthanc's parser takes, because Orthanc ends at once if it refuses a text of a job.

    Args:
        errors: for str.encode(), about half of a surrogate pair.

    Raises:
        ValueError: a number is not finite or too large, or the value is nested too deeply.
    """
    text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    _check(value)
    return text.encode("utf-8", errors)


def _check(value: object) -> None:
    level = [value]
    for _ in range(DEEPEST):
        inner: list[object] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, (list, tuple)):
                inner += each
            elif isinstance(each, int) and abs(each) > sys.float_info.max:
                raise ValueError("a number is larger than Orthanc's JSON can have")
        if not inner:
            return
        level = inner
    raise ValueError(f"lists and dictionaries are nested in more than {DEEPEST} levels")


def _optional(job: object, name: str, default: object) -> object:
    """An attribute of the script's object, or the result of that method."""
    value = getattr(job, name, default)
    return _call(name, value) if callable(value) else value


def _call(name: str, method: Callable[..., Any], *arguments: object) -> Any:
    """Return the result of a method of the script.

    Raises:
        TypeError: it is an `async def` or a generator function, so that nothing of it has run. A stop would cancel an async
            step in its middle, and the job would have failed for good.
    """
    import inspect
    from collections.abc import AsyncGenerator, Coroutine, Generator

    refusal = f"the method {name}() of a job must be a plain `def`"
    kinds = inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction
    if any(is_kind(method) for is_kind in kinds):
        raise TypeError(refusal)
    result = method(*arguments)
    if inspect.iscoroutine(result) and inspect.getcoroutinestate(result) == inspect.CORO_CREATED:  # by a decorator
        result.close()
        raise TypeError(refusal)
    if inspect.isgenerator(result) and inspect.getgeneratorstate(result) == inspect.GEN_CREATED:
        result.close()
        raise TypeError(refusal)
    own = inspect.iscoroutine(result), inspect.isgenerator(result), inspect.isasyncgen(result)
    if not any(own) and isinstance(result, (AsyncGenerator, Coroutine, Generator)):
        raise TypeError(refusal)  # of a compiler such as Cython. It may be in use, so it is not closed
    return result


class ObjectJob:
    """An object with step(), and optionally stop(reason), reset(), progress, content and serialize()."""

    can_start_again = True

    def __init__(self, job: Any) -> None:
        self.job = job

    def step(self) -> int:
        status = _call("step", self.job.step)
        if status is None:
            return orthanc.JobStepStatus.CONTINUE
        if isinstance(status, bool) or not isinstance(status, int):
            raise TypeError(
                f"step() must return JobStepStatus.SUCCESS, CONTINUE or FAILURE, or None to go on, not {type(status)}"
            )
        return orthanc.JobStepStatus(status)

    def stop(self, reason: int) -> None:
        if hasattr(self.job, "stop"):
            _call("stop", self.job.stop, reason)

    def reset(self) -> None:
        if not hasattr(self.job, "reset"):
            raise RuntimeError("a job without the method reset() cannot start again")
        _call("reset", self.job.reset)

    def progress(self) -> float:
        return float(_optional(self.job, "progress", 0.0))  # type: ignore[arg-type]

    def content(self) -> bytes:
        content = _optional(self.job, "content", {})
        if not isinstance(content, dict):
            raise TypeError(f"the content of a job must be a dictionary, not of the type {type(content).__name__}")
        return _as_json(content, "replace")

    def serialized(self) -> bytes | None:
        """None if the job cannot be taken up again after a restart of Orthanc."""
        if not hasattr(self.job, "serialize"):
            return None
        return _as_json({ENVELOPE: _call("serialize", self.job.serialize)}, "strict")


class GeneratorJob:
    """A generator that yields its progress, from 0 to 1. Given as a function, it can be started again.

    All its steps run in one context: what it sets before a `yield` is there after it.
    """

    def __init__(self, source: Generator[float, None, None] | Callable[[], Generator[float, None, None]]) -> None:
        self.function = source if callable(source) else None
        self.can_start_again = self.function is not None
        self.generator = source() if callable(source) else source
        self.context = Context()
        self.done = 0.0

    def step(self) -> int:
        try:
            self.done = float(self.context.run(next, self.generator))
        except StopIteration:
            self.done = 1.0
            return orthanc.JobStepStatus.SUCCESS
        return orthanc.JobStepStatus.CONTINUE

    def stop(self, reason: int) -> None:
        if reason != orthanc.JobStopReason.PAUSED:
            self.context.run(self.generator.close)

    def reset(self) -> None:
        assert self.function is not None  # can_start_again
        self.generator = self.function()
        self.context = Context()
        self.done = 0.0

    def progress(self) -> float:
        return self.done

    def content(self) -> bytes:
        return b"{}"

    def serialized(self) -> bytes | None:
        return None
