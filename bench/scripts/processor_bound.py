# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes that keep a processor busy: by Python alone, and by many short calls of the SDK."""

import orthanc


def compute(output, uri, **request):
    output.AnswerBuffer(str(sum(i * i for i in range(50_000))), "text/plain")


def call(output, uri, **request):
    for _ in range(2_000):
        orthanc.GetTagName(0x0010, 0x0010, "")
    output.AnswerBuffer("ok\n", "text/plain")


orthanc.RegisterRestCallback("/compute", compute)
orthanc.RegisterRestCallback("/call", call)
