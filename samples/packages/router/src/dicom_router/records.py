# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts by key that survive a crash: in Orthanc's key-value store (1.12.8 and later), or in a file of SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import orthanc

STORE = "dicom-router"
newer: Any = orthanc  # the stubs of an SDK before 1.12.8 lack the functions of the key-value store


class Records(Protocol):
    """A write has reached the disk when its function returns, as far as Orthanc's database does that.

    The values of a write are put in their order. A crash in between leaves the first ones.
    """

    place: str  # for the log

    def read(self) -> dict[str, str]: ...

    def write(self, put: Mapping[str, str], delete: Iterable[str] = ()) -> None: ...

    def close(self) -> None: ...


class OrthancRecords:
    """Orthanc's key-value store, in the same database as its index."""

    place = "Orthanc's key-value store"

    def read(self) -> dict[str, str]:
        found: dict[str, str] = {}
        iterator = newer.CreateKeysValuesIterator(STORE)
        while iterator.Next():
            found[iterator.GetKey()] = iterator.GetValue().decode()
        return found

    def write(self, put: Mapping[str, str], delete: Iterable[str] = ()) -> None:
        for key, value in put.items():
            newer.StoreKeyValue(STORE, key, value)
        for key in delete:
            newer.DeleteKeyValue(STORE, key)

    def close(self) -> None:
        pass


class SqliteRecords:
    """A file of SQLite, of one process. A write is one transaction: the disk takes as long for one value as for a hundred."""

    def __init__(self, file: Path) -> None:
        self.place = str(file)
        self._lock = Lock()
        self._database = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        try:
            self._database.execute("PRAGMA locking_mode = EXCLUSIVE")  # a second Orthanc would forget what this one has
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute("CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
        except BaseException:
            self._database.close()
            raise

    def read(self) -> dict[str, str]:
        with self._lock:
            return dict(self._database.execute("SELECT key, value FROM records"))

    def write(self, put: Mapping[str, str], delete: Iterable[str] = ()) -> None:
        with self._lock, self._database:
            self._database.execute("BEGIN")
            self._database.executemany("INSERT OR REPLACE INTO records VALUES (?, ?)", put.items())
            self._database.executemany("DELETE FROM records WHERE key = ?", [(key,) for key in delete])

    def close(self) -> None:
        with self._lock:
            self._database.close()


def has_key_values() -> bool:
    """Return whether Orthanc and its database have key-value stores."""
    system = json.loads(orthanc.RestApiGet("/system"))
    return bool(system.get("Capabilities", {}).get("HasKeyValueStores")) and orthanc.HasFunction("StoreKeyValue")


def default_database() -> Path:
    """Return a file beside Orthanc's index, so that a backup has both."""
    configuration = json.loads(orthanc.GetConfiguration())
    folder = configuration.get("IndexDirectory") or configuration.get("StorageDirectory", "OrthancStorage")
    return Path(folder) / "dicom-router.db"


def open_records(database: Path | None) -> Records:
    """Open the records. Those of a file move to Orthanc's key-value store once that is there.

    Args:
        database: the file for an Orthanc without key-value store; by default one beside Orthanc's index.
    """
    file = database or default_database()
    if not has_key_values():
        return SqliteRecords(file)
    records = OrthancRecords()
    if file.is_file():
        former = SqliteRecords(file)
        known = records.read()
        records.write({key: value for key, value in former.read().items() if key not in known})
        former.close()
        file.unlink()
    return records
