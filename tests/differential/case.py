# SPDX-License-Identifier: GPL-3.0-or-later
"""A case: a script, and what is done to it. The script's lines that begin with `#:` say so, one step each, in words of a shell.

    #: GET /hello?name=Ada -H "Accept: text/plain"
    #: POST /hello -d '{"a": 1}'

Of the lines below, those of SETTINGS prepare the server; all others are steps (see steps.py).
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).with_name("scripts")
MARK = "#: "


@dataclass
class Case:
    """`plain`: the script is started as it is, and not by observe.py. `since`: the first established plugin that can run it."""

    script: Path
    steps: list[list[str]] = field(default_factory=list)
    configuration: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    since: tuple[int, ...] = (0,)
    plain: bool = False
    peer: bool = False
    unordered: bool = False  # threads decide the order of the output and of the calls

    @property
    def name(self) -> str:
        return self.script.stem

    def runs_with(self, generation: str) -> bool:
        return self.since <= version(generation)


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def read_case(script: Path) -> Case:
    case = Case(script)
    for line in script.read_text(encoding="utf-8").splitlines():
        if not line.startswith(MARK):
            continue
        verb, _, rest = line.removeprefix(MARK).partition(" ")
        match verb:
            case "CONFIG":
                case.configuration |= json.loads(rest)
            case "ENV":
                name, _, value = rest.partition("=")
                case.environment[name] = value
            case "SINCE":
                case.since = version(rest)
            case "PLAIN":
                case.plain = True
            case "PEER":
                case.peer = True
            case "UNORDERED":
                case.unordered = True
            case _:
                case.steps.append([verb, *shlex.split(rest)])
    return case


def all_cases() -> list[Case]:
    """Return the cases in the rooms of `scripts`. A case of several files is a folder, with a script of the folder's name."""
    files = [*SCRIPTS.glob("*/*.py"), *(path for path in SCRIPTS.glob("*/*/*.py") if path.stem == path.parent.name)]
    return [read_case(path) for path in sorted(files, key=lambda file: file.stem)]
