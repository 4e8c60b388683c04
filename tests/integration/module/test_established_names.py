# SPDX-License-Identifier: GPL-3.0-or-later
"""The module has every public name of the established plugin, of the same kind, that the SDK of the build can give."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from conftest import Servers
from remote import SCRIPT, Remote

# inspect's kind of each public name of the established plugin, by its version.
API = Path(__file__).parents[1] / "data" / "established_api.json"
ESTABLISHED = json.loads(API.read_text(encoding="utf-8"))

# The SDK that has all names of each version. The header of Debian's Orthanc 1.12.7 calls itself 1.12.6.
NEEDED_SDK = {"4.0": (1, 10, 1), "5.0": (1, 12, 6), "7.1": (1, 13, 0)}


@pytest.fixture(scope="module")
def remote(module_orthanc: Servers) -> Remote:
    return Remote(module_orthanc(SCRIPT))


@pytest.mark.parametrize("version", sorted(ESTABLISHED))
def test_superset(remote: Remote, coverage: dict[str, Any], version: str) -> None:
    sdk = tuple(map(int, coverage["sdk"].split(".")))
    if sdk < NEEDED_SDK[version]:
        pytest.skip(f"the established plugin {version} is of a newer SDK than {coverage['sdk']}")
    kinds = remote(f"""
        import inspect, json, operator
        with open({os.fspath(API)!r}) as file:
            names = json.load(file)[{version!r}]

        def kind(name):
            try:
                found = operator.attrgetter(name)(orthanc)
            except AttributeError:
                return "missing"
            if isinstance(found, type):
                return "class"
            if inspect.isroutine(found):
                return "descriptor" if inspect.ismethoddescriptor(found) else "routine"
            return "number" if type(found) is int else repr(type(found))

        result = {{name: kind(name) for name in names}}
    """)
    assert {name: kind for name, kind in kinds.items() if kind != ESTABLISHED[version][name]} == {}
