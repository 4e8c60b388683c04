# SPDX-License-Identifier: GPL-3.0-or-later
"""Unknown keys in the section "Python". The values of known ones: test_setting_values.py."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Servers
from helpers import failure_of

from orthanc_python.plugin_settings import SECTION
from orthanc_python.plugin_settings.setting_names import advice

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


@pytest.mark.parametrize("section", [{"Script": "/x.py"}, {"Scripts": ["/x.py"]}, {"Paht": "/x.py"}, {"PythonScript": "/x.py"}])
def test_an_unknown_key_without_a_script(orthanc: Servers, section: dict[str, Any]) -> None:
    """The script under a wrong name may be one that protects Orthanc."""
    server = orthanc(None, configuration={"Python": section})
    (key,) = section
    server.wait_for_log(f'W.*the setting "{key}" of the section "Python" is unknown and ignored: write "Path" instead')
    server.wait_for_log("no script is configured")


def test_the_doctor_gives_the_same_advice(orthanc: Servers) -> None:
    misspelt = [f"{key[:2]}{key[3:]}".lower() for key in SECTION] + [f"_{key[::-1]}" for key in SECTION]
    aliases = [alias.upper() for setting in SECTION.values() for alias in setting.get("aliases", ())]
    keys = {*misspelt, *aliases, "x", "", "de", "versiones", "stop_time_out", "log", "Farbe \u00c4", "on\ntwo"} - SECTION.keys()
    server = orthanc(None, configuration={"Python": dict.fromkeys(keys, 1)})
    server.wait_for_log("no script is configured")
    for key in keys:
        shown = key.replace("\n", "\\n")
        text = f'the setting "{shown}" of the section "Python" is unknown and ignored: {advice(key, SECTION)}\n'
        assert text in server.log(), key


def test_a_version_that_is_not_the_plugins(orthanc: Servers) -> None:
    log = failure_of(orthanc.prepare(SCRIPT, configuration={"Python": {"Version": "3.99"}}))
    assert 'the setting "Version" asks for 3.99' in log
