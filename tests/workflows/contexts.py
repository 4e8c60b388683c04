# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the contexts that expressions in workflow files refer to."""

from __future__ import annotations

from typing import Any

CONTEXTS: dict[str, Any] = {
    "github": {
        "event_name": "push",
        "ref": "refs/tags/v1.0.0",
        "server_url": "https://github.com",
        "repository": "a/b",
        "sha": "0",
    },
    "inputs": {"dry-run": True},
    "matrix": {"python": "3.10", "empty": ""},
    "needs": {"matrix": {"outputs": {"tested": '{"include": [{"target": "a"}, {"target": "b"}]}'}}},
}
