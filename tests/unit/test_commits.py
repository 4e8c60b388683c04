# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of commits follow docs/style.md since that page is there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RULES = "docs/style.md"


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True).stdout.strip()


def commits() -> list[tuple[str, str, str]]:
    """Hash, subject and body of the commits since the rules; none in a source distribution, or where history is cut off."""
    first = git("log", "--diff-filter=A", "--format=%H", "--", RULES)
    if not first or git("rev-parse", "--is-shallow-repository") == "true":
        return []
    text = git("log", "--no-merges", "--format=%h%x00%s%x00%b%x01", f"{first.split()[-1]}..HEAD")
    return [(fields[0], fields[1], fields[2]) for each in text.split("\x01") if len(fields := each.strip().split("\0")) == 3]


def problems(subject: str, body: str) -> list[str]:
    found = []
    if len(subject) > 65:
        found.append(f"the subject has {len(subject)} characters, 65 are allowed")
    if subject.endswith("."):
        found.append("the subject ends with a full stop")
    if not subject[:1].isupper() and not subject.startswith("ci/"):
        found.append("the subject does not begin with a capital letter")
    if not body.strip():
        found.append("there is no body that says why")
    if any(len(line) > 80 for line in body.splitlines()):
        found.append("a line of the body is longer than 80 characters")
    return found


def test_commits() -> None:
    assert [f"{commit} {subject}: {each}" for commit, subject, body in commits() for each in problems(subject, body)] == []


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("x" * 66, "why"),
        ("Add a thing.", "why"),
        ("add a thing", "why"),
        ("Add a thing", ""),
        ("Add a thing", "y" * 81),
    ],
)
def test_a_message_against_the_rules(subject: str, body: str) -> None:
    assert len(problems(subject, body)) >= 1
    assert problems("Add a thing", "Because it was missing.") == []
