# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds what two scripts or modules register both. Used where more than one is configured."""

from __future__ import annotations

import _orthanc_errors

owner = ""  # the script or module that is being run; "" after the start
_routes: dict[str, tuple[str, str]] = {}  # of each route, who has registered it, and where


def clear() -> None:
    """Forget the routes of an earlier start."""
    _routes.clear()


def claim_route(expression: str, callback: object, place: str | None) -> None:
    """Raise RuntimeError if another script or module has registered this route."""
    route = expression.removeprefix("^").removesuffix("$")
    here = f"{owner}{_orthanc_errors.where(callback, 'registered', place)}"
    first, there = _routes.setdefault(route, (owner, here))
    if owner and first != owner:
        raise RuntimeError(f"the route {expression} is registered twice, by {there} and by {here}: change one of the two")


def already_registered(what: str, first: object, place: str | None, second: object, here: str | None) -> str:
    """Return the text of the error of a second registration."""
    by = [_orthanc_errors.where(*each).strip() for each in ((first, "registered", place), (second, "registered", here))]
    return f"{what} is registered already, by {by[0]}; Orthanc takes one only, so {by[1]} is refused: disable one of the two"
