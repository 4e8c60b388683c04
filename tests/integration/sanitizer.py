# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts an Orthanc for a plugin that is built with sanitizers: see ci/sanitize."""

from __future__ import annotations

import os
from typing import Any


def sanitizer_environment() -> dict[str, str]:
    """The environment for AddressSanitizer, if ORTHANC_PYTHON_SANITIZER has the libraries to preload; else empty.

    The runtime must be in the process before anything allocates, and Orthanc does not bring it. Leaks are looked for elsewhere
    (tests/sanitize): Orthanc and CPython leak by design. Python's own allocator would hide its objects from the sanitizer.
    """
    libraries = os.environ.get("ORTHANC_PYTHON_SANITIZER")
    if not libraries:
        return {}
    return {
        "LD_PRELOAD": libraries,
        "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONMALLOC": "malloc",
    }


def sanitizer_configuration() -> dict[str, Any]:
    """Orthanc's settings for it: the sanitizer has no arenas, and Orthanc does not start when it cannot limit their number."""
    return {"MallocArenaMax": 0} if sanitizer_environment() else {}
