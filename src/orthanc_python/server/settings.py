# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of Orthanc as Python's dictionaries: putting them together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from orthanc_python.failure import Failure

Settings = dict[str, Any]


def merged(base: Mapping[str, Any], extra: Mapping[str, Any]) -> Settings:
    """`base` with the settings of `extra`, sections key by key."""
    result = dict(base)
    for key, value in extra.items():
        both = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = merged(result[key], value) if both else value
    return result


def listed(value: Any) -> list[Any]:
    """Return a setting that is a list, or one value in place of a list of one, as a list."""
    return value if isinstance(value, list) else [value]


def parse_assignments(assignments: Iterable[str]) -> Settings:
    """Return settings of the command line: "StableAge=5", or "Python.Verbose=true" in a section. A value is JSON or a text."""
    settings: Settings = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        names = key.strip().split(".")
        if not equals or not all(names):
            raise Failure(f"--set {assignment}: it must be like StableAge=5 or Python.Verbose=true")
        try:
            value = json.loads(text)
        except ValueError as error:
            if text.lstrip()[:1] in ("{", "[", '"'):  # nobody means a text that begins so
                raise Failure(f"--set {assignment}: its value is not JSON: {error}") from None
            value = text
        for name in reversed(names):
            value = {name: value}
        settings = merged(settings, value)
    return settings
