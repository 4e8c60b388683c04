# SPDX-License-Identifier: GPL-3.0-or-later
"""Find installed modules, and read what they need, without running their code.

The plugin carries this file too, and the doctor runs it in the interpreter that Orthanc will use.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.machinery import ModuleSpec

ATTRIBUTE = "ORTHANC_REQUIRES"


def chain(name: str) -> Iterator[ModuleSpec]:
    """Yield the specs of a dotted name's packages, from the outermost to the module itself.

    Raises:
        ModuleNotFoundError: one of them is not installed.
    """
    parts = name.split(".")
    spec: ModuleSpec | None = None
    for count in range(1, len(parts) + 1):
        prefix = ".".join(parts[:count])
        spec = find_spec(prefix) if spec is None else _in_package(prefix, spec.submodule_search_locations)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {prefix!r}", name=prefix)
        yield spec


def requirements(spec: ModuleSpec) -> dict[str, str]:
    """Return the module's ORTHANC_REQUIRES, such as {"sdk": ">=1.12.8"}; empty if it has none.

    Raises:
        ValueError: it is not a dictionary of texts, written as a literal.
    """
    get_source = getattr(spec.loader, "get_source", None)
    source = get_source(spec.name) if get_source is not None and spec.origin is not None else None
    if not source or ATTRIBUTE not in source:
        return {}
    import ast

    for node in ast.parse(source, str(spec.origin)).body:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(each, ast.Name) and each.id == ATTRIBUTE for each in targets):
            try:
                value = ast.literal_eval(node.value or ast.Constant(None))
            except (ValueError, TypeError):
                value = None
            if not isinstance(value, dict) or not all(isinstance(text, str) for pair in value.items() for text in pair):
                raise ValueError(f'{spec.origin}:{node.lineno}: {ATTRIBUTE} is not like {{"plugin": ">=0.1", "sdk": ">=1.12"}}')
            return value
    return {}


def _in_package(name: str, folders: Sequence[str] | None) -> ModuleSpec | None:
    if folders is None:
        return None  # of a module that is not a package
    if (known := sys.modules.get(name)) is not None:
        return known.__spec__
    found = (finder.find_spec(name, folders) for finder in sys.meta_path)
    return next((spec for spec in found if spec is not None), None)
