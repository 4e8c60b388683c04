# SPDX-License-Identifier: GPL-3.0-or-later
"""Completes the option --set of orthanc-python run with the settings of the plugin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click
from click.shell_completion import CompletionItem

from orthanc_python.plugin_settings import SECTION

OWN = {"Path", "Executable", "VirtualEnv", "Version"}  # run takes its arguments and its interpreter for these


def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return assignments(incomplete)


def assignments(incomplete: str) -> list[CompletionItem]:
    """Return the assignments that begin so, each with the description of its setting."""
    found = (
        CompletionItem(f"Python.{key}={value}", help=setting["description"])
        for key, setting in SECTION.items()
        if key not in OWN
        for value in _values(setting)
    )
    return [item for item in found if item.value.startswith(incomplete)]


def _values(setting: dict[str, Any]) -> Iterator[str]:
    if setting.get("type") == "boolean":
        yield from ("true", "false")
    elif "enum" in setting:
        yield from setting["enum"]
    else:
        yield json.dumps(setting["default"]) if "default" in setting else ""
