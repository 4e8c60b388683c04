# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and types of the settings: Orthanc ignores in silence what it does not know."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from orthanc_python.doctor.finding import Finding, problem, warning
from orthanc_python.doctor.setup import Setup

SECTION: dict[str, type | tuple[type, ...]] = {
    "AllowThreads": bool,
    "Debug": (int, dict),
    "DisplayMemoryUsage": bool,
    "ErrorDetails": bool,
    "Executable": str,
    "Logging": bool,
    "LoggingLevel": str,
    "Path": (str, list),
    "StopTimeout": int,
    "Verbose": bool,
    "Version": str,
    "VirtualEnv": str,
}
GLOBAL = {"PythonScript": str, "PythonVerbose": bool}
TYPES: dict[type | tuple[type, ...], str] = {
    str: "a text in double quotes",
    bool: "true or false",
    int: "a whole number of seconds",
    (int, dict): 'a port such as 5678, or {"Port": 5678, "Wait": true}',
    (str, list): "a path in double quotes, or a list of them",
}
# What others call them, and where they belong.
MOVED = {
    "PythonScript": '"Path"',
    "Script": '"Path"',
    "PythonVerbose": '"Verbose"',
    "Venv": '"VirtualEnv"',
    "PythonPath": '"VirtualEnv"',
}


def check_keys(setup: Setup) -> Iterator[Finding]:
    """Misspelt and misplaced names, and values of another type."""
    yield from _check_global(setup)
    section = setup.settings.get("Python", {})
    if not isinstance(section, dict):
        yield problem('"Python"', f"it is {section!r}, and must be a section", 'write "Python": { "Path": "..." }')
        return
    for key, value in section.items():
        name = f'"Python": {{"{key}"}}'
        if key not in SECTION:
            nearest = MOVED.get(key) or _nearest(key, list(SECTION), 0.6)
            known = ", ".join(SECTION)
            fix = f"write {nearest} instead" if nearest else f"remove it; the section has {known}"
            yield problem(name, "there is no such setting, and it is ignored", fix)
        elif not isinstance(value, SECTION[key]):
            yield problem(name, f"it is {value!r}, and the plugin stops", f"write {TYPES[SECTION[key]]}")


def _check_global(setup: Setup) -> Iterator[Finding]:
    known = [*GLOBAL, "Python", "Plugins"]
    spelt = {key.lower() for key in known if key in setup.settings}  # another one of these is a repetition
    for key, value in setup.settings.items():
        if key in GLOBAL and not isinstance(value, GLOBAL[key]):
            yield problem(f'"{key}"', f"it is {value!r}, and the plugin stops", f"write {TYPES[GLOBAL[key]]}")
        elif key in SECTION:
            fix = 'write "PythonScript", or' if key == "Path" else "write"
            yield problem(f'"{key}"', "it stands outside of the section, and is ignored", f'{fix} "Python": {{"{key}": ...}}')
        elif key not in known and key.lower() not in spelt and (nearest := _nearest(key, known, 0.8)):
            yield problem(f'"{key}"', "there is no such setting, and it is ignored", f"write {nearest} instead")
    path = setup.section.get("Path")
    if (
        setup.settings.get("PythonScript")
        and path
        and path not in (setup.settings["PythonScript"], [setup.settings["PythonScript"]])
    ):
        listed = ", ".join(map(str, path)) if isinstance(path, list) else path
        text = f'"PythonScript" wins over "Path" of the section "Python", so {listed} is not run'
        yield warning('"Python": {"Path"}', text, "remove one of the two")
    if "Plugins" in setup.settings and not isinstance(setup.settings["Plugins"], list):
        yield problem('"Plugins"', "it is no list, and Orthanc stops", 'write "Plugins": ["/path/of/libOrthancPython.so"]')


def _nearest(key: str, known: list[str], likeness: float) -> str:
    """Of the known names, in quotes; empty if none is as like. Outside the section, most names are those of others."""
    by_lower = {name.lower(): name for name in known}
    found = difflib.get_close_matches(key.lower().replace("_", ""), by_lower, n=1, cutoff=likeness)
    return f'"{by_lower[found[0]]}"' if found else ""
