# SPDX-License-Identifier: GPL-3.0-or-later
"""The section "Python" of the configuration: what is wrong in it is said."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Servers

from orthanc_python import OrthancDidNotStart

SCRIPT = "import orthanc\n"


@pytest.mark.parametrize(
    ("key", "advice"),
    [
        ("Pth", 'did you mean "Path"?'),
        ("virtualenv", 'did you mean "VirtualEnv"?'),
        ("VirtualEnvironment", 'did you mean "VirtualEnv"?'),
        ("PythonScript", 'belongs outside the section, where it is global; here its name is "Path"'),
        ("Colour", "known are AllowThreads, Debug,"),
    ],
)
def test_an_unknown_key_is_a_warning_with_advice(orthanc: Servers, key: str, advice: str) -> None:
    server = orthanc(SCRIPT, configuration={"Python": {key: "value"}})
    found = server.wait_for_log(f'W.*the setting "{key}" of the section "Python" is unknown and ignored.*')
    assert advice in found[0]


def test_known_keys_are_no_warning(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration={"Python": {"AllowThreads": True, "Verbose": False, "Logging": True}})
    assert "is unknown" not in server.log()


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"Logging": "yes"}, '"Logging" of Orthanc\'s configuration must be true or false'),
        ({"LoggingLevel": "info"}, '"LoggingLevel" of Orthanc\'s configuration must be one of DEBUG, INFO'),
        ({"Debug": "5678"}, "must be a port such as 5678"),
        ({"Debug": 70000}, "must be a port such as 5678"),
        ({"Debug": {"Port": 5678, "Wait": 1}}, '{"Port": 5678, "Wait": true}'),
    ],
)
def test_a_wrong_value_stops_the_start(orthanc: Servers, section: dict[str, Any], message: str) -> None:
    with pytest.raises(OrthancDidNotStart) as failure:
        orthanc(SCRIPT, configuration={"Python": section})
    assert failure.value.exit_status
    assert message in failure.value.log
