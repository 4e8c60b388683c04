# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports the other embedded files as `_orthanc_<stem>`, each at its first use (PEP 451).

Those files import modules of the standard library. They get the standard library's own, also where the script's folder has a
file of that name, such as `logging.py`. The script gets its own file, as on the command line.
"""

from __future__ import annotations

import builtins
import marshal
import os
import sys
from _frozen_importlib import ModuleSpec  # importlib.machinery has it, but takes longer than this module

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import ModuleType
    from typing import Any

PREFIX = "_orthanc_"

modules: dict[str, ModuleType] = {}  # the embedded ones by stem: a script may delete them from sys.modules
_sources: dict[str, memoryview] = {}
_bytecode: dict[str, memoryview] = {}  # of the same files, where the plugin has that of this CPython
_initial: frozenset[str] = frozenset()  # loaded before the plugin's code: a script's file of that name cannot be imported
_library: list[str] = []  # the folders and archives of the standard library
_shadows: set[str] = set()  # modules of the standard library that the script's folders have a file for
public: ModuleType  # the module `orthanc` that scripts import
shared: ModuleType  # the one that embedded files import: a script may replace the former, and what is in it
_kept: dict[str, ModuleType] = {}  # modules of the standard library in whose place the script has its own
_opened = False  # whether the script's folders are on sys.path


class _Importer:
    """Loads the embedded files."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if not name.startswith(PREFIX) or (stem := name[len(PREFIX) :]) not in _sources:
            return None
        return ModuleSpec(name, self, origin=f"<orthanc-python {stem}.py>")

    def create_module(self, spec: ModuleSpec) -> None:
        """Return None: the import makes the module."""

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None and module.__spec__.origin is not None
        stem = module.__name__[len(PREFIX) :]
        if stem in _bytecode:
            code = marshal.loads(_bytecode[stem])
        else:
            code = compile(_sources[stem], module.__spec__.origin, "exec", dont_inherit=True)
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": _import}
        exec(code, module.__dict__)
        modules[stem] = module


def install(sources: dict[str, memoryview], bytecode: dict[str, memoryview]) -> None:
    """Make the modules of these sources (by stem) importable."""
    global _initial
    _sources.update(sources)
    _bytecode.update(bytecode)
    modules["importer"] = sys.modules[__name__]
    _initial = frozenset(sys.modules)
    folder = os.path.dirname(os.__file__)
    below = os.path.join(folder, "")
    _library[:] = [folder] + [
        entry
        for entry in sys.path
        if entry.endswith(".zip") or os.path.basename(entry) == "DLLs" or (entry.startswith(below) and "-packages" not in entry)
    ]
    if folder.endswith(".zip"):  # the embeddable Python of Windows has its extension modules beside the archive
        _library.append(os.path.dirname(folder))
    sys.meta_path.insert(0, _Importer())  # the others would look through all folders first


def share(module: ModuleType) -> None:
    """Have the embedded files import the module `orthanc` as it is now."""
    global public, shared
    public = module
    shared = type(sys)(module.__name__, module.__doc__)
    vars(shared).update(vars(module))


def restore() -> None:
    """Give the next script the module `orthanc` as it was before the last one."""
    sys.modules["orthanc"] = public
    for name in list(vars(public)):  # a thread of the last script may still set others
        if name not in vars(shared) and not name.startswith("__"):  # the import system sets some of those
            vars(public).pop(name, None)
    vars(public).update(vars(shared))


def is_library(name: str, file: str | None) -> bool:
    """Return whether a module of that name and file is the standard library's. Built-in and frozen modules have no file."""
    if name.partition(".")[0] not in sys.stdlib_module_names:
        return False
    return not file or ("-packages" not in file and any(file.startswith(os.path.join(entry, "")) for entry in _library))


def loaded(name: str) -> bool:
    """Return whether the standard library's module of that name is loaded."""
    module = sys.modules.get(name)
    return name in _kept or (module is not None and is_library(name, getattr(module, "__file__", None)))


def open_folders(shadows: set[str], needed: Iterable[str]) -> None:
    """Before the script's folders come on sys.path, import what their files would hide.

    Args:
        shadows: modules of the standard library that the folders have a file for.
        needed: further modules that have to be the standard library's for the script too.
    """
    global _opened
    _shadows.update(shadows - _initial)
    _opened = True
    names = [name for name in needed if name in sys.stdlib_module_names]
    if _shadows or names:
        import _orthanc_library

        _orthanc_library.open_folders(names)


def embedded(stem: str) -> ModuleType:
    """Return an embedded module, executed at its first use, for the plugin's C++."""
    return modules.get(stem) or _import(PREFIX + stem, fromlist=("*",))


def source(stem: str) -> str:
    """Return the text of an embedded file."""
    return bytes(_sources[stem]).decode()


def library_module(name: str) -> ModuleType:
    """Return a module of the standard library, for the plugin's C++."""
    return _import(name, fromlist=("*",))


def close_folders() -> None:
    """Put all modules of the standard library back into sys.modules."""
    global _opened
    sys.modules.update(_kept)
    _kept.clear()
    _shadows.clear()
    _opened = False


def _import(name: str, globals: Any = None, locals: Any = None, fromlist: Sequence[str] = (), level: int = 0) -> ModuleType:
    """Import for the embedded files: `__import__`, but for files of the script that hide the standard library's."""
    if name == "orthanc":
        return shared
    if name.startswith(PREFIX) and (module := modules.get(name[len(PREFIX) :])) is not None:
        return module
    if _opened and name not in _kept and name.partition(".")[0] in sys.stdlib_module_names and not loaded(name):
        import _orthanc_library

        _orthanc_library.load([name])
    if name not in _kept:
        return __import__(name, globals, locals, fromlist, level)
    return _kept[name] if fromlist else _kept[name.partition(".")[0]]
