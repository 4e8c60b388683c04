# SPDX-License-Identifier: GPL-3.0-or-later
"""Engines that need nothing but one Orthanc: a thread, a pool of processes, a queue in SQLite as in docs/howto/queue.md."""

from __future__ import annotations

import json
import multiprocessing
import sqlite3
import time
from typing import Any

import engine_tasks
import orthanc


def in_thread(instances: list[str]) -> int:
    return len([engine_tasks.file(orthanc.GetDicomForInstance(each)) for each in instances])


def in_pool(instances: list[str]) -> int:
    files = (orthanc.GetDicomForInstance(each) for each in instances)
    return len(list(pool.imap_unordered(engine_tasks.file, files)))


def in_sqlite(instances: list[str]) -> int:
    done = 0
    database = sqlite3.connect("queue.db")
    with database:
        database.execute("CREATE TABLE IF NOT EXISTS queue (number INTEGER PRIMARY KEY, resource TEXT)")
        database.executemany("INSERT INTO queue (resource) VALUES (?)", [(each,) for each in instances])
    while entry := database.execute("SELECT number, resource FROM queue ORDER BY number LIMIT 1").fetchone():
        engine_tasks.file(orthanc.GetDicomForInstance(entry[1]))
        with database:
            database.execute("DELETE FROM queue WHERE number = ?", entry[:1])
        done += 1
    database.close()
    return done


ENGINES = {"thread": in_thread, "pool": in_pool, "sqlite": in_sqlite}


def run(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    instances = json.loads(orthanc.RestApiGet("/instances"))
    begin = time.monotonic()
    done = ENGINES[request["groups"][0]](instances)
    output.AnswerBuffer(json.dumps({"done": done, "seconds": time.monotonic() - begin}), "application/json")


def on_change(change: int, level: int, resource: str) -> None:
    if change == orthanc.ChangeType.ORTHANC_STOPPED:
        pool.close()
        pool.join()


pool = multiprocessing.Pool(processes=2)
orthanc.RegisterRestCallback("/engines/(thread|pool|sqlite)", run)
orthanc.RegisterOnChangeCallback(on_change)
