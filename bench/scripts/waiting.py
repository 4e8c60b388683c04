# SPDX-License-Identifier: GPL-3.0-or-later
"""/wait answers after a second in which it waits: as a coroutine where the plugin has them, else as a function that sleeps."""

import asyncio
import time

import orthanc

SECONDS = 1.0


async def wait(output, uri, **request):
    await asyncio.sleep(SECONDS)
    output.AnswerBuffer("ok\n", "text/plain")


def sleep(output, uri, **request):
    time.sleep(SECONDS)
    output.AnswerBuffer("ok\n", "text/plain")


has_coroutines = hasattr(orthanc, "RegisterChunkedRestCallback")  # which came with them
orthanc.RegisterRestCallback("/wait", wait if has_coroutines else sleep)
