# SPDX-License-Identifier: GPL-3.0-or-later
"""The stacks of all threads at a signal, by faulthandler: also while C code holds the GIL."""

from __future__ import annotations

import _signal
import os

STANDARD_ERROR = 2
file = -1  # descriptor of the file into which `signal` writes the stacks
signal = 0

_done = False


def register() -> None:
    """Have SIGUSR1 write the stacks to the standard error, and another signal into a file that the plugin reads.

    A signal that has a handler already keeps it.
    """
    global _done, file, signal
    if _done or not hasattr(_signal, "SIGUSR1"):
        return
    _done = True
    import faulthandler

    if _signal.getsignal(_signal.SIGUSR1) == _signal.SIG_DFL:
        faulthandler.register(_signal.SIGUSR1, file=STANDARD_ERROR)
    number = getattr(_signal, "SIGRTMAX", 3) - 3
    if hasattr(os, "memfd_create") and number > 0 and _signal.getsignal(number) == _signal.SIG_DFL:
        descriptor = os.memfd_create("orthanc-python stacks")
        faulthandler.register(number, file=descriptor)
        file, signal = descriptor, number
