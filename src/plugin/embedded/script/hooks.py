# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls a function when a module of the standard library is imported, whoever imports it: the plugin's start need not do so."""

from __future__ import annotations

import sys

import _orthanc_importer

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType

_functions: dict[str, Callable[[], None]] = {}


def when_imported(name: str, function: Callable[[], None]) -> None:
    """Call the function as soon as this module of the standard library is loaded. It replaces one given before."""
    if _orthanc_importer.loaded(name):
        function()
        return
    _functions[name] = function
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def forget(name: str) -> None:
    """Call no function for this module."""
    _functions.pop(name, None)


class _Finder:
    """Finds such a module where it is, and has it loaded by the class below."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in _functions:
            return None
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target) if finder is not self else None
            if spec is not None:
                if spec.loader is not None and _orthanc_importer.is_library(name, spec.origin):  # not a file of the script
                    spec.loader = _Loader(spec.loader)  # type: ignore[arg-type]
                return spec
        return None


class _Loader:
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        function = _functions.pop(module.__name__, None)
        if function is not None:
            function()


_finder = _Finder()
