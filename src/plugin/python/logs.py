# SPDX-License-Identifier: GPL-3.0-or-later
"""Python's `logging` and `warnings` go to Orthanc's log, unless the script sends them elsewhere."""

from __future__ import annotations

import logging
import os.path
import sys
import warnings

import orthanc

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from typing import Any, TextIO

_original_basic_config = logging.basicConfig
_original_last_resort = logging.lastResort
_original_show_warning = warnings.showwarning
_takes_file_and_line = False  # asked once: worker processes cannot ask Orthanc


class OrthancFormatter(logging.Formatter):
    """Name and message: Orthanc's log has the time and the level already."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        return text if record.name == "root" else f"{record.name}: {text}"


class OrthancHandler(logging.Handler):
    """Writes records to Orthanc's log with their level and, from Orthanc 1.12.4 on, with file and line."""

    def __init__(self, formatter: logging.Formatter | None = None) -> None:
        super().__init__()
        self.setFormatter(formatter)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._write(record, self.format(record))
        except Exception:  # as the handlers of the standard library do
            self.handleError(record)

    def _write(self, record: logging.LogRecord, text: str) -> None:
        if _takes_file_and_line:
            levels = orthanc.LogLevel
            level = (
                levels.ERROR
                if record.levelno >= logging.ERROR
                else levels.WARNING
                if record.levelno >= logging.WARNING
                else levels.INFO
                if record.levelno >= logging.INFO
                else levels.TRACE
            )
            file = os.path.basename(record.pathname)
            orthanc.LogMessage(text, "python", file, record.lineno, orthanc.LogCategory.GENERIC, level)
        elif record.levelno >= logging.ERROR:
            orthanc.LogError(text)
        elif record.levelno >= logging.WARNING:
            orthanc.LogWarning(text)
        else:
            orthanc.LogInfo(text)


def start(enabled: bool) -> None:
    """Takes the place of what `logging` and `warnings` do by default: writing to the standard error."""
    global _takes_file_and_line
    _takes_file_and_line = hasattr(orthanc, "LogMessage") and bool(orthanc.CheckVersionAdvanced(1, 12, 4))
    if not enabled:
        logging.basicConfig = _original_basic_config
        logging.lastResort = _original_last_resort
        warnings.showwarning = _original_show_warning
        return
    # Not a handler of the root logger, which would make basicConfig() do nothing when a script calls it.
    logging.lastResort = OrthancHandler(OrthancFormatter())  # type: ignore[assignment]
    logging.basicConfig = _basic_config
    logging.getLogger().setLevel(logging.INFO)  # Orthanc's own settings decide what of it is shown
    warnings.showwarning = _show_warning


def _basic_config(**options: Any) -> None:
    """logging.basicConfig: without a destination of its own, it is Orthanc's log."""
    if options.keys() & {"filename", "stream", "handlers"}:
        options.setdefault("level", logging.WARNING)  # the default outside Orthanc
    else:
        own_format = options.keys() & {"format", "style"}
        options["handlers"] = [OrthancHandler(None if own_format else OrthancFormatter())]
    _original_basic_config(**options)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """warnings.showwarning: to the logger that logging.captureWarnings() uses, in one line."""
    if file is not None and file is not sys.stderr:
        _original_show_warning(message, category, filename, lineno, file, line)
    else:
        logging.getLogger("py.warnings").warning("%s:%d: %s: %s", filename, lineno, category.__name__, message)
