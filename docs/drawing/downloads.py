# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture that leads to the file to download: questions, of which each "yes" ends at an answer."""

from __future__ import annotations

from dataclasses import dataclass

from drawing.shapes import Arrow, Box, Picture, Shape, Text


@dataclass(frozen=True)
class Question:
    text: str
    answer: str  # what to take if it is "yes"
    file: str


QUESTIONS = [
    Question("Does your Orthanc run in Docker?", "The image", "docker build -t orthanc-python ."),
    Question("Do you write and test scripts?", "pip, in a virtual environment", "orthanc_python-0.1.0-cp313-....whl"),
    Question("Must it be one file, for one Python?", "The plugin for it", "OrthancPython-0.1.0-python3.13-SYSTEM.so"),
    Question("Is your system among the downloads?", "The bundle for any Python", "OrthancPython-0.1.0-SYSTEM.zip"),
]
LAST = ("Build it from source", "cmake -S . -B build")


def choice() -> Picture:
    shapes: list[Shape] = []
    y = 10
    for question in QUESTIONS:
        shapes += [
            Box(10, y, 330, 40, "orthanc", "", (question.text,)),
            Arrow((388, y + 20), (388, y + 53)),
            Text(348, y + 25, "yes"),
            Box(44, y + 54, 366, 58, "script", question.answer, (question.file,)),
            Arrow((25, y + 40), (25, y + 143)),
            Text(33, y + 132, "no"),
        ]
        y += 144
    shapes.append(Box(10, y, 400, 58, "file", LAST[0], (LAST[1],)))
    words = ". ".join(f"{each.text} Yes: {each.answer}, {each.file}" for each in QUESTIONS)
    return Picture("downloads", y + 68, "Which file to download", f"{words}. Otherwise: {LAST[0]}, {LAST[1]}", shapes)
