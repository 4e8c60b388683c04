# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the logo, and the diagrams of README and the pages, light and dark: [FOLDER], by default docs/pictures."""

from __future__ import annotations

import sys
from pathlib import Path

from drawing.downloads import choice
from drawing.logo import LOGO
from drawing.shapes import SCHEMES, Arrow, Box, Picture, Text
from drawing.steps import LIFE, REQUEST, column

OVERVIEW = Picture(
    "overview",
    560,
    "Who calls whom",
    "A client asks Orthanc for /hello. Orthanc calls the function hello of the script, which the plugin runs. "
    "The script answers by calling Orthanc. The configuration orthanc.json names the plugin and the script.",
    [
        Box(20, 10, 380, 50, "outside", "Browser, curl or a DICOM device"),
        Box(5, 112, 410, 310, "orthanc", "Orthanc, DICOM server", top=True),
        Box(20, 148, 380, 50, "outside", "REST API, DICOM, database"),
        Box(20, 262, 380, 144, "plugin", "Plugin orthanc-python", ("runs Python in Orthanc",), top=True),
        Box(34, 322, 352, 66, "script", "hello.py, your script", ("def hello(output, uri, **request): ...",)),
        Box(20, 478, 380, 72, "file", "orthanc.json, the configuration", ('"Plugins": [...], "PythonScript": "hello.py"',)),
        Arrow((240, 60), (240, 147)),
        Text(233, 92, "1  GET /hello", "end"),
        Arrow((370, 147), (370, 61)),
        Text(363, 92, "4  Hello, world!", "end"),
        Arrow((240, 198), (240, 321)),
        Text(233, 235, "2  hello(output, uri, ...)", "end"),
        Arrow((370, 321), (370, 199)),
        Text(363, 235, "3  AnswerBuffer", "end"),
        Arrow((200, 478), (200, 407), dashed=True),
        Text(193, 456, "names the plugin", "end"),
        Arrow((370, 478), (370, 389), dashed=True),
        Text(363, 456, "names the script", "end"),
    ],
)
THREADS = Picture(
    "threads",
    498,
    "Two requests and the GIL",
    "Two threads of Orthanc answer two requests. Thread 1 runs Python, then calls RestApiGet and gives up the GIL. "
    "Meanwhile thread 2, which has waited for the GIL, runs Python. When both are done, both have answered.",
    [
        Text(10, 26, "Orthanc's thread 1", bold=True),
        Text(218, 26, "Orthanc's thread 2", bold=True),
        Box(10, 40, 192, 40, "outside", "", ("request 1 arrives",)),
        Box(10, 88, 192, 84, "script", "Python has the GIL", ("your callback runs", "on a stack of 8 MB")),
        Box(10, 180, 192, 128, "orthanc", "Orthanc, without it", ("RestApiGet works",)),
        Box(10, 316, 192, 66, "script", "Python has the GIL", ("your callback goes on",)),
        Box(10, 390, 192, 40, "outside", "", ("answer 1 is sent",)),
        Box(218, 88, 192, 40, "outside", "", ("request 2 arrives",)),
        Box(218, 136, 192, 40, "waiting", "", ("waits for the GIL",), dashed=True),
        Box(218, 184, 192, 84, "script", "Python has the GIL", ("your callback runs", "and returns")),
        Box(218, 276, 192, 40, "outside", "", ("answer 2 is sent",)),
        Text(10, 460, "Green: Python runs, in one thread at a time."),
        Text(10, 482, "Meanwhile the other threads work or wait."),
    ],
)
PICTURES = [
    OVERVIEW,
    column("request", "The way of a request", REQUEST),
    column("instance-life", "The callbacks that an instance meets, in order", LIFE),
    THREADS,
    choice(),
]


def main(folder: Path) -> None:
    (folder / "logo.svg").write_text(LOGO, encoding="utf-8")
    for picture in PICTURES:
        for scheme in SCHEMES:
            (folder / f"{picture.name}-{scheme}.svg").write_text(picture.svg(scheme), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "pictures")
