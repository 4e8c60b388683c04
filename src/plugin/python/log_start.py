# SPDX-License-Identifier: GPL-3.0-or-later
"""Has `warnings` and `logging` go to Orthanc's log, the latter when the script imports it: that takes long."""

from __future__ import annotations

import sys
import warnings

import orthanc

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import TextIO

_original_show_warning = warnings.showwarning
_takes_file_and_line = False  # asked at the start: worker processes, which may import logging, cannot ask Orthanc


def start(enabled: bool) -> None:
    """Begins with it, or undoes it."""
    global _takes_file_and_line
    _takes_file_and_line = hasattr(orthanc, "LogMessage") and bool(orthanc.CheckVersionAdvanced(1, 12, 4))
    warnings.showwarning = _show_warning if enabled else _original_show_warning
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)
    if "logging" in sys.modules:
        _prepare_logging(enabled)
    elif enabled:
        sys.meta_path.insert(0, _finder)


def _prepare_logging(enabled: bool) -> None:
    import _orthanc_logs

    _orthanc_logs.start(enabled, _takes_file_and_line)


class _Finder:
    """Finds `logging` where it is, but has it loaded by the class below."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        import importlib.util

        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)  # type: ignore[arg-type]
        return spec


class _Loader:
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        _prepare_logging(enabled=True)


_finder = _Finder()


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

    if file is not None and file is not sys.stderr:
        _original_show_warning(message, category, filename, lineno, file, line)
    else:
        logging.getLogger("py.warnings").warning("%s:%d: %s: %s", filename, lineno, category.__name__, message)
