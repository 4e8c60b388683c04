# SPDX-License-Identifier: GPL-3.0-or-later
"""Executors whose work submits the next one."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import counted
import orthanc

executor = ThreadPoolExecutor(4)


def work():
    with suppress(orthanc.OrthancException):  # there is no database yet
        orthanc.RestApiGet("/statistics")
    with suppress(RuntimeError):  # the executor has been shut down
        executor.submit(work)


for _ in range(8):
    executor.submit(work)
orthanc.LogWarning(f"the script begins with {counted.__name__}")
