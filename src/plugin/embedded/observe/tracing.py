# SPDX-License-Identifier: GPL-3.0-or-later
"""A span of OpenTelemetry around each callback, if a script has set a provider of them.

No attribute is a patient's value: of an exception it has the type alone. The names are OpenTelemetry's conventions, but
for the kind of the callback. What fails in a script's provider costs the span, and never the callback.
"""

from __future__ import annotations

import functools
import os
import types

import _orthanc_own_log
import orthanc

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from typing import Any

    from opentelemetry.trace import Span, Tracer

NAME = "orthanc-python"
DISABLED = "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"  # OpenTelemetry's own variable: names, divided by commas

_warned = False


def start() -> None:
    """Trace the callbacks of the scripts, unless there is no provider: then a span would only cost time."""
    global _warned
    _warned = False
    try:
        from opentelemetry import trace

        if isinstance(trace.get_tracer_provider(), (trace.ProxyTracerProvider, trace.NoOpTracerProvider)):
            return
        if NAME in (name.strip() for name in os.environ.get(DISABLED, "").split(",")):
            return

        orthanc._wrap_callbacks(traced)  # type: ignore[attr-defined]
    except Exception as error:
        _warn(error)


def traced(callback: Callable[..., Any], kind: str, name: str, place: str) -> Callable[..., Any]:
    """Return a function that calls the callback within a span, until the callback and its result have ended."""
    file, _, line = place.rpartition(":")
    attributes: dict[str, str | int] = {"orthanc.callback.kind": kind, "code.function.name": name}
    if line.isdigit():
        attributes |= {"code.file.path": file, "code.line.number": int(line)}
    try:
        from opentelemetry import trace

        tracer = trace.get_tracer(NAME)

        @functools.wraps(callback)
        def within_span(*arguments: Any, **request: Any) -> Any:
            span = _begun(tracer, name, request.get("headers"), attributes)
            if span is None:
                return callback(*arguments, **request)
            continued = None
            try:
                with _current(span):
                    result = callback(*arguments, **request)
                continued = _CONTINUED.get(type(result))
            except BaseException as error:
                _fail(span, error)
                raise
            finally:
                if continued is None:
                    _end(span)
            return result if continued is None else continued(span, result)
    except Exception as error:  # an object may refuse to be looked at
        _warn(error)
        return callback
    return within_span


def _begun(tracer: Tracer, name: str, headers: dict[str, str] | None, attributes: dict[str, str | int]) -> Span | None:
    """Return a new span. That of an HTTP request continues the trace of the client; no other callback has headers."""
    try:
        from opentelemetry import propagate, trace

        parent = None if headers is None else propagate.extract(headers)
        kind = trace.SpanKind.INTERNAL if headers is None else trace.SpanKind.SERVER
        return tracer.start_span(name, context=parent, kind=kind, attributes=attributes)
    except Exception as error:
        _warn(error)
        return None


def _current(span: Span) -> Any:
    from opentelemetry import trace

    return trace.use_span(span, record_exception=False, set_status_on_exception=False)


def _fail(span: Span, error: BaseException) -> None:
    try:
        from opentelemetry.trace import Status, StatusCode

        span.add_event("exception", {"exception.type": f"{type(error).__module__}.{type(error).__qualname__}"})
        span.set_status(Status(StatusCode.ERROR))
    except Exception as problem:
        _warn(problem)


def _end(span: Span) -> None:
    try:
        span.end()
    except Exception as error:
        _warn(error)


def _warn(error: Exception) -> None:
    """Say once a start that spans are missing."""
    global _warned
    if not _warned:
        _warned = True
        _orthanc_own_log.warning(f"Python: a callback is not traced: {type(error).__name__}: {error}")


async def _coroutine(span: Span, coroutine: Coroutine[Any, Any, object]) -> object:
    try:
        with _current(span):
            return await coroutine
    except BaseException as error:
        _fail(span, error)
        raise
    finally:
        _end(span)


def _generator(span: Span, generator: Generator[Any, Any, object]) -> Generator[Any, Any, object]:
    try:
        with _current(span):
            return (yield from generator)
    except BaseException as error:
        _fail(span, error)
        raise
    finally:
        _end(span)


_CONTINUED: dict[type, Callable[[Any, Any], Any]] = {types.CoroutineType: _coroutine, types.GeneratorType: _generator}
