# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports modules of the standard library from its own folders, where files of the script would hide them."""

from __future__ import annotations

import builtins
import sys
from _frozen_importlib_external import PathFinder
from _imp import is_frozen
from _thread import get_ident

import _orthanc_importer

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from _frozen_importlib import ModuleSpec
    from collections.abc import Iterable, Sequence
    from types import ModuleType

_importing: set[int] = set()  # threads that import from the standard library alone


class _LibraryFinder:
    """Finds modules of the standard library in its own folders, for the threads of `_importing`."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if path is not None or get_ident() not in _importing or name not in sys.stdlib_module_names:
            return None
        if name in sys.builtin_module_names or is_frozen(name):
            return None
        return PathFinder.find_spec(name, _orthanc_importer._library)


def open_folders(needed: list[str]) -> None:
    """Load what the embedded files import where a file of the script's folders hides anything, and what the script needs."""
    names = needed
    if _orthanc_importer._shadows:
        import re  # the standard library's: no folder of the script is on sys.path yet

        statement = re.compile(rb"^ *(?:import|from) ([\w.]+)", re.MULTILINE)
        sources = _orthanc_importer._sources.values()
        names = names + [name.decode() for source in sources for name in statement.findall(source)]
    load(name for name in names if name.partition(".")[0] in sys.stdlib_module_names)


def load(names: Iterable[str]) -> None:
    """Import modules of the standard library, and what they import themselves, from its own folders."""
    kept = _orthanc_importer._kept
    hidden = {name: module for name, module in list(sys.modules.items()) if _is_stranger(name, module)}
    tops = _orthanc_importer._shadows | {name.partition(".")[0] for name in hidden}
    for name in hidden:
        del sys.modules[name]
    sys.modules.update(kept)
    finder, thread = _LibraryFinder(), get_ident()
    sys.meta_path.insert(1, finder)  # behind that of _orthanc_hooks
    _importing.add(thread)
    try:
        for name in names:
            try:  # noqa: SIM105
                builtins.__import__(name)
            except ImportError:  # not on this system, or in this build of Python
                pass
    finally:
        _importing.discard(thread)
        sys.meta_path.remove(finder)
        for name in list(sys.modules):
            if name not in _orthanc_importer._initial and name.partition(".")[0] in tops:
                kept[name] = sys.modules.pop(name)
        sys.modules.update(hidden)


def _is_stranger(name: str, module: object) -> bool:
    """Return whether a module has the name of one of the standard library and is another."""
    file = getattr(module, "__file__", None)
    return (
        name.partition(".")[0] in sys.stdlib_module_names
        and isinstance(file, str)
        and not _orthanc_importer.is_library(name, file)
    )
