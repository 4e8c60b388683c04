# SPDX-License-Identifier: GPL-3.0-or-later
"""Where commands write: results to the standard output, what is said about them to the standard error."""

from __future__ import annotations

from rich.console import Console

results = Console(highlight=False)
errors = Console(stderr=True, highlight=False)
