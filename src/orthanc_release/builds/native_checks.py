# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks what ci/native.py has built, as ci/release does on another machine: a fault shows before there is a tag."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from orthanc_release.inspection.wheel import FACTS, facts_of
from orthanc_release.libraries.checks import Promise, check_library
from orthanc_release.sources import this_checkout
from orthanc_release.targets import Target


def problems_of_build(target: Target, python: str, folder: Path) -> Iterator[str]:
    """Yield what is wrong with the libraries for one CPython, and with the facts in its wheel."""
    promises = (
        Promise(target, None, False),
        Promise(target, python, True),
        plugin := Promise(target, python, target.system == "windows", beside_loader=True),
    )
    found = {promise: check_library(folder / promise.built, promise) for promise in promises}
    for promise, checked in found.items():
        yield from (f"{promise.built.as_posix()} {problem}" for problem in checked.problems)
    file = target.wheel_tree(python) / FACTS
    text = (folder / file).read_bytes()
    if found[plugin].about is not None and text != facts_of(text, found[plugin], this_checkout()):
        yield f"{file.as_posix()} differs from cmake/install/build_facts.py.in with these facts: {text!r}"
