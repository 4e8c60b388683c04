# SPDX-License-Identifier: GPL-3.0-or-later
"""Advice about names of settings that do not exist. src/common/settings/unknown_settings.cpp gives the same in the log."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any


def advice(key: str, section: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what to do with an unknown key of the section "Python", whose table this is."""
    renamed = {alias.lower(): name for name, setting in section.items() for alias in setting.get("aliases", ())}
    name = renamed.get(key.lower()) or nearest(key, section, 0.6)
    return f'write "{name}" instead' if name else f"remove it; known are {', '.join(sorted(section))}"


def nearest(key: str, known: Iterable[str], likeness: float) -> str:
    """Return the known name that is most like the key; "" if none is as like, from 0 to 1."""
    by_lower_case = {name.lower(): name for name in known}
    found = difflib.get_close_matches(key.lower().replace("_", ""), by_lower_case, n=1, cutoff=likeness)
    return by_lower_case[found[0]] if found else ""
