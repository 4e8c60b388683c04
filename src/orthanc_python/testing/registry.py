# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks registrations as the plugin and Orthanc do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from orthanc_python.testing import routes

INTERNAL_ERROR = (-1, "Internal error")
ROUTES = ("RegisterRestCallback", "RegisterRestCallbackNoLock", "RegisterChunkedRestCallback")
# Orthanc takes one of each of these kinds.
SINGLE = {
    "an HTTP authentication callback": ("RegisterHttpAuthentication",),
    "a storage commitment callback": ("RegisterStorageCommitmentScpCallback", "RegisterStorageCommitmentScpCallback2"),
    "a C-FIND callback": ("RegisterFindCallback", "RegisterFindCallback2"),
    "a worklist callback": ("RegisterWorklistCallback", "RegisterWorklistCallback2"),
    "a C-MOVE callback": ("RegisterMoveCallback", "RegisterMoveCallback2", "RegisterMoveCallback3"),
    "a storage area": ("RegisterStorageArea", "RegisterStorageArea3"),
}
_KINDS = {name: kind for kind, names in SINGLE.items() for name in names}


def check(
    name: str, values: Mapping[str, Any], earlier: Sequence[tuple[str, Any]], in_rest: bool, module: ModuleType | None
) -> None:
    """Check a registration.

    Args:
        name: the function.
        values: its arguments.
        earlier: the functions that were called before, each with its first argument.
        in_rest: whether it is called in a callback that may not register routes.
        module: the module orthanc.

    Raises:
        RuntimeError: the plugin refuses it here, or refuses a second one.
        OrthancException: the route is not a regular expression.
    """
    if name in ROUTES and in_rest:
        raise RuntimeError(
            "a REST callback cannot register another, nor can an `async def` callback: Orthanc would wait for the end of this "
            "one. Register it when the script is imported, or in a callback of another kind, such as that of changes"
        )
    if name in ROUTES and module is not None:
        try:
            routes.compiled(next(iter(values.values())))
        except re.error as error:
            raise module.OrthancException(*INTERNAL_ERROR) from error
    kind = _KINDS.get(name)
    first = next((callback for known, callback in earlier if known in SINGLE.get(kind or "", ())), None)
    if kind is not None and first is not None:
        code = getattr(first, "__code__", None)
        place = f", at {code.co_filename}:{code.co_firstlineno}" if code is not None else ""
        raise RuntimeError(f"{kind} is registered already{place}")
