# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports the other files of this folder, which the plugin has in it, as `_orthanc_<stem>`, each at its first use (PEP 451)."""

from __future__ import annotations

import sys
from _frozen_importlib import ModuleSpec  # importlib.machinery has it, but takes longer than this module

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

PREFIX = "_orthanc_"


class _Importer:
    def __init__(self, sources: dict[str, memoryview]) -> None:
        self._sources = sources

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        stem = name[len(PREFIX) :]
        if not name.startswith(PREFIX) or stem not in self._sources:
            return None
        return ModuleSpec(name, self, origin=f"<orthanc-python {stem}.py>")

    def create_module(self, spec: ModuleSpec) -> None:
        """None: the import makes the module."""

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None and module.__spec__.origin is not None
        source = self._sources[module.__name__[len(PREFIX) :]]
        exec(compile(source, module.__spec__.origin, "exec", dont_inherit=True), module.__dict__)


def install(sources: dict[str, memoryview]) -> None:
    """From now on, the modules of these sources (by stem) can be imported."""
    sys.meta_path.append(_Importer(sources))
