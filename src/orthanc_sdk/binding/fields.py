# SPDX-License-Identifier: GPL-3.0-or-later
"""The conversion of each field of the structures that callbacks are given. Names are the SDK's.

A field of a new SDK that stands in neither table stops the build, as a function does that nothing covers.
"""

from __future__ import annotations

from orthanc_sdk.errors import ReaderError
from orthanc_sdk.header.model import Function, Structure
from orthanc_sdk.names import short_name

# Where scripts find them. The code that passes them on is in src/plugin/callbacks.
PASSED_ON = {
    "HttpRequest": {
        "method": 'request["method"]',
        "groupsCount": 'request["groups"]',
        "groups": 'request["groups"]',
        "getCount": 'request["get"], for GET only',
        "getKeys": 'request["get"], for GET only',
        "getValues": 'request["get"], for GET only',
        "body": 'request["body"], for POST and PUT only',
        "bodySize": 'request["body"], for POST and PUT only',
        "headersCount": 'request["headers"]',
        "headersKeys": 'request["headers"]',
        "headersValues": 'request["headers"]',
        "authenticationPayload": 'request["authentication_payload"], if there is one',
        "authenticationPayloadSize": 'request["authentication_payload"], if there is one',
    },
}

# Fields that scripts do not get, each with its reason.
LEFT_OUT: dict[str, dict[str, str]] = {}


def check_fields(functions: list[Function]) -> None:
    """Raise ReaderError, naming each field that neither table covers."""
    given = dict.fromkeys(structure for function in functions for structure in function.given)
    uncovered = [
        f"{structure.name}.{field}" for structure in given for field in structure.fields if not _covers(structure, field)
    ]
    if uncovered:
        raise ReaderError(
            f"no callback passes on {', '.join(uncovered)}. Pass each on in src/plugin/callbacks and add it to PASSED_ON of "
            "src/orthanc_sdk/binding/fields.py, or add it to LEFT_OUT with the reason"
        )


def _covers(structure: Structure, field: str) -> bool:
    name = short_name(structure.name)
    return field in PASSED_ON.get(name, {}) or field in LEFT_OUT.get(name, {})
