# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings for development in an Orthanc that answers anybody who reaches it."""

from __future__ import annotations

from collections.abc import Iterator

from orthanc_python.doctor.finding import Finding, warning
from orthanc_python.doctor.setup import Setup

SHOWN = {
    "Dashboard": "the page at /python/ shows the scripts, their log and their errors",
    "ErrorDetails": "the texts of exceptions, in which names and passwords can stand, are sent",
}


def check_exposed(setup: Setup) -> Iterator[Finding]:
    if setup.settings.get("RemoteAccessAllowed") is not True:
        return
    # Without "AuthenticationEnabled", Orthanc asks for a password as soon as other machines may connect.
    if setup.settings.get("AuthenticationEnabled") is not False:
        if not setup.settings.get("RegisteredUsers"):
            effect = "Orthanc 1.13 does not start, and older ones may have the user orthanc with a known password"
            yield warning('"RegisteredUsers"', f"it names nobody: {effect}", 'name a user in "RegisteredUsers"')
        return
    for name, shown in SHOWN.items():
        if setup.section.get(name, False) is not False:
            text = f"{shown} to whoever reaches Orthanc: other machines may connect and need no password"
            fix = f'set "AuthenticationEnabled" to true and name users in "RegisteredUsers", or remove "{name}"'
            yield warning(f'"Python": "{name}"', text, fix)
