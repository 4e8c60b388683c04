# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that is killed at a change of a folder."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from typing import Any

CHANGES = ("link", "mkdir", "rename", "replace", "rmdir", "symlink", "unlink")  # functions of os
KILLED = 9


def status_after(calls: int, run: Callable[[], object]) -> int:
    """Run a function in a process that ends before its next change of a folder, after so many of them.

    Returns:
        The exit status: KILLED, 0 if the function has returned before, 1 if it has raised.
    """
    process = os.fork()
    if process:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    left = calls

    def counted(function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: Any, **options: Any) -> object:
            nonlocal left
            left -= 1
            if left < 0:
                os._exit(KILLED)
            return function(*arguments, **options)

        return call

    for name in CHANGES:
        setattr(os, name, counted(getattr(os, name)))
    try:
        run()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
