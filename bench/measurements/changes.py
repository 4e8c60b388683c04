# SPDX-License-Identifier: GPL-3.0-or-later
"""Change events: whether the script keeps up with them, or the queue before it grows.

Once with changes that Orthanc makes as fast as it can, by metadata that are set over HTTP. Because its databases allow fewer
than 10,000 a second, the plugin also gets changes without Orthanc, by the tests' host program: at exactly that rate, and
as fast as it takes them.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from pathlib import Path

from pydicom.data import get_testdata_file

from bench.load import answer_of, load
from bench.model import DATABASES, ESTABLISHED, OURS, SQLITE, Effort, Goal, Measurement, Results, Series, each_database
from bench.subjects import SCRIPTS, Subject
from orthanc_python import OrthancServer

SCRIPT = SCRIPTS / "changes.py"
RATE = 10_000  # a second
AT_ONCE = 100_000
LOOK = "sleep 100\nget /changes\n"  # at the host's counter
LOOKS = 100  # until all changes have been delivered
STALLED = 10  # looks without a further change, after which those that are missing are lost
BACKLOG = RATE // 100  # what comes in 10 ms
CONNECTIONS = 4
NEW_STUDY = "6 1 f689ddd2-662f8fe1-8b18180d-ec2a2cee-937917af"  # in the numbers of the SDK


def delivered(server: OrthancServer) -> int:
    return int(float(answer_of(server, "/changes").split()[0]))


def settled(server: OrthancServer) -> int:
    """The number of changes, once no more come."""
    count = -1
    while count != (count := delivered(server)):
        time.sleep(0.25)
    return count


def run_host(host: Path, library: Path, commands: str, results: Results, name: str) -> list[list[float]] | None:
    """Run commands of the host program; the numbers that each request to /changes has been answered with. None if the host
    lacks what the plugin needs."""
    with tempfile.TemporaryDirectory() as folder:
        settings, file = Path(folder) / "orthanc.json", Path(folder) / "commands.txt"
        settings.write_text(json.dumps({"PythonScript": str(SCRIPT), "Plugins": [str(library)]}), encoding="utf-8")
        file.write_text(f"start\n{commands}stop\n", encoding="utf-8")
        done = subprocess.run([host, library, settings, file], capture_output=True, text=True, timeout=120, cwd=folder)
    lines = done.stdout.splitlines()
    if done.returncode != 0 or "started" not in lines:
        if name == OURS:
            raise RuntimeError(f"the host program could not run the plugin:\n{done.stdout}{done.stderr}")
        results.note(f"The {name} does not run in the tests' host program.")
        return None
    return [[float(word) for word in line.split()[1:]] for line in lines if line.startswith("200 ")]


def check(answers: list[list[float]], count: int, name: str) -> None:
    """Raise RuntimeError if changes are lost: some are missing, and no more come."""
    delivered_last = answers[-1][0]
    if delivered_last < count and delivered_last == answers[-STALLED][0]:
        raise RuntimeError(f"{name} was told of {delivered_last:,.0f} of {count:,} changes")


class Changes(Measurement):
    name = "changes"
    title = "Change events"
    databases = DATABASES
    most_rounds = 3
    series = (
        *each_database(
            Series("rate", f"Orthanc's own, {CONNECTIONS} clients: delivered", "changes/s"),
            Series("backlog", "queued when the clients stop", "changes", (Goal("at most", BACKLOG),)),
        ),
        Series(
            "paced: backlog",
            f"{RATE:,} a second from the host program: queued at the end",
            "changes",
            (Goal("at most", BACKLOG),),
        ),
        Series(
            "at once: rate",
            "as fast as they are taken from the host program",
            "changes/s",
            (Goal("at least", RATE), Goal("at least", 1, ESTABLISHED)),
        ),
    )

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        self._measure_in_orthanc(subject, effort, results)
        if subject.python and subject.database.name == SQLITE:  # the host program has no database: once is enough
            self._measure_in_host(subject, effort, results)

    def _measure_in_orthanc(self, subject: Subject, effort: Effort, results: Results) -> None:
        database = subject.database.name
        with subject.server(SCRIPT) as server:
            instance = server.upload(str(get_testdata_file("CT_small.dcm")))["ID"]
            before = settled(server)
            done = load(f"{server.url}/instances/{instance}/metadata/1024", CONNECTIONS, effort.seconds, "PUT", "value")
            at_end = delivered(server)
            after = settled(server)
            if after - before < done.requests:
                raise RuntimeError(f"{subject.name} was told of {after - before} of {done.requests} changes")
            if done.rate < RATE:
                results.note(
                    f"{database} allows fewer than {RATE:,} changes a second. The rows of the host program are without "
                    "Orthanc and its database."
                )
            results.add(f"{database}: rate", subject.name, (at_end - before) / done.seconds)
            results.add(f"{database}: backlog", subject.name, after - at_end)

    def _measure_in_host(self, subject: Subject, effort: Effort, results: Results) -> None:
        host, library = subject.host, subject.library
        if host is None or library is None:
            return
        count = RATE * effort.seconds
        commands = f"change {NEW_STUDY} {count} {RATE}\nget /changes\n{LOOK * STALLED}"
        paced = run_host(host, library, commands, results, subject.name)
        if paced is None:
            return
        check(paced, count, subject.name)
        results.add("paced: backlog", subject.name, count - paced[0][0])
        count = int(AT_ONCE * effort.scale)
        at_once = run_host(host, library, f"change {NEW_STUDY} {count} 0\n{LOOK * LOOKS}", results, subject.name)
        if at_once is None:
            return
        check(at_once, count, subject.name)
        taken, seconds = at_once[-1]
        results.add("at once: rate", subject.name, taken / seconds)
        if taken < count:
            results.note(f"{subject.name} took {taken:,.0f} of {count:,} changes in {LOOKS / 10:g} s.")
