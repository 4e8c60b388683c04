# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps below each other, with arrows from one to the next: the life of an instance, and the way of a request."""

from __future__ import annotations

from dataclasses import dataclass

from drawing.shapes import Arrow, Box, Picture, Shape


@dataclass(frozen=True)
class Step:
    """`callback` is the function that registers for it, or "" if Orthanc or the plugin does it. `kind` is then the color."""

    callback: str
    text: str
    kind: str = "orthanc"


# In the order in which Orthanc calls them; changes are announced on a thread of their own.
# tests/integration/dicom/test_instance_life.py checks both lists.
LIFE = [
    Step("", "An instance arrives: C-STORE or POST /instances"),
    Step("RegisterReceivedInstanceCallback", "keep, change or discard the file"),
    Step("RegisterIncomingCStoreInstanceFilter", "C-STORE only: accept, or refuse by status"),
    Step("RegisterStorageArea", "create: write the file, if the script does so"),
    Step("", "Orthanc adds the instance to its database"),
    Step("RegisterOnStoredInstanceCallback", "the instance is stored: read its tags"),
    Step("RegisterOnChangeCallback", "NEW_INSTANCE: on another thread"),
    Step("", 'No more instances for "StableAge" seconds'),
    Step("RegisterOnChangeCallback", "STABLE_STUDY: act on the whole study"),
]
REQUEST = [
    Step("", "A client asks: GET /hello", "outside"),
    Step("", "Orthanc checks user and password"),
    Step("RegisterIncomingHttpRequestFilter", "True: go on. Anything else: 403"),
    Step("", "The plugin waits for the GIL, and takes its stack", "plugin"),
    Step("RegisterRestCallback", "hello(output, uri, **request) runs"),
    Step("", "RestApiGet: Orthanc works without the GIL"),
    Step("RegisterRestCallback", 'output.AnswerBuffer("Hello", "text/plain")'),
    Step("", "Orthanc sends the answer: 200 Hello"),
]


def column(name: str, title: str, steps: list[Step]) -> Picture:
    shapes: list[Shape] = []
    y = 10
    for number, step in enumerate(steps):
        height = 58 if step.callback else 40
        if step.callback:
            shapes.append(Box(44, y, 366, height, "script", step.callback, (step.text,)))
        else:
            shapes.append(Box(10, y, 400, height, step.kind, "", (step.text,)))
        if number + 1 < len(steps):
            shapes.append(Arrow((225, y + height), (225, y + height + 19)))
        y += height + 20
    words = ". ".join(f"{step.callback}: {step.text}" if step.callback else step.text for step in steps)
    return Picture(name, y - 10, title, words, shapes)
