# SPDX-License-Identifier: GPL-3.0-or-later
"""The samples that decide which requests are allowed."""

from __future__ import annotations

import json
import threading

from conftest import SAMPLES, Servers
from helpers import CT, failure_of, http_service


def test_authorization(orthanc: Servers) -> None:
    tokens = {"r-secret": "reader", "e-secret": "editor", "x-secret": "guest"}
    server = orthanc.sample("authorization.py", configuration={"SampleTokens": tokens})
    assert server.get("/system").status == 200
    assert server.get("/studies").status == 403
    assert server.post("/instances", CT.read_bytes()).status == 403
    server.wait_for_log(r"Denied to 127\.0\.0\.1: /studies")

    def statuses(token: str) -> list[int]:
        headers = {"X-Token": token}
        return [
            server.get("/studies", headers=headers).status,
            server.post("/instances", CT.read_bytes(), headers=headers).status,
            server.put("/tools/log-level", b"default", headers=headers).status,
        ]

    assert statuses("r-secret") == [200, 403, 403]
    assert statuses("e-secret") == [200, 200, 200]
    assert statuses("x-secret") == [403, 403, 403]
    assert statuses("caf\u00e9") == [403, 403, 403]
    assert server.delete("/system").status == 403


def test_empty_token_is_refused(orthanc: Servers) -> None:
    """It would give its role to each client without a token."""
    server = orthanc.prepare(SAMPLES / "authorization.py", configuration={"SampleTokens": {"": "editor"}})
    assert '"SampleTokens" has an empty token' in failure_of(server)


def test_authorization_service(orthanc: Servers) -> None:
    text = (SAMPLES / "authorization_service.py").read_text(encoding="utf-8")
    for former, longer in ("TIMEOUT = 2.0", "TIMEOUT = 20.0"), ("LONGEST_VALIDITY = 10.0", "LONGEST_VALIDITY = 600.0"):
        assert text.count(former) == 1
        text = text.replace(former, longer)  # longer than a busy machine needs
    denied = threading.Event()

    def decide(body: bytes) -> bytes:
        question = json.loads(body)
        if question["uri"] == "/statistics":
            return b"not JSON"
        if question["uri"] == "/changes":
            denied.wait(120)
        granted = question["token"] == "secret" and question["method"] == "GET"
        return json.dumps({"granted": granted, "validity": 600}).encode()

    with http_service(decide) as (address, bodies):
        proxy = {"http_proxy": "http://127.0.0.1:1", "no_proxy": ""}  # it would see the tokens
        server = orthanc(text, environment={"AUTHORIZATION_SERVICE": address, **proxy})
        bodies.clear()  # of the harness's own requests
        headers = {"X-Token": "secret"}
        assert server.get("/studies", headers=headers).status == 200
        assert server.get("/studies", headers=headers).status == 200
        assert len(bodies) == 1, "the second answer was not taken from the cache"
        assert json.loads(bodies[0]) == {"method": "GET", "uri": "/studies", "token": "secret"}
        assert server.get("/studies").status == 403
        assert server.post("/instances", CT.read_bytes(), headers=headers).status == 403
        assert server.get("/statistics", headers=headers).status == 403
        assert server.get("/changes", headers=headers).status == 403, "a slow service must not grant"
        denied.set()
    assert server.get("/patients", headers=headers).status == 403, "a service that is down must not grant"
    server.wait_for_log("The authorization service .* gives no answer")
