# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin: follows Orthanc's changes, runs the workers, and answers at /work-queue."""

from __future__ import annotations

import json
import re
import urllib.parse
import uuid
from typing import Any

import orthanc
import psycopg
import psycopg_pool

from orthanc_python.inside import read_section
from orthanc_work_queue.changes import Follower
from orthanc_work_queue.settings import Settings, database_of, url_of
from orthanc_work_queue.tables import connection_options, create_tables
from orthanc_work_queue.work_queue import KeyTaken, WorkQueue
from orthanc_work_queue.worker import Options, find_task
from orthanc_work_queue.workers import Workers

ORTHANC_REQUIRES = {"orthanc": ">=1.10.1"}
LONGEST_KEY = 500  # characters: PostgreSQL's indexes have a limit
EXAMPLE = '{"Resources": ["/instances/0b2c..."], "Key": "my-batch"}'
STOP_TIMEOUT = 10.0  # seconds that the workers have for their pieces when Orthanc stops

settings = read_section("WorkQueue", Settings)
configuration = json.loads(orthanc.GetConfiguration())
database = database_of(settings, configuration)
find_task(settings.task)
connecting = connection_options(settings.schema)
with psycopg.connect(database, **connecting) as first:
    create_tables(first, settings.schema)
pool = psycopg_pool.ConnectionPool(
    database,
    kwargs=connecting,
    min_size=1,
    max_size=4,
    timeout=5,
    check=psycopg_pool.ConnectionPool.check_connection,
    open=True,
)
headers = {"Authorization": orthanc.GenerateRestApiAuthorizationToken()}
followed = {getattr(orthanc.ChangeType, re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).upper()) for kind in settings.follow}


def log(text: str) -> None:
    orthanc.LogWarning(f"work queue: {text}")


def options_of(name: str) -> Options:
    return Options(
        name=name,
        database=database,
        task=settings.task,
        url=url_of(settings, configuration),
        headers=headers,
        schema=settings.schema,
        lease=settings.lease,
        task_timeout=settings.task_timeout,
        max_attempts=settings.max_attempts,
        retry_after=settings.retry_after,
    )


def ended(name: str) -> int:
    """Give back what a worker had when it ended; without the database, the end of the lease does."""
    try:
        with pool.connection() as connection:
            return WorkQueue(connection).release_all(name)
    except psycopg.Error as error:
        log(str(error))
        return 0


workers = Workers(options_of, ended, log)
follower = Follower(pool, lambda path: json.loads(orthanc.RestApiGet(path)), settings.follow, settings.keep_days, log)


def on_change(change: int, level: int, resource: str) -> None:
    if change == orthanc.ChangeType.ORTHANC_STARTED:
        workers.start(settings.workers)
        follower.start()
    elif change == orthanc.ChangeType.ORTHANC_STOPPED:
        workers.stop(STOP_TIMEOUT)
        follower.stop()
        pool.close()
    elif change in followed:
        follower.wake()


def answer(output: orthanc.RestOutput, content: Any) -> None:
    output.AnswerBuffer(json.dumps(content, indent=2) + "\n", "application/json")


def described(piece: dict[str, Any]) -> dict[str, Any]:
    return {name.capitalize(): value for name, value in piece.items()}


def show_queue(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    try:
        with pool.connection() as connection:
            counts = WorkQueue(connection).counts()
    except psycopg.Error as error:
        no_database(output, error)
        return
    answer(output, described(counts))


def pieces(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    """POST {"Resources": ["/instances/0b2c..."], "Key": "my-batch"} adds pieces; GET with ?key=my-batch shows them."""
    if request["method"] not in ("GET", "POST"):
        output.SendMethodNotAllowed("GET,POST")
        return
    key, resources = request.get("get", {}).get("key", ""), []
    if not orthanc.CheckVersionAdvanced(1, 12, 10):  # Debian's older ones do not decode it
        key = urllib.parse.unquote_plus(key)
    if request["method"] == "POST":
        try:
            body = json.loads(request["body"])
            resources, key = body["Resources"], body.get("Key") or str(uuid.uuid4())
            if not isinstance(key, str) or key == "change" or key.startswith("change/"):
                raise ValueError('a key is a text. "change" and "change/..." belong to the changes that Orthanc follows')
            if len(key) > LONGEST_KEY:
                raise ValueError(f"a key has at most {LONGEST_KEY} characters")
            if not isinstance(resources, list) or not all(isinstance(each, str) and each.startswith("/") for each in resources):
                raise ValueError("a resource is a path such as /instances/0b2c...")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            output.SendHttpStatus(400, f"invalid request: {error}. Send {EXAMPLE}")
            return
    try:
        with pool.connection() as connection:
            queue = WorkQueue(connection)
            if resources:
                queue.add_request(key, resources)
            found = queue.show(key=key)
    except KeyTaken:
        output.SendHttpStatus(409, f"the key {key} has other resources: choose another one")
        return
    except (psycopg.DataError, UnicodeError) as error:
        output.SendHttpStatus(400, f"invalid text in the request: {error}")
        return
    except psycopg.Error as error:
        no_database(output, error)
        return
    answer(output, [described(piece) for piece in found])


def one_piece(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    number, retry = int(request["groups"][0]), bool(request["groups"][1])
    allowed = "POST" if retry else "GET"
    if request["method"] != allowed:
        output.SendMethodNotAllowed(allowed)
        return
    try:
        with pool.connection() as connection:
            queue = WorkQueue(connection)
            found = queue.retry(number) if retry else True
            shown = queue.show(number=number)
    except psycopg.Error as error:
        no_database(output, error)
        return
    if not shown:
        output.SendHttpStatus(404, f"there is no piece {number}")
    elif not found:
        output.SendHttpStatus(409, f"piece {number} has not failed")
    else:
        answer(output, described(shown[0]))


def no_database(output: orthanc.RestOutput, error: psycopg.Error) -> None:
    log(str(error))
    output.SendHttpStatus(503, "the database of the work queue does not answer: see Orthanc's log")


orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterRestCallback("/work-queue", show_queue)
orthanc.RegisterRestCallback("/work-queue/pieces", pieces)
orthanc.RegisterRestCallback(r"/work-queue/pieces/(\d{1,18})(/retry)?", one_piece)
