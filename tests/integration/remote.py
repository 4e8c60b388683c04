# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs Python code inside Orthanc, in a REST callback, and brings back its result."""

from __future__ import annotations

import base64
import json
import textwrap
from typing import Any

from orthanc_python import OrthancServer

SCRIPT = """
import base64
import json

import orthanc

kept = {}  # what a piece of code leaves for the next ones


def encode(value):
    if isinstance(value, (bytes, bytearray)):
        return {"__bytes__": base64.b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} cannot be brought back")


def run(output, uri, **request):
    scope = {"orthanc": orthanc, "output": output, "request": request, "kept": kept}
    try:
        exec(compile(request["body"], "<test>", "exec"), scope)
        answer = json.dumps({"result": scope.get("result")}, default=encode)
    except BaseException as error:
        bases = [base.__name__ for base in type(error).__mro__]
        answer = json.dumps({"error": bases, "arguments": list(error.args)}, default=repr)
    output.AnswerBuffer(answer, "application/json")


orthanc.RegisterRestCallback("/run", run)
"""


class ScriptError(Exception):
    """The code raised an exception."""

    def __init__(self, kind: str, bases: list[str], arguments: list[Any]) -> None:
        super().__init__(f"{kind}: {arguments}")
        self.kind = kind
        self.bases = bases
        self.arguments = arguments


class Remote:
    """`remote("result = 1 + 1")` gives what the code assigned to `result`; the name `orthanc` is known to it."""

    def __init__(self, server: OrthancServer) -> None:
        self.server = server

    def __call__(self, code: str) -> Any:
        answer = self.server.post("/run", textwrap.dedent(code))
        assert answer.status == 200, f"HTTP status {answer.status}: {answer.text}"
        content = json.loads(answer.body, object_hook=_decode)
        if "error" in content:
            raise ScriptError(content["error"][0], content["error"], content["arguments"])
        return content["result"]

    def value(self, expression: str) -> Any:
        """The value of an expression."""
        return self(f"result = {expression}")

    def error(self, code: str) -> ScriptError:
        """The exception that the code must raise."""
        try:
            result = self(code)
        except ScriptError as error:
            return error
        raise AssertionError(f"nothing was raised, the result is {result!r}")


def _decode(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["__bytes__"]) if "__bytes__" in value else value
