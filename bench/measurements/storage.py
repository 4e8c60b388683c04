# SPDX-License-Identifier: GPL-3.0-or-later
"""A storage area in Python, as slow as a remote store: what Orthanc reads of it to show the tags of a series."""

from __future__ import annotations

import io
import time

import pydicom
from pydicom.uid import generate_uid

from bench.load import answer_of
from bench.measurements.bodies.large_bodies import dicom_file
from bench.model import DATABASES, ESTABLISHED, OURS, Effort, Goal, Measurement, Results, Series, each_database
from bench.processes import MEGABYTE
from bench.subjects import SCRIPTS, Subject

SCRIPT = SCRIPTS / "storage.py"
FILES = 30
SIZE = 10 * MEGABYTE
KILOBYTE = 1000
HEADERS = 10.0  # kB that the tags of an instance have at most


class Storage(Measurement):
    name = "storage"
    title = f"Storage area: the first look at a series of {FILES} files of 10 MB"
    subjects = (OURS, ESTABLISHED)
    databases = DATABASES
    most_rounds = 3
    series = each_database(
        Series("read", "read for each instance", "kB", (Goal("at most", HEADERS), Goal("at most", 1.05, ESTABLISHED))),
        Series("time", "/series/.../shared-tags", "ms", (Goal("at most", 1.1, ESTABLISHED),)),
    )

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        with subject.server(SCRIPT, {"MaximumStorageCacheSize": 0}) as server:
            dataset = pydicom.dcmread(io.BytesIO(dicom_file(int(SIZE * effort.scale))))
            for _ in range(FILES):
                dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
                content = io.BytesIO()
                dataset.save_as(content)
                series = server.upload(content.getvalue())["ParentSeries"]
            answer_of(server, "/read")
            begin = time.perf_counter()
            answer_of(server, f"/series/{series}/shared-tags")
            results.add(f"{subject.database.name}: time", subject.name, (time.perf_counter() - begin) * 1000)
            results.add(f"{subject.database.name}: read", subject.name, int(answer_of(server, "/read")) / FILES / KILOBYTE)
