# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of the descriptions that are JSON. Verification compares their bytes, so that each has one form only."""

from __future__ import annotations

import json
from typing import Any


def json_text(value: Any, *, sort_keys: bool = False) -> str:
    """Return a description's text, with a line for each value."""
    return json.dumps(value, indent=1, sort_keys=sort_keys) + "\n"
