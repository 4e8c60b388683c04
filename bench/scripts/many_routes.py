# SPDX-License-Identifier: GPL-3.0-or-later
"""As many routes as the configuration says, each with a callback of its own."""

import functools
import json

import orthanc


def answer(number, output, uri, **request):
    output.AnswerBuffer(str(number), "text/plain")


for number in range(json.loads(orthanc.GetConfiguration())["Bench"]["Routes"]):
    orthanc.RegisterRestCallback(f"/many/{number}/(.*)", functools.partial(answer, number))
