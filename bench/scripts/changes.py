# SPDX-License-Identifier: GPL-3.0-or-later
"""/changes answers the number of changes that the script has got, and the seconds from the first to the last."""

import time

import orthanc

count = 0
first = last = 0.0


def on_change(change_type, level, resource_id):
    global count, first, last
    last = time.perf_counter()
    if count == 0:
        first = last
    count += 1


def answer(output, uri, **request):
    output.AnswerBuffer(f"{count} {last - first}", "text/plain")


orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterRestCallback("/changes", answer)
