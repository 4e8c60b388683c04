# SPDX-License-Identifier: GPL-3.0-or-later
"""Loads the templates, compiled once for all headers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2

_TEMPLATES = Path(__file__).parent / "templates"


@cache
def jinja_environment(folder: str = "") -> jinja2.Environment:
    """Return the templates of a folder of `templates`; without one, those of the build. An unknown name is an error in them."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES / folder),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
