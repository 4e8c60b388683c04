# SPDX-License-Identifier: GPL-3.0-or-later
# A task that runs every second from the start of Orthanc to its stop, on a thread of its own.
# curl http://localhost:8042/heartbeats

import json
import threading
from collections import deque
from typing import Any

import orthanc

PERIOD = 1.0  # seconds

stopping = threading.Event()
heartbeats: deque[int] = deque(maxlen=100)  # the newest


def task() -> None:
    statistics = json.loads(orthanc.RestApiGet("/statistics"))
    heartbeats.append(statistics["CountInstances"])


def run() -> None:
    runs = 0
    while not stopping.wait(PERIOD):
        runs += 1
        try:
            task()
        except Exception as error:  # one failure must not end the task
            orthanc.LogError(f"The periodic task failed: {error!r}")
    orthanc.LogWarning(f"The periodic task has stopped after {runs} runs")


thread = threading.Thread(target=run, name="periodic-task")


def on_change(change_type: orthanc.ChangeType, level: orthanc.ResourceType, resource_id: str) -> None:
    if change_type == orthanc.ChangeType.ORTHANC_STARTED:
        thread.start()
    elif change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        stopping.set()
        thread.join()


def answer(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.AnswerBuffer(json.dumps(list(heartbeats.copy())), "application/json")


orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterRestCallback("/heartbeats", answer)
