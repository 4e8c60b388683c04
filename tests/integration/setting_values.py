# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of each setting that the plugin takes, and values that it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

NO_TEXT: tuple[Any, ...] = (None, True, 3, [], ["/srv"], {})
NO_FLAG: tuple[Any, ...] = (None, 0, 1, "true", "yes", [True], {})


@dataclass(frozen=True)
class Values:
    good: tuple[Any, ...]
    bad: tuple[Any, ...]


FLAG = Values((True, False), NO_FLAG)


def section_values(script: Path, environment: Path, port: int) -> dict[str, Values]:
    """Return the values of the section "Python". The environment has an interpreter that fits the plugin."""
    python = str(environment / "bin" / "python")
    version = next((environment / "lib").glob("python3.*")).name.removeprefix("python")
    return {
        "Path": Values(
            (str(script), [str(script)], ""), ([], [1, 2], [str(script), 3], [""], [[str(script)]], 5, {"a": "b"}, None, True)
        ),
        "Modules": Values(
            ("pydicom", ["pydicom.tag", "pydicom"], ""),
            ([], [1], ["pydicom", 3], [""], [["pydicom"]], 5, {"a": "b"}, None, True),
        ),
        "VirtualEnv": Values((str(environment), python, ""), NO_TEXT),
        "Executable": Values((python, ""), NO_TEXT),
        "Version": Values(
            (version, ""),
            (*NO_TEXT, 3.13, "3", "3.", "3.x", "3.13.1", "3.13tt", "t", "2.7", " 3.13", "3.13\n", "v3.13", "3.1t3"),
        ),
        "AllowThreads": FLAG,
        "StopTimeout": Values((0, 1, 10, 86400), (-1, 86401, 10**20, 1.5, 10.0, "10", None, True, [10], {})),
        "Logging": FLAG,
        "LoggingLevel": Values(
            ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), ("info", "", "NOTSET", "INFO ", 20, None, True, ["INFO"], {})
        ),
        "Metrics": FLAG,
        "Dashboard": Values(
            (True, False, {}, {"Reload": True}, {"Reload": False}),
            (None, 0, 1, "true", [True], {"Reload": 1}, {"Reload": None}, {"Rload": True}),
        ),
        "SlowCallback": Values((0, 1, 10, 86400), (-1, 86401, 10**20, 1.5, 10.0, "10", None, True, [10], {})),
        "ErrorDetails": FLAG,
        "Debug": Values(
            (port, {"Port": port}, {"Port": port, "Wait": False}, 65535),
            (
                *(0, -1, 65536, 70000, 5678.0, "5678", None, True, [5678], {}),
                *({"Prt": 1}, {"Port": 0}, {"Port": 65536}, {"Port": "5678"}, {"Port": True}, {"Wait": True}),
                *({"Port": 5678, "Wait": 1}, {"Port": 5678, "Host": "0.0.0.0"}),
            ),
        ),
        "Verbose": FLAG,
        "DisplayMemoryUsage": FLAG,
    }


def global_values(script: Path) -> dict[str, Values]:
    """Return the values of the settings outside of the section, and those that the section cannot have."""
    return {
        "PythonScript": Values((str(script),), (*NO_TEXT, [str(script)])),
        "PythonVerbose": FLAG,
        "Python": Values((), (None, True, 3, str(script), [])),
    }
