# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes away what a script has put into Python's own modules, before the next script starts in the same process."""

from __future__ import annotations

import _signal
import sys
from _weakref import ref

import _orthanc_scripts

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    import logging
    from collections.abc import Callable
    from typing import Any

# References to what a script has added, and to where: weak, because it may remove and forget it.
_handlers: list[tuple[Callable[[], logging.Logger | None], Callable[[], logging.Handler | None]]] = []
_filters: list[tuple[Callable[[], logging.Filterer | None], Callable[[], Any]]] = []
_watching = False

# OpenTelemetry's providers: the module, and the name of the provider. Each can be set once.
_PROVIDERS = (
    ("opentelemetry.trace", "_TRACER_PROVIDER"),
    ("opentelemetry.metrics._internal", "_METER_PROVIDER"),
    ("opentelemetry._logs._internal", "_LOGGER_PROVIDER"),
)


def take_away(path: list[str], meta_path: list[Any], signals: dict[int, Any], streams: dict[str, Any]) -> None:
    """Take away what came since.

    That is of sys.path, sys.meta_path, handlers of signals, standard streams, handlers and filters of `logging`, and
    OpenTelemetry's providers: their exit functions have shut them down.
    """
    vars(sys).update(streams)
    sys.path[:] = [entry for entry in sys.path if entry in path]
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder in meta_path or not _is_of_script(finder)]
    for number, handler in signals.items():
        if handler is not None and _signal.getsignal(number) is not handler:  # None: Orthanc installs its own again
            try:  # noqa: SIM105
                _signal.signal(number, handler)
            except (OSError, ValueError):  # a thread that is not the main one
                pass
    for filterer, filter in _living(_filters):
        filterer.removeFilter(filter)
    for logger, added in _living(_handlers):
        logger.removeHandler(added)
        added.close()
    _filters.clear()
    _handlers.clear()
    for name, provider in _PROVIDERS:
        if getattr(module := sys.modules.get(name), provider, None) is not None:
            once = f"{provider}_SET_ONCE"
            vars(module).update({provider: None, once: type(getattr(module, once))()})


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
            _add(_handlers, self, hdlr)

    def addFilter(self: logging.Filterer, filter: Any) -> None:
        """Add the specified filter to this handler."""
        add_filter(self, filter)
        if _called_by_script():
            _add(_filters, self, filter)

    logging.Logger.addHandler = addHandler  # type: ignore[method-assign]
    logging.Filterer.addFilter = addFilter  # type: ignore[method-assign]


def _add(references: list[Any], owner: object, added: object) -> None:
    references[:] = [pair for pair in references if pair[0]() is not None and pair[1]() is not None]
    references.append((_reference(owner), _reference(added)))


def _reference(thing: object) -> Callable[[], Any]:
    try:
        if hasattr(thing, "__self__") and hasattr(thing, "__func__"):  # a bound method is made anew for each use
            from weakref import WeakMethod

            return WeakMethod(thing)  # type: ignore[arg-type]
        return ref(thing)
    except TypeError:  # its class has __slots__
        return lambda: thing


def _living(references: list[Any]) -> list[tuple[Any, Any]]:
    pairs = [(owner(), added()) for owner, added in references]
    return [(owner, added) for owner, added in pairs if owner is not None and added is not None]


def _called_by_script() -> bool:
    """Return whether a function of the script has called this, at any depth, but for libraries that are being imported."""
    frame = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if _orthanc_scripts.is_script_file(file):
            return True
        if file.startswith("<frozen importlib"):
            return False
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _is_of_script(finder: Any) -> bool:
    kind = finder if isinstance(finder, type) else type(finder)
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return isinstance(file, str) and _orthanc_scripts.is_script_file(file)
