# SPDX-License-Identifier: GPL-3.0-or-later
"""Has `warnings` and `logging` go to Orthanc's log, the latter when the script imports it: that takes long."""

from __future__ import annotations

import sys
import warnings

import _orthanc_hooks
import orthanc

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from typing import TextIO

_original_show_warning = warnings.showwarning
_standard_error = sys.stderr  # as it is before the script
_takes_file_and_line = False  # asked at the start: worker processes may import logging, but cannot ask Orthanc


def start(enabled: bool, level: str) -> None:
    """Begin with it, or undo it. `level` is that of the root logger."""
    global _takes_file_and_line
    _takes_file_and_line = hasattr(orthanc, "LogMessage") and bool(orthanc.CheckVersionAdvanced(1, 12, 4))
    if getattr(sys.stdout, "errors", None) == "strict":  # a text of print is never lost, as one for the standard error is not
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    warnings.showwarning = _show_warning if enabled else _original_show_warning
    _orthanc_hooks.when_imported("logging", lambda: _prepare_logging(enabled, level))


def is_redirected() -> bool:
    """Return whether the script has replaced sys.stderr, as contextlib.redirect_stderr() does: it wants these texts there."""
    return sys.stderr is not _standard_error


def _prepare_logging(enabled: bool, level: str) -> None:
    import _orthanc_logs

    _orthanc_logs.start(enabled, level, _takes_file_and_line)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """warnings.showwarning: to the logger that logging.captureWarnings() uses, in one line."""
    import logging

    if is_redirected() or (file is not None and file is not sys.stderr):
        _original_show_warning(message, category, filename, lineno, file, line)
    else:
        logging.getLogger("py.warnings").warning("%s:%d: %s: %s", filename, lineno, category.__name__, message)
