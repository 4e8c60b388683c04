# SPDX-License-Identifier: GPL-3.0-or-later
"""No text of an error of the script's reaches a client or a peer, whatever the callback and the error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Servers
from every_callback import KINDS, WITHOUT_REST_API, EveryCallback
from helpers import eventually

from orthanc_python import OrthancServer

SECRET = "token=5ecret"
ERRORS = {
    "of Python": f"raise ValueError({SECRET!r})",
    "of a function": f"orthanc.RestApiGet('/instances/{SECRET}')",
    "of HttpGet": f"orthanc.HttpGet('http://127.0.0.1:1/?{SECRET}', None, None)",
    "of RestApiPost": f"orthanc.RestApiPost('/modalities/{SECRET}/echo', b'{{}}')",
    "raised again": f"""
        try:
            orthanc.RestApiGet('/instances/{SECRET}')
        except orthanc.OrthancException as error:
            raise error
    """,
    "in a group": f"raise type('ExceptionGroup', (Exception,), {{}})({SECRET!r}, [ValueError({SECRET!r})])",
    "as its class": f"raise type({SECRET!r}, (Exception,), {{'__module__': {SECRET!r}}})('text')",
    "as its cause": f"raise LookupError('text') from ValueError({SECRET!r})",
    "without a module": f"raise type({SECRET!r}, (Exception,), {{}})('text')",
    "at the exit": f"raise SystemExit({SECRET!r})",
    "of the interpreter": f"exec('{SECRET} = ')",
}


@pytest.fixture(scope="module")
def callbacks(module_orthanc: Servers) -> EveryCallback:
    return EveryCallback(module_orthanc)


def seen(answer: Any) -> str:
    """The answer that a client of HTTP has got."""
    body = getattr(answer, "body", b"") or getattr(answer, "content", b"")
    return body.decode("latin-1") + repr(getattr(answer, "headers", ""))


@pytest.mark.parametrize("kind", KINDS)
def test_every_callback(callbacks: EveryCallback, kind: str) -> None:
    for name, code in ERRORS.items():
        if kind in WITHOUT_REST_API and "RestApi" in code:
            continue  # Orthanc holds the lock of its database
        beginning = len(callbacks.server.log())
        assert callbacks.run(kind, code) == "raised", name
        assert SECRET not in seen(callbacks.answer), name
        assert SECRET.encode() not in callbacks.received, name
        assert "could not be described" not in callbacks.server.log()[beginning:], name


JOBS = f"""
import orthanc


class Step:
    def step(self):
        raise ValueError({SECRET!r})


class Content(Step):
    @property
    def content(self):
        raise ValueError({SECRET!r})

    progress = content
    serialize = content


def steps():
    yield 0.5
    raise ValueError({SECRET!r})


def submit(output, uri, **request):
    job = {{"step": Step, "content": Content, "steps": steps}}[request["groups"][0]]
    output.AnswerBuffer(orthanc.CreateJob(job if job is steps else job(), "Secret").SubmitJob(), "text/plain")


orthanc.RegisterRestCallback("/submit/(.*)", submit)
"""


@pytest.mark.parametrize("job", ["step", "content", "steps"])
def test_jobs(orthanc: Servers, job: str) -> None:
    server: OrthancServer = orthanc(JOBS)
    path = f"/jobs/{server.get(f'/submit/{job}').text}"
    assert eventually(lambda: server.get(path).json()["State"] == "Failure")
    assert SECRET not in json.dumps(server.get(path).json())
    assert SECRET in server.log()


GENERATORS = f"""
import orthanc


def early(output, uri, **request):
    raise ValueError({SECRET!r})
    yield b""


def late(output, uri, **request):
    yield b"first"
    raise ValueError({SECRET!r})


async def task(output, uri, **request):
    raise ValueError({SECRET!r})


def chunked(output, uri, **request):
    for chunk in request["body"]:
        raise ValueError({SECRET!r})


def multipart(output, uri, **request):
    output.StartMultipartAnswer("mixed", "text/plain")
    output.SendMultipartItem(b"first")
    raise ValueError({SECRET!r})


for callback in (early, late, task, multipart):
    orthanc.RegisterRestCallback("/" + callback.__name__, callback)
orthanc.RegisterChunkedRestCallback("/chunked", chunked)
"""


@pytest.mark.parametrize("route", ["early", "late", "task", "chunked", "multipart"])
def test_answers_in_parts(orthanc: Servers, route: str) -> None:
    server: OrthancServer = orthanc(GENERATORS)
    try:
        answer = server.post("/chunked", b"body") if route == "chunked" else server.get(f"/{route}")
    except OSError as error:
        assert SECRET not in repr(error)
    else:
        assert SECRET not in seen(answer)
    assert eventually(lambda: SECRET in server.log())
    assert server.get("/system").status == 200
