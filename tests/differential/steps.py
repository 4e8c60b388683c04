# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a case: what each does to a server, and what comes of it.

GET, POST, PUT, DELETE, HEAD PATH [-H "NAME: VALUE"] [-d BODY | -d @FILE]   a request
UPLOAD FILE [KEYWORD=VALUE...]                                        a file by HTTP, with elements replaced
STORE FILE [KEYWORD=VALUE...]                                         a file by C-STORE
ECHO                                                                  a C-ECHO
FIND LEVEL KEYWORD=VALUE...                                           a C-FIND; LEVEL is PATIENT, STUDY, SERIES or IMAGE
WORKLIST KEYWORD=VALUE...                                             a C-FIND of the worklist
MOVE LEVEL TARGET KEYWORD=VALUE...                                    a C-MOVE
COMMIT SOP_CLASS/SOP_INSTANCE...                                      an N-ACTION of storage commitment
WAIT PATH TEXT                                                        until the answer has the text
PRINTED TEXT                                                          until the script has printed the text
RESET                                                                 POST /tools/reset, and until Orthanc answers again

In paths, bodies and values {patient}, {study}, {series} and {instance} are Orthanc's identifiers of the last file uploaded.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import dicom_steps
from compare import NEVER
from files import make_file
from normal import Normal

from orthanc_python import OrthancServer

TIMEOUT = 15.0
PATIENCE = 60.0  # of a wait, as a busy machine may need it


class Steps:
    """Does a case's steps to one server."""

    def __init__(self, server: OrthancServer, normal: Normal, names: dict[str, str]) -> None:
        self.server = server
        self.normal = normal
        self.names = names

    def run(self, step: list[str]) -> Any:
        """Return the normalized result of a step."""
        verb, *words = step
        words = [re.sub(r"\{(\w+)\}", lambda found: self.names.get(found[1], found[0]), word) for word in words]
        action: Callable[..., Any] = getattr(self, f"do_{verb.lower()}", None) or getattr(dicom_steps, verb.lower())
        try:
            return action(*words) if verb in HTTP_VERBS else self.normal.value(action(self.server.dicom_port, *words))
        except (ConnectionError, TimeoutError) as error:
            return type(error).__name__
        except Exception as error:
            if type(error).__module__ == "http.client":
                return type(error).__name__
            raise

    def request(self, method: str, path: str, *options: str) -> Any:
        headers: dict[str, str] = {}
        body: bytes | None = None
        for option, value in zip(options[::2], options[1::2], strict=True):
            if option == "-H":
                name, _, text = value.partition(":")
                headers[name] = text.strip()
            elif option == "-d":
                body = make_file(value[1:]) if value.startswith("@") else value.encode()
            else:
                raise ValueError(f"{option} is not an option of a request")
        answer = self.server.request(method, path, body, headers, timeout=TIMEOUT)
        self.answered = answer
        return {"status": answer.status, "headers": self.normal.headers(answer.headers), "body": self.normal.body(answer.body)}

    def do_get(self, *words: str) -> Any:
        return self.request("GET", *words)

    def do_head(self, *words: str) -> Any:
        return self.request("HEAD", *words)

    def do_post(self, *words: str) -> Any:
        return self.request("POST", *words)

    def do_put(self, *words: str) -> Any:
        return self.request("PUT", *words)

    def do_delete(self, *words: str) -> Any:
        return self.request("DELETE", *words)

    def do_upload(self, file: str, *elements: str) -> Any:
        answer = self.server.post("/instances", make_file(file, *elements))
        if answer.status == 200 and isinstance(stored := answer.json(), dict) and "ID" in stored:
            self.names |= {"instance": stored["ID"], "patient": stored["ParentPatient"]}
            self.names |= {"study": stored["ParentStudy"], "series": stored["ParentSeries"]}
        return {"status": answer.status, "body": self.normal.body(answer.body)}

    def do_wait(self, path: str, text: str) -> Any:
        return until(lambda: text in self.server.get(path).text)

    def do_printed(self, *words: str) -> Any:
        return until(lambda: " ".join(words) in self.server.output())

    def do_reset(self) -> Any:
        self.server.reset(timeout=TIMEOUT)
        return until(self._answers)

    def _answers(self) -> bool:
        try:
            return self.server.get("/system", timeout=TIMEOUT).status == 200
        except OSError:
            return False


HTTP_VERBS = {name.removeprefix("do_").upper() for name in vars(Steps) if name.startswith("do_")}


def until(look: Callable[[], bool]) -> str:
    end = time.monotonic() + PATIENCE
    while not look():
        if time.monotonic() > end:
            return NEVER
        time.sleep(0.02)
    return "seen"
