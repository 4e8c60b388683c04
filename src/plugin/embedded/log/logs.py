# SPDX-License-Identifier: GPL-3.0-or-later
"""Python's `logging` goes to Orthanc's log, unless the script sends it elsewhere."""

from __future__ import annotations

import logging
import os.path
import sys

import _orthanc_errors
import _orthanc_leftovers
import _orthanc_log_start
import _orthanc_own_log
import _orthanc_uncaught
import orthanc

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from typing import Any

_original_basic_config = logging.basicConfig
_original_last_resort = logging.lastResort
_takes_file_and_line = False


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

    def handle(self, record: logging.LogRecord) -> Any:
        """Write a record without the handler's lock: Orthanc's log has one, and gevent's would not wait for another thread."""
        passed: Any = self.filter(record)
        if passed:
            self.emit(passed if isinstance(passed, logging.LogRecord) else record)
        return passed

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._write(record, self.format(record))
        except Exception:  # as the handlers of the standard library do
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Say in Orthanc's log why a record has no text: the standard error may be that log, whose lines nothing may forge.

        A thread may log after Orthanc has gone. It goes on, and the text is on the standard error.
        """
        error = sys.exc_info()[1]
        if error is None or not logging.raiseExceptions:
            return
        try:
            message = repr(record.msg)
        except Exception:
            message = "that cannot be shown"
        what = f"the log record {message} of {record.pathname}:{record.lineno}"
        _orthanc_uncaught.report(what, None, "", error)

    def _write(self, record: logging.LogRecord, text: str) -> None:
        text = _orthanc_errors.printable(text)
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
            file = _orthanc_errors.printable(os.path.basename(record.pathname))
            _orthanc_own_log.message(text, "python", file, record.lineno, orthanc.LogCategory.GENERIC, level)
        elif record.levelno >= logging.ERROR:
            _orthanc_own_log.error(text)
        elif record.levelno >= logging.WARNING:
            _orthanc_own_log.warning(text)
        else:
            _orthanc_own_log.info(text)


class LastResort(OrthancHandler):
    """Writes the records of loggers that have no handler."""

    def handle(self, record: logging.LogRecord) -> Any:
        """Write a record to Orthanc's log, or where the script has redirected the standard error to."""
        if not _orthanc_log_start.is_redirected() or _original_last_resort is None:
            return super().handle(record)
        return record.levelno >= _original_last_resort.level and _original_last_resort.handle(record)


def start(enabled: bool, level: str, takes_file_and_line: bool) -> None:
    """Take the place of what `logging` does by default: writing to the standard error.

    Args:
        enabled: False undoes it.
        level: that of the root logger.
        takes_file_and_line: whether this Orthanc has LogMessage.
    """
    global _takes_file_and_line
    _takes_file_and_line = takes_file_and_line
    _orthanc_leftovers.watch_logging()
    logging.getLogger().setLevel(level)
    if not enabled:
        logging.basicConfig = _original_basic_config
        logging.lastResort = _original_last_resort
        return
    # Not a handler of the root logger: with one, basicConfig() would do nothing when a script calls it.
    logging.lastResort = LastResort(OrthancFormatter())  # type: ignore[assignment]
    logging.basicConfig = _basic_config


def _basic_config(**options: Any) -> None:
    """logging.basicConfig: without a destination of its own, it is Orthanc's log."""
    if not options.keys() & {"filename", "stream", "handlers"} and not _orthanc_log_start.is_redirected():
        own_format = options.keys() & {"format", "style"}
        options["handlers"] = [OrthancHandler(None if own_format else OrthancFormatter())]
    _original_basic_config(**options)
