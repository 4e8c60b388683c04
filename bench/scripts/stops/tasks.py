# SPDX-License-Identifier: GPL-3.0-or-later
"""Asynchronous tasks that call Orthanc, also when they are cancelled."""

import asyncio

import counted
import orthanc

tasks = []


async def work():
    try:
        while True:
            await asyncio.to_thread(orthanc.RestApiGet, "/statistics")
            orthanc.RestApiGet("/system")
    finally:
        orthanc.RestApiGet("/system")


async def begin(output, uri, **request):
    tasks.extend(asyncio.create_task(work()) for _ in range(4))
    output.AnswerBuffer("begun", "text/plain")


orthanc.RegisterRestCallback("/begin", begin)
orthanc.LogWarning(f"the script begins with {counted.__name__}")
