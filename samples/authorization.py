# SPDX-License-Identifier: GPL-3.0-or-later
# Decides who may read and who may write, by the configuration's "SampleTokens": {"secret": "reader", "other": "editor"}.
# curl http://localhost:8042/studies -H 'X-Token: secret'

import hmac
import json
from typing import Any

import orthanc

TOKENS: dict[str, str] = json.loads(orthanc.GetConfiguration()).get("SampleTokens", {})
if "" in TOKENS:
    raise ValueError('"SampleTokens" has an empty token, as clients without a token have: give it a text')
READING = (orthanc.HttpMethod.GET,)
PUBLIC = ("/system",)


def role_of(token: str) -> str:
    for known, role in TOKENS.items():
        if hmac.compare_digest(known.encode(), token.encode(errors="surrogateescape")):
            return role
    return ""


def is_allowed(uri: str, **request: Any) -> bool:
    reading = request["method"] in READING
    if reading and uri in PUBLIC:
        return True
    role = role_of(request["headers"].get("x-token", ""))
    allowed = role == "editor" or (role == "reader" and reading)
    if not allowed:
        orthanc.LogWarning(f"Denied to {request['ip']}: {uri}")
    return allowed


orthanc.RegisterIncomingHttpRequestFilter(is_allowed)
