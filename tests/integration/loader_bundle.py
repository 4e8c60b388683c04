# SPDX-License-Identifier: GPL-3.0-or-later
"""The loader's bundle, and interpreters made for tests of its choice."""

from __future__ import annotations

import json
import re
from pathlib import Path


def interpreters(bundle: Path) -> dict[str, str]:
    """The interpreters that the bundle was built for, by version."""
    found = {}
    for cache in bundle.glob("build-*/CMakeCache.txt"):
        noted = re.search(r"^PYTHON_RESOLVED_EXECUTABLE:INTERNAL=(.+)$", cache.read_text(), re.M)
        if noted is not None:
            found[cache.parent.name.removeprefix("build-")] = noted[1]
    return dict(sorted(found.items()))


def write_program(path: Path, text: str) -> Path:
    """A shell script that can be run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def write_shim(path: Path, interpreter: str) -> Path:
    """An interpreter as pyenv, asdf and mise have it: a shell script that runs the real one."""
    return write_program(path, f'exec "{interpreter}" "$@"')


def write_answer(path: Path, version: str, library: Path | str, *, bits: int = 64) -> Path:
    """A program that answers the loader's question, and is not Python."""
    answer = {"version": version, "release": f"{version}.0", "platform": "linux-x86_64", "bits": bits, "library": str(library)}
    return write_program(path, f"echo '{json.dumps({**answer, 'executable': str(path), 'prefix': str(path.parent)})}'")
