# SPDX-License-Identifier: GPL-3.0-or-later
"""/python and /numpy compute for a second, the listener of changes sleeps for a second at each; /bench answers at once."""

import time

import numpy
import orthanc

SECONDS = 1.0


def compute(output, uri, **request):
    end = time.perf_counter() + SECONDS
    total = 0
    while time.perf_counter() < end:
        total += sum(i * i for i in range(1000))
    output.AnswerBuffer(str(total), "text/plain")


def compute_in_numpy(output, uri, **request):
    """As the pixels of images are computed: numpy releases the GIL in each operation, and holds it in between."""
    end = time.perf_counter() + SECONDS
    pixels = numpy.arange(512 * 512, dtype=numpy.float64).reshape(512, 512)
    while time.perf_counter() < end:
        pixels = numpy.sort(pixels[:, ::-1] * 1.5 % 4096, axis=0)
    output.AnswerBuffer(str(pixels.sum()), "text/plain")


def answer(output, uri, **request):
    output.AnswerBuffer("ok\n", "text/plain")


orthanc.RegisterRestCallback("/python", compute)
orthanc.RegisterRestCallback("/numpy", compute_in_numpy)
orthanc.RegisterRestCallback("/bench", answer)
orthanc.RegisterOnChangeCallback(lambda change_type, level, resource_id: time.sleep(SECONDS))
