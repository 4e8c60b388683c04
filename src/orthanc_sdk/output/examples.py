# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the examples of the reference: a Markdown file for each topic, with a section for each function or method.

The heading of a section names the functions that its example shows: "## LogWarning, LogError". The text between the title and
the first section introduces the topic. Topics and sections are in the order in which readers need them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from orthanc_sdk.errors import ReaderError

# The files of the folder without ".md", in the order of the pages.
TOPICS = (
    "common",
    "answers",
    "rest",
    "http",
    "dicom",
    "instances",
    "images",
    "jobs",
    "queues",
    "server",
    "web",
    "network",
    "connections",
    "storage",
    "transcoding",
)


@dataclass(frozen=True)
class Example:
    """`names` are functions such as "RestApiGet" and methods such as "Image.DrawText"; `text` is Markdown."""

    names: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class ExampleTopic:
    name: str
    title: str
    introduction: str
    examples: tuple[Example, ...]


def read_examples(folder: Path) -> tuple[ExampleTopic, ...]:
    """Return the topics of a folder, in order.

    Raise `ReaderError` for a file that has no place in the order, and for a function that two examples name.
    """
    files = {file.stem: file for file in folder.glob("*.md")}
    unknown = sorted(files.keys() - set(TOPICS))
    if unknown:
        raise ReaderError(f"topics of examples without a place in the order: {', '.join(unknown)}")
    topics = tuple(_topic(files[name]) for name in TOPICS if name in files)
    names = [name for topic in topics for example in topic.examples for name in example.names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ReaderError(f"two examples of one function: {', '.join(twice)}")
    return topics


def _topic(file: Path) -> ExampleTopic:
    head, *parts = re.split(r"^## (.+)\n", file.read_text(encoding="utf-8"), flags=re.M)
    title, _, introduction = head.partition("\n")
    examples = (Example(tuple(names.split(", ")), text.strip()) for names, text in zip(parts[::2], parts[1::2], strict=True))
    return ExampleTopic(file.stem, title.removeprefix("# "), introduction.strip(), tuple(examples))
