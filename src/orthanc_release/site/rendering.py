# SPDX-License-Identifier: GPL-3.0-or-later
"""The templates of the download site, as what makes it and what checks it fill them."""

from __future__ import annotations

import shlex
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).resolve().parent / "templates"


def read_templates() -> Environment:
    """Return the templates. A value that is missing is an error."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.filters |= {"quote": quote, "shell": shlex.quote}
    return templates
