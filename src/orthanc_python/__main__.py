# SPDX-License-Identifier: GPL-3.0-or-later
"""The command orthanc-python. `python -m orthanc_python` is that of this very interpreter."""

from __future__ import annotations

import os
import signal
from types import FrameType


def main() -> None:
    """Run the command. Ctrl-C ends it without a traceback, also while its modules are imported."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # it is ignored in the background of a script
        signal.signal(signal.SIGINT, _end)
    from orthanc_python import cli

    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    cli.main()


def _end(number: int, frame: FrameType | None) -> None:
    os.write(2, b"\nAborted!\n")  # as click says later
    os._exit(1)  # nothing has been started yet; an exception could be lost in an import


if __name__ == "__main__":
    main()
