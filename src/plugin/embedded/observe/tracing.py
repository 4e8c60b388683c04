# SPDX-License-Identifier: GPL-3.0-or-later
"""A span of OpenTelemetry around each callback, if a script has set a provider of them.

No attribute is a patient's value. Their names are OpenTelemetry's semantic conventions, but for the kind of the callback.
"""

from __future__ import annotations

import functools
import types

import _orthanc_own_log
import orthanc
from opentelemetry import trace
from opentelemetry.propagate import extract

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from typing import Any


def start() -> None:
    """Trace the callbacks of the scripts, unless there is no provider: then a span would only cost time."""
    if isinstance(trace.get_tracer_provider(), (trace.ProxyTracerProvider, trace.NoOpTracerProvider)):
        return
    try:
        orthanc._wrap_callbacks(traced)  # type: ignore[attr-defined]
    except Exception as error:  # of a provider of the script's
        _orthanc_own_log.warning(f"Python: the callbacks are not traced: {type(error).__name__}: {error}")


def traced(callback: Callable[..., Any], kind: str, name: str, place: str) -> Callable[..., Any]:
    """Return a function that calls the callback within a span, until the callback and its result have ended."""
    tracer = trace.get_tracer("orthanc-python")
    file, _, line = place.rpartition(":")
    attributes: dict[str, str | int] = {"orthanc.callback.kind": kind, "code.function.name": name}
    if line.isdigit():
        attributes |= {"code.file.path": file, "code.line.number": int(line)}

    @functools.wraps(callback)
    def within_span(*arguments: Any, **request: Any) -> Any:
        headers = request.get("headers")  # those of HTTP requests
        span = tracer.start_span(
            name,
            context=None if headers is None else extract(headers),  # continues the trace of the client
            kind=trace.SpanKind.INTERNAL if headers is None else trace.SpanKind.SERVER,
            attributes=attributes,
        )
        continued = None
        try:
            with trace.use_span(span):
                result = callback(*arguments, **request)
            continued = _CONTINUED.get(type(result))
        finally:
            if continued is None:
                span.end()
        return result if continued is None else continued(span, result)

    return within_span


async def _coroutine(span: trace.Span, coroutine: Coroutine[Any, Any, object]) -> object:
    with trace.use_span(span, end_on_exit=True):
        return await coroutine


def _generator(span: trace.Span, generator: Generator[Any, Any, object]) -> Generator[Any, Any, object]:
    with trace.use_span(span, end_on_exit=True):
        return (yield from generator)


_CONTINUED: dict[type, Callable[[Any, Any], Any]] = {types.CoroutineType: _coroutine, types.GeneratorType: _generator}
