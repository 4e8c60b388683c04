# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of the plugin: the table settings.schema.json, carried by the plugin too, and its checks.

The table is a JSON Schema (draft 4) with three keywords more: `expected` completes "must be ...", `since` is the version of the
plugin, and `aliases` are names that others use.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from orthanc_python.plugin_settings.schema import fits, shown

SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("settings.schema.json").read_text(encoding="utf-8"))
SECTION: dict[str, dict[str, Any]] = SCHEMA["properties"]["Python"]["properties"]
GLOBAL: dict[str, dict[str, Any]] = {key: each for key, each in SCHEMA["properties"].items() if key != "Python"}


def complaint(value: Any, setting: dict[str, Any]) -> str:
    """Return why the plugin refuses the value of a setting, in its words; "" if it takes the value."""
    return "" if fits(value, setting) else f"must be {setting['expected']}, not {shown(value)}"
