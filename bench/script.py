# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that the benchmark runs in each Python plugin."""

import orthanc


def answer(output, uri, **request):
    output.AnswerBuffer("ok\n", "text/plain")


orthanc.RegisterRestCallback("/bench", answer)
