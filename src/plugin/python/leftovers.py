# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes away what a script has put into Python's own modules, before the next script starts in the same process."""

from __future__ import annotations

import _signal
import sys

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    import logging
    from collections.abc import Callable
    from typing import Any

_path: list[str] = []
_meta_path: list[Any] = []
_signals: dict[int, Any] = {}
_noted = False
_is_script: Callable[[str], bool] = lambda file: False  # noqa: E731
_handlers: list[tuple[logging.Logger, logging.Handler]] = []  # that a script has added
_filters: list[tuple[logging.Filterer, Any]] = []
_watching = False


def note() -> None:
    """Remember what is there before the script runs."""
    global _noted
    _path[:], _meta_path[:] = sys.path, sys.meta_path
    _signals.clear()
    _signals.update((number, _signal.getsignal(number)) for number in range(1, _signal.NSIG))
    _noted = True


def take_away(is_script: Callable[[str], bool]) -> None:
    """Take away what came since, of sys.path, sys.meta_path, handlers of signals, and handlers and filters of `logging`.

    Args:
        is_script: tells whether a file is in one of the scripts' folders.
    """
    global _is_script, _noted
    _is_script = is_script
    if not _noted:
        return
    _noted = False
    sys.path[:] = [entry for entry in sys.path if entry in _path]
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder in _meta_path or not _is_of_script(finder)]
    for number, handler in _signals.items():
        if handler is not None and _signal.getsignal(number) is not handler:  # None: Orthanc's, which installs it again
            try:  # noqa: SIM105
                _signal.signal(number, handler)
            except (OSError, ValueError):  # a thread that is not the main one
                pass
    for filterer, filter in _filters:
        filterer.removeFilter(filter)
    for logger, added in _handlers:
        logger.removeHandler(added)
        added.close()
    _filters.clear()
    _handlers.clear()


def watch_logging() -> None:
    """From now on, note what scripts add to loggers.

    Libraries keep what they add when they are imported: they stay imported.
    """
    global _watching
    if _watching:
        return
    _watching = True
    import logging

    add_handler, add_filter = logging.Logger.addHandler, logging.Filterer.addFilter

    def addHandler(self: logging.Logger, hdlr: logging.Handler) -> None:
        """Add the specified handler to this logger."""
        add_handler(self, hdlr)
        if _called_by_script():
            _handlers.append((self, hdlr))

    def addFilter(self: logging.Filterer, filter: Any) -> None:
        """Add the specified filter to this handler."""
        add_filter(self, filter)
        if _called_by_script():
            _filters.append((self, filter))

    logging.Logger.addHandler = addHandler  # type: ignore[method-assign]
    logging.Filterer.addFilter = addFilter  # type: ignore[method-assign]


def _called_by_script() -> bool:
    """Return whether a function of the script has called this, at any depth, but for libraries that are being imported."""
    frame = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if _is_script(file):
            return True
        if file.startswith("<frozen importlib"):
            return False
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _is_of_script(finder: Any) -> bool:
    kind = finder if isinstance(finder, type) else type(finder)
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return isinstance(file, str) and _is_script(file)
