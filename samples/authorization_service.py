# SPDX-License-Identifier: GPL-3.0-or-later
# Asks $AUTHORIZATION_SERVICE about each request: {"method", "uri", "token"}; it answers {"granted": true}.
# curl http://localhost:8042/studies -H 'X-Token: secret'

import json
import os
import threading
import time
import urllib.request
from typing import Any

import orthanc

SERVICE = os.environ.get("AUTHORIZATION_SERVICE", "http://localhost:9000/check")
TIMEOUT = 2.0  # seconds; a client waits for the answer
LONGEST_VALIDITY = 10.0  # seconds until a right that was taken away ends, at most
CACHE_SIZE = 10000

METHODS = {getattr(orthanc.HttpMethod, name): name for name in dir(orthanc.HttpMethod) if name.isupper()}
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy would see the tokens
cache: dict[tuple[str, str, str], tuple[bool, float]] = {}
lock = threading.Lock()


def ask(question: tuple[str, str, str]) -> tuple[bool, float]:
    body = json.dumps(dict(zip(("method", "uri", "token"), question, strict=True))).encode()
    call = urllib.request.Request(SERVICE, body, {"Content-Type": "application/json"})
    with opener.open(call, timeout=TIMEOUT) as response:
        answer = json.load(response)
    return answer["granted"] is True, min(float(answer.get("validity", 0)), LONGEST_VALIDITY)


def is_allowed(uri: str, **request: Any) -> bool:
    question = (METHODS[request["method"]], uri, request["headers"].get("x-token", ""))
    now = time.monotonic()
    with lock:
        granted, until = cache.get(question, (False, 0.0))
    if now < until:
        return granted
    try:
        granted, validity = ask(question)
    except Exception as error:  # deny all while the service does not answer
        orthanc.LogError(f"The authorization service {SERVICE} gives no answer: {error!r}")
        return False
    with lock:
        if len(cache) >= CACHE_SIZE:
            cache.clear()
        cache[question] = (granted, now + validity)
    return granted


orthanc.RegisterIncomingHttpRequestFilter(is_allowed)
