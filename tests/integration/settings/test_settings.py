# SPDX-License-Identifier: GPL-3.0-or-later
"""Unknown keys in the section "Python". The values of known ones: test_setting_values.py."""

from __future__ import annotations

import pytest
from conftest import Servers
from helpers import failure_of

SCRIPT = "import orthanc\n"


@pytest.mark.parametrize(
    ("key", "advice"),
    [
        ("Pth", 'write "Path" instead'),
        ("virtualenv", 'write "VirtualEnv" instead'),
        ("PythonScript", 'write "Path" instead'),
        ("Colour", "remove it; known are AllowThreads, Dashboard,"),
    ],
)
def test_an_unknown_key_is_a_warning_with_advice(orthanc: Servers, key: str, advice: str) -> None:
    server = orthanc(SCRIPT, configuration={"Python": {key: "value"}})
    found = server.wait_for_log(f'W.*the setting "{key}" of the section "Python" is unknown and ignored: .*')
    assert advice in found[0]


def test_a_version_that_is_not_the_plugins(orthanc: Servers) -> None:
    log = failure_of(orthanc.prepare(SCRIPT, configuration={"Python": {"Version": "3.99"}}))
    assert 'the setting "Version" asks for 3.99' in log
