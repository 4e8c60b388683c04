# SPDX-License-Identifier: GPL-3.0-or-later
"""2,000 routes, each with a callback of its own."""

import functools

import orthanc

ROUTES = 2000


def answer(number, output, uri, **request):
    output.AnswerBuffer(str(number), "text/plain")


for number in range(ROUTES):
    orthanc.RegisterRestCallback(f"/many/{number}/(.*)", functools.partial(answer, number))
