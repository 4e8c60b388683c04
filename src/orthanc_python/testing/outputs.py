# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of calls of a RestOutput: Orthanc takes one answer to a request, and raises for what comes after it."""

from __future__ import annotations

from types import ModuleType

from orthanc_python.testing.handle import Handle

BAD_SEQUENCE = (6, "Bad sequence of calls")
_ANY_TIME = {"SetHttpErrorDetails", "StartMultipartAnswer"}  # Orthanc ignores them after the answer
_PARTS = {"SendMultipartItem": "multipart", "SendMultipartItem2": "multipart", "SendStreamChunk": "stream"}
_STARTS = {"StartMultipartAnswer": "multipart", "StartStreamAnswer": "stream"}
_HEADERS = {"SetCookie", "SetHttpHeader"}


def check(name: str, output: Handle | None, module: ModuleType | None) -> None:
    """Raise OrthancException for a call that comes too late, or too early."""
    method = _method(name)
    if output is None or method is None or module is None:
        return
    if method in _PARTS:
        allowed = output.state == _PARTS[method]
    elif output.state == "answered":
        allowed = method in _ANY_TIME
    else:
        allowed = output.state == "" or method == "SetHttpErrorDetails"
    if not allowed:
        raise module.OrthancException(*BAD_SEQUENCE)


def note(name: str, output: Handle) -> None:
    """Note that a call has succeeded."""
    method = _method(name)
    if method is not None and output.state == "" and method not in _HEADERS and method != "SetHttpErrorDetails":
        output.state = _STARTS.get(method, "answered")


def _method(name: str) -> str | None:
    owner, _, method = name.partition(".")
    return method if owner == "RestOutput" else None
