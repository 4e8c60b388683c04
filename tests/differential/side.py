# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a case with one plugin, and gathers what can be seen of it."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from case import SCRIPTS, Case
from dicom_steps import Peer
from normal import Normal
from steps import Steps, until

from orthanc_python import OrthancServer
from orthanc_python.server.orthanc_server import PORT_TAKEN
from orthanc_python.server.start_errors import OrthancDidNotStart
from tests.integration.web_server import WebServer

OBSERVER = Path(__file__).with_name("observe.py")
ATTEMPTS = 5
LOG_LINE = re.compile(r"^([A-Z])\d{4} \S+ (?:.*?)\S+\.cpp:\d+\] (.*)$", re.MULTILINE)
LEVELS = ("patients", "studies", "series", "instances")


class PortTaken(Exception):
    """Another program has taken a port that was free when Orthanc started."""


@dataclass(frozen=True)
class Side:
    """A plugin, and the folder with the packages that scripts import."""

    plugin: Path
    packages: Path

    def run(self, case: Case, folder: Path, web: WebServer) -> dict[str, Any]:
        """Start Orthanc with the case's script and return what is compared, by aspect."""
        folder.mkdir()
        for attempt in range(ATTEMPTS):
            try:
                return self._run_once(case, folder / str(attempt), web)
            except PortTaken:  # the script may have run in an Orthanc that could not take its port: start all anew
                continue
        raise PortTaken

    def _run_once(self, case: Case, folder: Path, web: WebServer) -> dict[str, Any]:
        folder.mkdir()
        script = copy_script(case, folder)
        peer = Peer() if case.peer else None
        try:
            return self._run(case, folder, script, peer, web)
        finally:
            if peer is not None:
                peer.close()

    def _run(self, case: Case, folder: Path, script: Path, peer: Peer | None, web: WebServer) -> dict[str, Any]:
        records = folder / "records.jsonl"
        environment = {
            "PYTHONPATH": os.fspath(self.packages),
            "OBSERVE_FILE": os.fspath(records),
            "OBSERVE_SCRIPT": script.stem,
            "WEB": web.url,
            "PYTHONDONTWRITEBYTECODE": "1",
            **case.environment,
        }
        port = peer.port if peer is not None else 1
        modalities = {"peer": ["PEER", "127.0.0.1", port], "nobody": ["NOBODY", "127.0.0.1", 1]}
        allowed = {f"DicomAlwaysAllow{name}": True for name in ("Find", "FindWorklist", "Move", "Get")}
        settings = {"StableAge": 60, "DicomModalities": modalities, **allowed}
        settings |= json.loads(json.dumps(case.configuration).replace("$WEB", web.url).replace("$FOLDER", str(folder)))
        started = script if case.plain else shutil.copy(OBSERVER, folder / "observe.py")
        server = OrthancServer(
            started,
            plugin=self.plugin,
            dicom=True,
            configuration=settings,
            environment=environment,
            working_folder=folder,
        )
        with_names = {
            os.fspath(server.folder): "<server>",
            os.fspath(folder): "<folder>",
            os.fspath(self.packages): "<packages>",
            web.url: "<web>",
        }
        if peer is not None:
            with_names[str(port)] = "<peer>"
        found: dict[str, Any] = {}
        try:
            try:
                server.start()
            except OrthancDidNotStart as error:
                found["start"] = error.exit_status
            else:
                found["start"] = "started"
            if PORT_TAKEN.search(server.log()):
                raise PortTaken
            with_names |= {str(server.http_port): "<http>", str(server.dicom_port): "<dicom>"}
            normal = Normal(with_names)
            if server.running:
                steps = Steps(server, normal, {})
                found["steps"] = {f"{number} {' '.join(step)}": steps.run(step) for number, step in enumerate(case.steps, 1)}
                try:
                    found["stored"] = stored(server, normal)
                except OSError:
                    found["stored"] = "Orthanc does not answer"
            if server.started:
                found["end"] = server.stop()
                found["left processes"] = server.left_processes
            found["output"] = [normal.text(line) for line in server.output().splitlines()]
            if case.unordered:
                found["output"].sort()
            if peer is not None:
                found["peer"] = sorted(normal.text(each) for each in peer.received)
            written = read_records(records)
            found["logged"] = [normal.text(line) for line in logged(written, server.log())]
            found |= observed(written, normal)
            if case.unordered:
                found["logged"].sort()
                for each in found["callbacks"].values():
                    each.sort(key=json.dumps)
                found["calls"] = {name: kinds(calls) for name, calls in found["calls"].items()}
            return found
        finally:
            server.close()


def copy_script(case: Case, folder: Path) -> Path:
    """Put the case's script, and what lies beside it if it has a folder, into the folder of the run."""
    if case.script.parent.parent.parent == SCRIPTS:
        shutil.copytree(case.script.parent, folder, dirs_exist_ok=True)
    else:
        shutil.copy(case.script, folder)
    return folder / case.script.name


def stored(server: OrthancServer, normal: Normal) -> dict[str, Any]:
    """Return what Orthanc has at the end."""
    found = {level: normal.body(server.get(f"/{level}?expand&since=0&limit=1000").body) for level in LEVELS}
    found["jobs"] = sorted_jobs(server)
    listed = server.get("/instances")
    for instance in listed.json() if listed.status == 200 else ():
        for path in ("metadata?expand", "attachments"):
            found[f"{instance} {path}"] = normal.body(server.get(f"/instances/{instance}/{path}").body)
        found[f"{instance} MD5"] = server.get(f"/instances/{instance}/attachments/dicom/md5").text
    return found


def sorted_jobs(server: OrthancServer) -> list[str]:
    """Kind and state of each, once none is running."""
    jobs: list[Any] = []

    def ended() -> bool:
        answer = server.get("/jobs?expand")
        jobs[:] = answer.json() if answer.status == 200 else []
        return all(job["State"] not in ("Pending", "Running") for job in jobs)

    until(ended)
    return sorted(f"{job['Type']} {job['State']} {job['ErrorCode']}" for job in jobs)


def read_records(file: Path) -> list[dict[str, Any]]:
    """Return the calls of observe.py, in the order in which they began."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return sorted(map(json.loads, lines), key=lambda record: int(record["number"]))


def logged(records: list[dict[str, Any]], log: str) -> list[str]:
    """The level and the text of each message of the script in Orthanc's log, of which the first line is looked for."""
    calls = [call for record in records for call in record.get("calls", [record])]
    texts = {call["text"].split("\n")[0] for call in calls if "text" in call}
    return [f"{level} {text}" for level, text in LOG_LINE.findall(log) if text in texts]


def kinds(calls: list[dict[str, Any]]) -> list[str]:
    """Return what calls gave, without values and number: threads of a script may call at any time and as often as they like."""
    return sorted({call.get("raised") or str(call["result"]).split()[0] for call in calls})


def observed(records: list[dict[str, Any]], normal: Normal) -> dict[str, Any]:
    """For each callback its calls in their order, and the calls outside of callbacks."""
    found: Mapping[str, dict[str, list[Any]]] = {"callbacks": defaultdict(list), "calls": defaultdict(list)}
    for record in map(normal.value, records):
        for each in (record, *record.get("calls", ())):
            del each["number"]
        if "callback" in record:
            found["callbacks"][f"{record.pop('callback')} {record.pop('place')}"].append(record)
        else:
            found["calls"][record.pop("call")].append(record)
    return {aspect: dict(sorted(kinds.items())) for aspect, kinds in found.items()}
