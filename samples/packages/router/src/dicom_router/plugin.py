# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin. Name this module in the setting "Modules" of the section "Python"."""

from __future__ import annotations

import atexit
import json
from datetime import datetime, timezone
from typing import Any

import orthanc

from dicom_router.pending import Entry
from dicom_router.router import NotOpen, Router
from dicom_router.settings import Settings
from orthanc_python.inside import read_section

ORTHANC_REQUIRES = {"plugin": ">=0.1", "sdk": ">=1.10.1", "orthanc": ">=1.10.1"}
EXAMPLE = '{"Target": "archive", "Instance": "0b2c..."}'

router = Router(read_section("Router", Settings))


def answer(output: orthanc.RestOutput, content: object) -> None:
    output.AnswerBuffer(json.dumps(content, indent=2) + "\n", "application/json")


def show(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    answer(output, router.state())


def refused(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    """GET lists what is set aside. POST /retry sends it again."""
    retry = uri.endswith("/retry")
    if request["method"] != ("POST" if retry else "GET"):
        output.SendMethodNotAllowed("POST" if retry else "GET")
        return
    try:
        if retry:
            answer(output, {"Retried": router.retry(*choice(request["body"]))})
        else:
            answer(output, [described(each) for each in router.refused()])
    except ValueError as error:
        output.SendHttpStatus(400, f"invalid request: {error}. Send {EXAMPLE}, or {{}} for all")
    except NotOpen:
        output.SendHttpStatus(503, "the queue is not open yet: see Orthanc's log")


def choice(body: bytes) -> tuple[str | None, str | None]:
    """Return the target and the instance of a request; None stands for all."""
    wanted = json.loads(body or b"{}")
    if not isinstance(wanted, dict) or not wanted.keys() <= {"Target", "Instance"}:
        raise ValueError("only Target and Instance can be chosen")
    if not all(isinstance(each, str) for each in wanted.values()):
        raise ValueError("Target and Instance are texts")
    return wanted.get("Target"), wanted.get("Instance")


def described(entry: Entry) -> dict[str, object]:
    since = datetime.fromtimestamp(entry.since, timezone.utc).isoformat(timespec="seconds")
    return {
        "Instance": entry.instance,
        "Target": entry.target,
        "Refusals": entry.refusals,
        "Reason": entry.reason,
        "Since": since,
    }


orthanc.RegisterOnChangeCallback(router.on_change)
orthanc.RegisterRestCallback("/router", show)
orthanc.RegisterRestCallback("/router/refused(/retry)?", refused)
atexit.register(router.stop)
