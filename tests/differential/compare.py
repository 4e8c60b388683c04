# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences of two results, and the table of those that are known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import tomllib

TABLE = Path(__file__).with_name("differences.toml")
ABSENT = "absent"
NEVER = "never"  # came what a step has waited for


@dataclass(frozen=True)
class Difference:
    """A place in the results, as a path, and both values there."""

    where: str
    established: str
    here: str

    def __str__(self) -> str:
        return f"{self.where}\n    established: {self.established}\n    here:        {self.here}"


@dataclass
class Known:
    """An entry of the table. All but `reason`, `subject`, `then`, `now`, `required` are patterns, where * is any text."""

    cases: list[str]
    where: list[str]
    reason: str
    # For the page of differences: its subject, what the established plugin does and what ours does.
    subject: str = ""
    then: str = ""
    now: str = ""
    established: str | list[str] = "*"  # a list, if it is one of them, by chance
    here: str = "*"
    generations: list[str] = field(default_factory=lambda: ["*"])
    sometimes: bool = False  # such as a crash that not each run has
    required: dict[str, str] = field(default_factory=dict)  # what our result has, by its path, also where both are the same

    def is_for(self, case: str, generation: str) -> bool:
        return any(fnmatchcase(case, each) for each in self.cases) and any(fnmatchcase(generation, e) for e in self.generations)

    def covers(self, difference: Difference) -> bool:
        return (
            matches(difference.where, self.where)
            and matches(difference.established, self.established)
            and matches(difference.here, self.here)
        )


def matches(text: str, patterns: str | list[str]) -> bool:
    """Return whether one of the patterns matches, in which only * has a meaning: the values are full of brackets."""
    each_of_them = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatchcase(text, each.replace("[", "[[]").replace("?", "[?]")) for each in each_of_them)


def differences(established: Any, here: Any, where: str = "") -> Iterator[Difference]:
    """Yield the innermost places where two values differ."""
    if established == here:
        return
    if isinstance(established, dict) and isinstance(here, dict):
        for name in [*established, *(name for name in here if name not in established)]:
            yield from differences(established.get(name, ABSENT), here.get(name, ABSENT), f"{where}/{name}")
    elif isinstance(established, list) and isinstance(here, list) and len(established) == len(here):
        for number, (one, other) in enumerate(zip(established, here, strict=True)):
            yield from differences(one, other, f"{where}/{number}")
    else:
        yield Difference(where.lstrip("/"), shown(established), shown(here))


def shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def table() -> list[Known]:
    return [Known(**entry) for entry in tomllib.loads(TABLE.read_text(encoding="utf-8")).get("difference", [])]


def judge(case: str, generation: str, found: list[Difference]) -> str:
    """Return the faults: differences that no entry covers, and entries for this case that cover none."""
    entries = [entry for entry in table() if entry.is_for(case, generation)]
    unknown = [each for each in found if not any(entry.covers(each) for entry in entries)]
    idle = [entry for entry in entries if not entry.sometimes and not any(entry.covers(each) for each in found)]
    lines = [f"not in differences.toml: {each}" for each in unknown]
    lines += [f"differences.toml has an entry that covers nothing in {case}: {entry.reason}" for entry in idle]
    return "\n".join(lines)


def faults(case: str, generation: str, established: dict[str, Any], here: dict[str, Any]) -> str:
    """Return the faults of two results, and of ours alone: what never came, and what an entry of the table requires."""
    lines = [f"never came here: {step}" for step, result in here.get("steps", {}).items() if result == NEVER]
    required = [entry.required for entry in table() if entry.is_for(case, generation)]
    for where, value in (item for entry in required for item in entry.items()):
        if (found := value_at(here, where)) != value:
            lines.append(f"required here: {where} is {value}, and not {found}")
    return "\n".join(filter(None, [*lines, judge(case, generation, list(differences(established, here)))]))


def value_at(result: Any, where: str) -> str:
    """Return the value at a path, as `differences` writes it."""
    if not where:
        return shown(result)
    for name, value in result.items() if isinstance(result, dict) else ():
        if f"{where}/".startswith(f"{name}/"):
            return value_at(value, where.removeprefix(name).removeprefix("/"))
    return ABSENT
