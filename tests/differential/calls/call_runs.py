# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes calls with one plugin. One that ends Orthanc has that as its outcome, and Orthanc is started again for the rest."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import dicom_steps
from call_generator import Call
from compare import NEVER
from files import make_file
from normal import Normal
from steps import until

from orthanc_python import OrthancServer
from tests.integration.web_server import WebServer

SCRIPT = Path(__file__).with_name("call_script.py")
TIMEOUT = 30.0
FAILURES = (OSError, http.client.HTTPException, RuntimeError)


def outcomes(plugin: Path, group: str, calls: Sequence[Call], folder: Path, web: WebServer) -> dict[str, str]:
    """Return the outcome of each call."""
    folder.mkdir()
    found: dict[str, str] = {}
    while waiting := [call for call in calls if str(call) not in found]:
        before = len(found)
        run(plugin, group, waiting, folder, web, found)
        if len(found) == before:
            raise AssertionError(f"Orthanc made none of {len(waiting)} calls, of which {waiting[0]} is the first")
    return found


def run(plugin: Path, group: str, calls: Sequence[Call], folder: Path, web: WebServer, found: dict[str, str]) -> None:
    """Make the calls until Orthanc ends, and add what came of them."""
    results = folder / "results.jsonl"
    results.write_text("")
    (folder / "calls.json").write_text(json.dumps([call.code for call in calls]))
    (folder / "file.dcm").write_bytes(make_file("CT"))
    environment = {
        "CALLS": os.fspath(folder / "calls.json"),
        "CALLS_RESULTS": os.fspath(results),
        "CALLS_DICOM": os.fspath(folder / "file.dcm"),
        "CALLS_GROUP": group,
        "WEB": web.url,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    settings = {"StableAge": 60, "DicomAlwaysAllowFind": True, "DicomAlwaysAllowFindWorklist": True}
    server = OrthancServer(
        SCRIPT, plugin=plugin, dicom=True, configuration=settings, environment=environment, working_folder=folder
    )
    try:
        with contextlib.suppress(*FAILURES):
            server.start()
            make(server, group, len(calls), results)
        names = {
            os.fspath(server.folder): "<server>",
            os.fspath(folder): "<folder>",
            web.url: "<web>",
            os.fspath(plugin): "<plugin>",
        }
        names |= {str(server.http_port): "<http>", str(server.dicom_port): "<dicom>"}
        normal = Normal(names)
        lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
        if lines and "outcome" not in lines[-1]:
            crashed = until(lambda: not server.running) == "seen"
            lines.append({"number": lines[-1]["number"], "outcome": "ends Orthanc" if crashed else "does not return"})
    finally:
        server.close()
    found.update({str(calls[line["number"]]): normal.text(line["outcome"]) for line in lines if "outcome" in line})


def is_noted(results: Path, number: int, server: OrthancServer) -> bool:
    return f'{{"number": {number}, "outcome"' in results.read_text() or not server.running


def make(server: OrthancServer, group: str, count: int, results: Path) -> None:
    if group == "output":
        for number in range(count):  # one request each; some of the answers are none
            with contextlib.suppress(*FAILURES):
                server.get(f"/calls/{number}", timeout=TIMEOUT)
            # The answer may be there before the outcome.
            if until(partial(is_noted, results, number, server)) == NEVER or not server.running:
                return
    elif group == "find":
        dicom_steps.find(server.dicom_port, "PATIENT", "PatientID=")
    elif group == "worklist":
        dicom_steps.worklist(server.dicom_port, "PatientID=")
    elif group != "start":
        server.post("/instances", make_file("CT"))
        server.get("/calls/all", timeout=TIMEOUT)
