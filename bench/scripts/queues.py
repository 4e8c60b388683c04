# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps with a queue of Orthanc's database, whose values a thread takes. Each answers the size of the queue at its end.

/steps answers those that can be done here: as /enqueue?count=N, /dequeue?count=N, /both?count=N and /acknowledge?count=N.
"""

import json
import threading

import orthanc

QUEUE = "bench"
VALUE = bytes(range(200))
PATIENCE = 10.0  # seconds without a value


def dequeue():
    return orthanc.DequeueValue(QUEUE, orthanc.QueueOrigin.FRONT)


def acknowledge():
    value, number = orthanc.ReserveQueueValue(QUEUE, orthanc.QueueOrigin.FRONT, 600)
    if value is not None:
        orthanc.AcknowledgeQueueValue(QUEUE, number)
    return value


class Consumer(threading.Thread):
    """Takes a number of values. `wake` is set when there may be further ones."""

    def __init__(self, take, count):
        super().__init__()
        self.take = take
        self.left = count
        self.wake = threading.Event()
        self.failure = None

    def run(self):
        try:
            while self.left:
                self.take_one()
        except Exception as error:
            self.failure = error

    def take_one(self):
        value = self.take()
        if value == VALUE:
            self.left -= 1
        elif value is not None:
            raise RuntimeError(f"another value: {value!r}")
        elif self.wake.wait(PATIENCE):
            self.wake.clear()
        else:
            raise RuntimeError(f"{self.left} values are missing")

    def finish(self):
        self.join()
        if self.failure is not None:
            raise self.failure


def enqueue_all(count):
    for _ in range(count):
        orthanc.EnqueueValue(QUEUE, VALUE)


def dequeue_all(count, take=dequeue):
    consumer = Consumer(take, count)
    consumer.start()
    consumer.finish()


def acknowledge_all(count):
    dequeue_all(count, acknowledge)


def do_both(count):
    consumer = Consumer(dequeue, count)
    consumer.start()
    for _ in range(count):
        orthanc.EnqueueValue(QUEUE, VALUE)
        consumer.wake.set()
    consumer.finish()


def works(take):
    try:
        take()
    except (AttributeError, orthanc.OrthancException):  # without the function: the module, or Orthanc
        return False
    return True


def steps(output, uri, **request):
    found = [*(["enqueue", "dequeue", "both"] if works(dequeue) else []), *(["acknowledge"] if works(acknowledge) else [])]
    output.AnswerBuffer(json.dumps(found), "application/json")


STEPS = {"/enqueue": enqueue_all, "/dequeue": dequeue_all, "/both": do_both, "/acknowledge": acknowledge_all}


def step(output, uri, **request):
    STEPS[uri](int(request["get"]["count"]))
    output.AnswerBuffer(str(orthanc.GetQueueSize(QUEUE)), "text/plain")


orthanc.RegisterRestCallback("/steps", steps)
for path in STEPS:
    orthanc.RegisterRestCallback(path, step)
