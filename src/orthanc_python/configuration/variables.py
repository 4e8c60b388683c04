# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings in environment variables, as the Docker images of orthancteam take them.

Their start script reads ORTHANC__PYTHON__VIRTUAL_ENV as {"Python": {"VirtualEnv": ...}}: two underscores go into a section, one
begins a word. Orthanc itself does not look at them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from orthanc_python.server.settings import Settings, merged

PREFIX = "ORTHANC__"


def settings_of_variables(variables: Mapping[str, str]) -> Settings:
    settings: Settings = {}
    for name in sorted(variables):
        if name.startswith(PREFIX) and len(name) > len(PREFIX):
            value: Any = _value(variables[name])
            for part in reversed(name.removeprefix(PREFIX).split("__")):
                value = {_key(part): value}
            settings = merged(settings, value)
    return settings


def _key(part: str) -> str:
    """ "VirtualEnv" of VIRTUAL_ENV."""
    return "".join(word.capitalize() for word in part.split("_"))


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
