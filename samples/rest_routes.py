# SPDX-License-Identifier: GPL-3.0-or-later
# New REST routes: notes kept in memory, with parts of the address, all four methods, headers and a body.
# curl -X PUT http://localhost:8042/notes/monday -d 'Call the clinic'; curl http://localhost:8042/notes/monday

import json
import threading
from typing import Any

import orthanc

notes: dict[str, bytes] = {}
lock = threading.Lock()  # Orthanc answers several requests at the same time
TYPES = ("text/plain", "text/markdown")  # never text/html: a browser would run the scripts in a note


def list_notes(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    prefix = request["get"].get("prefix", "")
    with lock:
        names = sorted(name for name in notes if name.startswith(prefix))
    output.AnswerBuffer(json.dumps(names), "application/json")


def one_note(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    (name,) = request["groups"]
    method = request["method"]
    with lock:
        if method == "PUT":
            notes[name] = request["body"]
        elif method == "POST":
            notes[name] = notes.get(name, b"") + request["body"]
        elif name not in notes:
            output.SendHttpStatusCode(404)
            return
        text = notes.pop(name) if method == "DELETE" else notes[name]
    output.SetHttpHeader("X-Note-Size", str(len(text)))
    accepted = request["headers"].get("accept")
    output.AnswerBuffer(text, accepted if accepted in TYPES else TYPES[0])


orthanc.RegisterRestCallback("/notes", list_notes)
orthanc.RegisterRestCallback("/notes/([a-z]+)", one_note)
