# SPDX-License-Identifier: GPL-3.0-or-later
"""/compute keeps the interpreter for a second; /bench answers at once."""

import time

import orthanc

SECONDS = 1.0


def compute(output, uri, **request):
    end = time.perf_counter() + SECONDS
    total = 0
    while time.perf_counter() < end:
        total += sum(i * i for i in range(1000))
    output.AnswerBuffer(str(total), "text/plain")


def answer(output, uri, **request):
    output.AnswerBuffer("ok\n", "text/plain")


orthanc.RegisterRestCallback("/compute", compute)
orthanc.RegisterRestCallback("/bench", answer)
