# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and types of the settings: Orthanc ignores in silence what it does not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orthanc_python.doctor.finding import Finding, problem, warning
from orthanc_python.doctor.setup import Setup
from orthanc_python.plugin_settings import GLOBAL, SCHEMA, SECTION, complaint
from orthanc_python.plugin_settings.setting_names import advice, nearest


def check_keys(setup: Setup) -> Iterator[Finding]:
    """Misspelt and misplaced names, and values of another type."""
    yield from _check_global(setup)
    section = setup.settings.get("Python", {})
    if not isinstance(section, dict):
        yield _refused('"Python"', section, SCHEMA["properties"]["Python"])
        return
    for key, value in section.items():
        name = f'"Python": {{"{key}"}}'
        if key not in SECTION:
            yield problem(name, "there is no such setting, and it is ignored", advice(key, SECTION), starts=True)
        elif complaint(value, SECTION[key]):
            yield _refused(name, value, SECTION[key])


def _refused(name: str, value: Any, setting: dict[str, Any]) -> Finding:
    return problem(name, f"it {complaint(value, setting)}; Orthanc does not start", f"write {setting['expected']}")


def _check_global(setup: Setup) -> Iterator[Finding]:
    known = [*GLOBAL, "Python", "Plugins"]
    spelt = {key.lower() for key in known if key in setup.settings}  # another one of these is a repetition
    for key, value in setup.settings.items():
        if key in GLOBAL and complaint(value, GLOBAL[key]):
            yield _refused(f'"{key}"', value, GLOBAL[key])
        elif key in SECTION:
            fix = 'write "PythonScript", or' if key == "Path" else "write"
            text = "it stands outside of the section, and is ignored"
            yield problem(f'"{key}"', text, f'{fix} "Python": {{"{key}": ...}}', starts=True)
        elif key not in known and key.lower() not in spelt and (name := nearest(key, known, 0.8)):
            yield problem(f'"{key}"', "there is no such setting, and it is ignored", f'write "{name}" instead', starts=True)
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
        yield problem('"Plugins"', "it is not a list, and Orthanc stops", 'write "Plugins": ["/path/of/libOrthancPython.so"]')
