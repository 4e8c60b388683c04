# SPDX-License-Identifier: GPL-3.0-or-later
"""A route that answers at once."""

import orthanc


def answer(output, uri, **request):
    output.AnswerBuffer("ok\n", "text/plain")


orthanc.RegisterRestCallback("/bench", answer)
