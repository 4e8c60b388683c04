# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the diagrams of README and the pages, light and dark: diagrams.py [FOLDER], by default docs/pictures."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from drawing import SCHEMES, Arrow, Box, Picture, Text

OVERVIEW = Picture(
    "overview",
    560,
    560,
    "Who calls whom",
    "A client asks Orthanc for /hello. Orthanc calls the function hello of the script, which the plugin runs. "
    "The script answers by calling Orthanc. The configuration orthanc.json names the plugin and the script.",
    [
        Box(30, 10, 500, 50, "outside", "Browser, curl or a DICOM device"),
        Box(10, 112, 540, 310, "orthanc", "Orthanc, the DICOM server", top=True),
        Box(30, 148, 500, 50, "outside", "REST API, DICOM, database"),
        Box(30, 262, 500, 144, "plugin", "orthanc-python, the plugin", ("runs Python inside Orthanc",), top=True),
        Box(50, 322, 460, 66, "script", "hello.py, your script", ("def hello(output, uri, **request): ...",)),
        Box(30, 478, 500, 72, "file", "orthanc.json, the configuration", ('"Plugins": [...], "PythonScript": "hello.py"',)),
        Arrow((330, 60), (330, 147)),
        Text(322, 92, "1  GET /hello", "end"),
        Arrow((490, 147), (490, 61)),
        Text(482, 92, "4  Hello, world!", "end"),
        Arrow((330, 198), (330, 321)),
        Text(322, 235, "2  hello(output, uri, ...)", "end"),
        Arrow((490, 321), (490, 199)),
        Text(482, 235, "3  AnswerBuffer", "end"),
        Arrow((330, 478), (330, 407), dashed=True),
        Text(322, 456, "names the plugin", "end"),
        Arrow((490, 478), (490, 389), dashed=True),
        Text(482, 456, "names the script", "end"),
    ],
)


@dataclass(frozen=True)
class Step:
    """What happens to an instance that arrives. `callback` is the function that registers for it, or "" if Orthanc does it."""

    callback: str
    text: str


# In the order in which Orthanc calls them; changes are announced on a thread of their own.
# tests/integration/dicom/test_instance_life.py checks both.
LIFE = [
    Step("", "An instance arrives by DICOM C-STORE or POST /instances"),
    Step("RegisterReceivedInstanceCallback", "keep, change or discard the file"),
    Step("RegisterIncomingCStoreInstanceFilter", "C-STORE only: accept, or refuse with a DICOM status"),
    Step("RegisterStorageArea", "create: write the file, if the script does so"),
    Step("", "Orthanc adds the instance to its database"),
    Step("RegisterOnStoredInstanceCallback", "the instance is stored: read its tags"),
    Step("RegisterOnChangeCallback", "NEW_INSTANCE: at the same time, on another thread"),
    Step("", 'No more instances for "StableAge" seconds'),
    Step("RegisterOnChangeCallback", "STABLE_STUDY: act on the whole study"),
]


def instance_life() -> Picture:
    shapes: list[Box | Text | Arrow] = []
    y = 10
    for number, step in enumerate(LIFE):
        height = 56 if step.callback else 40
        if step.callback:
            shapes.append(Box(70, y, 470, height, "script", step.callback, (step.text,)))
        else:
            shapes.append(Box(20, y, 520, height, "orthanc", "", (step.text,)))
        if number + 1 < len(LIFE):
            shapes.append(Arrow((300, y + height), (300, y + height + 19)))
        y += height + 20
    words = ". ".join(f"{step.callback}: {step.text}" if step.callback else step.text for step in LIFE)
    return Picture("instance-life", 560, y - 10, "The callbacks that an instance meets, in order", words, shapes)


THREADS = Picture(
    "threads",
    560,
    486,
    "Two requests and the GIL",
    "Two threads of Orthanc answer two requests. Thread 1 runs Python, then calls RestApiGet and gives up the GIL. "
    "Meanwhile thread 2, which has waited for the GIL, runs Python. When both are done, both have answered.",
    [
        Text(20, 26, "Thread 1 of Orthanc", bold=True),
        Text(300, 26, "Thread 2 of Orthanc", bold=True),
        Box(20, 40, 240, 40, "outside", "", ("request 1 arrives",)),
        Box(20, 88, 240, 84, "script", "Python, holds the GIL", ("your callback runs", "on a stack of 8 MB")),
        Box(20, 180, 240, 128, "orthanc", "Orthanc, without the GIL", ("RestApiGet works",)),
        Box(20, 316, 240, 66, "script", "Python, holds the GIL", ("your callback goes on",)),
        Box(20, 390, 240, 40, "outside", "", ("answer 1 is sent",)),
        Box(300, 88, 240, 40, "outside", "", ("request 2 arrives",)),
        Box(300, 136, 240, 40, "waiting", "", ("waits for the GIL",), dashed=True),
        Box(300, 184, 240, 84, "script", "Python, holds the GIL", ("its callback runs", "and returns")),
        Box(300, 276, 240, 40, "outside", "", ("answer 2 is sent",)),
        Text(20, 466, "Green: one thread at a time runs Python. The others work or wait."),
    ],
)

PICTURES = [OVERVIEW, instance_life(), THREADS]


def main(folder: Path) -> None:
    for picture in PICTURES:
        for scheme in SCHEMES:
            (folder / f"{picture.name}-{scheme}.svg").write_text(picture.svg(scheme), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "pictures")
