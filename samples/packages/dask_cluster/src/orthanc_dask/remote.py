# SPDX-License-Identifier: GPL-3.0-or-later
"""The function that the workers run for each instance: it fetches the instance by REST, and calls the task."""

from __future__ import annotations

import importlib
import io
import sys
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

import cloudpickle  # type: ignore[import-not-found,import-untyped,unused-ignore]

from orthanc_dask import results

Task = Callable[[Any], Any]


def find_task(name: str) -> Task:
    """Import a task by MODULE:FUNCTION. Its module travels to the workers with it.

    Raises:
        ValueError: it is not a function that can be imported.
    """
    module, _, function = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(
            f'invalid task: "{name}" ({error}). Write MODULE:FUNCTION, both installed in this environment'
        ) from error
    if not callable(found):
        raise ValueError(f'invalid task: "{name}" is not a function')
    cloudpickle.register_pickle_by_value(sys.modules[module])
    task: Task = found
    return task


def remote_function(task: Task, headers: Mapping[str, str], timeout: float) -> Callable[[str], Any]:
    """Return the function for the workers. It is sent as a whole because it is inside a function, and the check with it."""
    cloudpickle.register_pickle_by_value(results)
    sent = dict(headers)

    def work(url: str) -> Any:
        import pydicom

        call = urllib.request.Request(url, headers=sent)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy would see the images and the token
        with opener.open(call, timeout=timeout) as response:
            result = task(pydicom.dcmread(io.BytesIO(response.read())))
        results.check(result)
        return result

    return work
