# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule for results. The plugin has the same one, for jobs, but Dask's workers do not have the plugin."""

from __future__ import annotations

import json
import sys

# Of lists and dictionaries within each other. A job may have three more: the results are in three of its own.
DEEPEST = 897


def check(value: object) -> None:
    """Check that Orthanc's JSON can have a result, because Orthanc ends at once if it refuses a text of a job.

    Raises:
        ValueError, TypeError, RecursionError: it cannot. Half of a surrogate pair is a UnicodeEncodeError.
    """
    json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    level = [value]
    for _ in range(DEEPEST):
        inner: list[object] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, (list, tuple)):
                inner += each
            elif isinstance(each, int) and abs(each) > sys.float_info.max:
                raise ValueError("a number is larger than Orthanc's JSON can have")
        if not inner:
            return
        level = inner
    raise ValueError(f"lists and dictionaries are nested in more than {DEEPEST} levels")
