# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances that are stored once, and looked at with each plugin."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import replace

from bench.databases.index import Database, Index
from bench.measurements.dicom import ASSOCIATIONS, store
from orthanc_python import OrthancServer


class StoredInstances:
    """Indexes of Orthanc, each with a number of instances and the folder of their files.

    Plugins that answer for the same ones, one directly after the other, are compared without minutes of storing between them.
    """

    def __init__(self) -> None:
        self._folders = ExitStack()
        self._indexes: dict[tuple[str, int], Index] = {}

    def has(self, database: Database, count: int) -> bool:
        return (database.name, count) in self._indexes

    def index(self, database: Database, count: int) -> Index:
        """Return the index with `count` instances; store them when it is asked for first. RuntimeError if one is refused."""
        if not self.has(database, count):
            self._indexes[database.name, count] = self._fill(database, count)
        return self._indexes[database.name, count]

    def close(self) -> None:
        """Remove all files."""
        self._indexes.clear()
        self._folders.close()

    def _fill(self, database: Database, count: int) -> Index:
        folder = self._folders.enter_context(tempfile.TemporaryDirectory())
        places = {"StorageDirectory": f"{folder}/storage", "IndexDirectory": f"{folder}/index"}
        index = database.new_index()
        index = replace(index, configuration={**index.configuration, **places})
        with OrthancServer(plugins=index.plugins, configuration=index.configuration, dicom=True) as server:
            store(server.dicom_port, count // ASSOCIATIONS, ASSOCIATIONS)
        return index
