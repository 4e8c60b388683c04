# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks registrations as the plugin and Orthanc do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from orthanc_python.testing import routes

if TYPE_CHECKING:
    from orthanc_python.testing.recorder import Call

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


def check(name: str, values: Mapping[str, Any], earlier: Iterable[Call], in_rest: bool, module: ModuleType | None) -> None:
    """Check a registration. Any other function passes at once.

    Args:
        name: the function.
        values: its arguments.
        earlier: the calls before, that only a function of SINGLE goes through.
        in_rest: whether it is called in a callback that may not register routes.
        module: the module orthanc.

    Raises:
        RuntimeError: the plugin refuses it here, or refuses a second one.
        OrthancException: the route is not a regular expression.
    """
    if name not in ROUTES and name not in _KINDS:
        return
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
    if kind is None:
        return
    first = next((next(iter(call.arguments.values()), None) for call in earlier if call.name in SINGLE[kind]), None)
    if first is not None:
        code = getattr(first, "__code__", None)
        place = f", at {code.co_filename}:{code.co_firstlineno}" if code is not None else ""
        raise RuntimeError(f"{kind} is registered already{place}")
