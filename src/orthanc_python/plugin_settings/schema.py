# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares a value with a JSON Schema (draft 4), as far as the table uses it; src/common/settings/schema.cpp does so too."""

from __future__ import annotations

import json
import re
from typing import Any

TYPES: dict[str, type] = {"array": list, "boolean": bool, "integer": int, "object": dict, "string": str}


def fits(value: Any, schema: dict[str, Any]) -> bool:
    if "anyOf" in schema:
        return any(fits(value, each) for each in schema["anyOf"])
    if type(value) is not TYPES[schema["type"]]:
        return False
    if isinstance(value, str):
        return _fits_text(value, schema)
    if isinstance(value, dict):
        return _fits_members(value, schema)
    if isinstance(value, list):
        return len(value) >= schema.get("minItems", 0) and all(fits(item, schema["items"]) for item in value)
    return isinstance(value, bool) or bool(schema["minimum"] <= value <= schema["maximum"])


def shown(value: Any) -> str:
    """Return a value for a message, without what is in a list or an object."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return f'"{value}"' if isinstance(value, str) else json.dumps(value)


def _fits_text(value: str, schema: dict[str, Any]) -> bool:
    if schema.get("format") == "python-version" and not re.fullmatch(r"(3\.[0-9]+t?)?", value):
        return False
    return len(value) >= schema.get("minLength", 0) and ("enum" not in schema or value in schema["enum"])


def _fits_members(value: dict[str, Any], schema: dict[str, Any]) -> bool:
    members = schema["properties"]
    if any(key not in value for key in schema.get("required", ())):
        return False
    others = schema.get("additionalProperties", True)
    return all(fits(each, members[key]) if key in members else others for key, each in value.items())
