# SPDX-License-Identifier: GPL-3.0-or-later
"""The section "Python" of Orthanc's configuration, as far as Python code of the plugin reads it."""

from __future__ import annotations

import orthanc

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from typing import Any

# All of them, whoever reads them: configuration.cpp, the loader or this package.
KNOWN = (
    "AllowThreads",
    "Debug",
    "DisplayMemoryUsage",
    "ErrorDetails",
    "Executable",
    "Logging",
    "LoggingLevel",
    "Path",
    "StopTimeout",
    "VirtualEnv",
    "Verbose",
    "Version",
)
shows_details = False  # ErrorDetails: whether clients see the texts of all errors
MISPLACED = {"PythonScript": "Path", "PythonVerbose": "Verbose"}  # are these outside the section


def check_keys(section: dict[str, Any]) -> None:
    """Names unknown keys in the log, each with the nearest known one."""
    for key in section.keys() - set(KNOWN):
        orthanc.LogWarning(f'Python: the setting "{key}" of the section "Python" is unknown and ignored{_suggestion(key)}')


def switch(section: dict[str, Any], key: str, default: bool) -> bool:
    """A setting that is true or false. Raises ValueError when it is anything else."""
    value = section.get(key, default)
    if not isinstance(value, bool):
        raise ValueError(f'the setting "{key}" of Orthanc\'s configuration must be true or false')
    return value


def choice(section: dict[str, Any], key: str, default: str, known: tuple[str, ...]) -> str:
    """Return a setting that is one of some words. Raise ValueError when it is anything else."""
    value = section.get(key, default)
    if value not in known:
        raise ValueError(f'the setting "{key}" of Orthanc\'s configuration must be one of {", ".join(known)}')
    return str(value)


def _suggestion(key: str) -> str:
    if key in MISPLACED:
        return f': it belongs outside the section, where it is global; here its name is "{MISPLACED[key]}"'
    import difflib

    by_lower_case = {known.lower(): known for known in KNOWN}
    nearest = difflib.get_close_matches(key.lower(), by_lower_case, n=1, cutoff=0.6)
    return f': did you mean "{by_lower_case[nearest[0]]}"?' if nearest else f"; known are {', '.join(KNOWN)}"
