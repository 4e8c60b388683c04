# SPDX-License-Identifier: GPL-3.0-or-later
# The smallest plugin: one route that answers a text, with the name the client gives.
# curl 'http://localhost:8042/hello?name=Ada'

import urllib.parse
from typing import Any

import orthanc


def hello(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    name = request["get"].get("name", "world")
    if not orthanc.CheckVersionAdvanced(1, 12, 10):  # Debian's older ones do not decode it
        name = urllib.parse.unquote_plus(name)
    output.AnswerBuffer(f"Hello, {name}!\n", "text/plain; charset=utf-8")


orthanc.RegisterRestCallback("/hello", hello)
