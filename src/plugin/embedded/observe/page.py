# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of the dashboard: one file, whose policy (CSP) lets a browser run and load nothing else."""

from __future__ import annotations

import base64
import hashlib

import _orthanc_importer

STYLE = "page.css"
SCRIPTS = ("elements.js", "charts.js", "callbacks.js", "log.js", "threads.js", "profile.js", "environment.js", "main.js")


def page() -> tuple[bytes, str]:
    """Return the page, and the value of its header Content-Security-Policy."""
    style = _orthanc_importer.source(STYLE)
    code = "\n".join(["", '"use strict";', "{", *map(_orthanc_importer.source, SCRIPTS), "}", ""])
    text = _orthanc_importer.source("page.html")
    text = text.replace("<style></style>", f"<style>{style}</style>").replace("<script></script>", f"<script>{code}</script>")
    policy = (
        f"default-src 'none'; script-src {_digest(code)}; style-src {_digest(style)}; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return text.encode(), policy


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
