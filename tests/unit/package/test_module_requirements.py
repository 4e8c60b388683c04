# SPDX-License-Identifier: GPL-3.0-or-later
"""The requirements of a module are compared with the versions that are there."""

from __future__ import annotations

import pytest

from orthanc_python.modules.module_requirements import refusal

VERSIONS = {"plugin": "0.2.0.dev1", "sdk": "1.12.8", "orthanc": "1.12.9"}


@pytest.mark.parametrize("needs", [{}, {"plugin": ">=0.1"}, {"sdk": ">=1.12.8,<2"}, {"orthanc": "==1.12.*", "sdk": "!=1.12.9"}])
def test_taken(needs: dict[str, str]) -> None:
    assert refusal("my_plugin", needs, VERSIONS) == ""


@pytest.mark.parametrize(
    ("needs", "text"),
    [
        (
            {"sdk": ">=1.12.10"},
            "my_plugin needs a plugin built with Orthanc's SDK >=1.12.10, but this is 1.12.8:",
        ),
        ({"plugin": ">=0.2"}, "my_plugin needs the Python plugin >=0.2, but this is 0.2.0.dev1"),
        ({"orthanc": "x"}, 'ORTHANC_REQUIRES of my_plugin: "x" is not a version specifier'),
        ({"other": ">=1"}, 'ORTHANC_REQUIRES of my_plugin has the key "other": write one of plugin, sdk, orthanc'),
    ],
)
def test_refused(needs: dict[str, str], text: str) -> None:
    assert refusal("my_plugin", needs, VERSIONS).startswith(text)


def test_a_version_that_is_not_known_refuses_nothing() -> None:
    assert refusal("my_plugin", {"sdk": ">=99", "orthanc": ">=99"}, {"orthanc": "mainline"}) == ""
