# SPDX-License-Identifier: GPL-3.0-or-later
"""REST callbacks that are generator functions: what they yield is the body of the answer."""

from __future__ import annotations

import orthanc

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def answer(output: Any, generator: Any) -> None:
    """Send what a generator yields, part by part where Orthanc can (from 1.12.6 on), else as a whole.

    A generator that yields nothing gives an empty answer, unless it has used `output` itself.
    """
    if not hasattr(generator, "__next__"):
        raise TypeError(
            "a REST callback cannot be an asynchronous generator (`async def` with `yield`): remove `async`, or call "
            "output.AnswerBuffer instead of `yield`"
        )
    parts = _checked(generator)
    try:
        first = next(parts)
    except StopIteration:
        try:  # noqa: SIM105
            output.AnswerBuffer(b"", "text/plain")
        except orthanc.OrthancException:  # there is an answer already
            pass
        return
    mime_type = "text/plain" if isinstance(first, str) else "application/octet-stream"
    if orthanc.HasFunction("RestOutput.StartStreamAnswer"):
        output.StartStreamAnswer(mime_type)
        output.SendStreamChunk(first)
        for part in parts:
            output.SendStreamChunk(part)
    else:
        output.AnswerBuffer(b"".join(_bytes(part) for part in (first, *parts)), mime_type)


def _checked(generator: Any) -> Iterator[Any]:
    for part in generator:
        if not isinstance(part, (str, bytes, bytearray, memoryview)):
            shown = part if type(part) in (int, bool, type(None)) else type(part)
            raise TypeError(f"a REST callback that is a generator function must yield str or bytes, not {shown}")
        yield part


def _bytes(part: Any) -> bytes:
    return part.encode() if isinstance(part, str) else bytes(part)
