# SPDX-License-Identifier: GPL-3.0-or-later
"""C-STORE by DCMTK's storescu on several associations at once, with a listener for each instance and each change."""

from __future__ import annotations

import subprocess
import time

from pydicom.data import get_testdata_file

from bench.model import DATABASES, ESTABLISHED, NONE, OURS, Effort, Goal, Measurement, Results, Series, each_database
from bench.processes import processor_time
from bench.subjects import SCRIPTS, Subject

ASSOCIATIONS = 4
INSTANCES = 200  # on each association
WARM_UP = 1
STORESCU = "/usr/bin/storescu"  # DCMTK's: pynetdicom has one of that name


def store(port: int, count: int, associations: int) -> None:
    """Send `count` instances on each association, each with a UID of its own. Raises RuntimeError if one is refused."""
    repeat = ["--invent-instance", "--repeat", str(count)]
    command = [STORESCU, *repeat, "localhost", str(port), str(get_testdata_file("CT_small.dcm"))]
    senders = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(associations)
    ]
    outputs = [sender.communicate()[0] for sender in senders]
    if any(sender.returncode != 0 for sender in senders):
        raise RuntimeError("storescu failed:\n" + "\n".join(outputs))


class Dicom(Measurement):
    name = "c-store"
    title = f"C-STORE on {ASSOCIATIONS} associations, with listeners"
    subjects = (OURS, ESTABLISHED, NONE)
    databases = DATABASES
    most_rounds = 3
    series = each_database(
        Series("rate", "instances of 40 kB", "instances/s", (Goal("at least", 1, ESTABLISHED), Goal("at least", 0.9, NONE))),
        Series("processor", "processor/instance", "ms", (Goal("at most", 1, ESTABLISHED),)),
    )

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        count = max(2, int(INSTANCES * effort.scale))
        with subject.server(SCRIPTS / "dicom.py", {"DicomAlwaysAllowStore": True}, dicom=True) as server:
            store(server.dicom_port, WARM_UP, 1)
            before, begin = processor_time(server.pid), time.perf_counter()
            store(server.dicom_port, count, ASSOCIATIONS)
            seconds, processor = time.perf_counter() - begin, processor_time(server.pid) - before
            total = count * ASSOCIATIONS
            if subject.python and (told := int(server.get("/stored").text)) != total + WARM_UP:
                raise RuntimeError(f"{subject.name} was told of {told} of {total + WARM_UP} instances")
            results.add(f"{subject.database.name}: rate", subject.name, total / seconds)
            results.add(f"{subject.database.name}: processor", subject.name, processor / total * 1000)
