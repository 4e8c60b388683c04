# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare what a module needs with what there is. The plugin carries this file too."""

from __future__ import annotations

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from collections.abc import Mapping

# For each kind of version: its subject in an error, and the advice.
SUBJECTS = {
    "plugin": ("the Python plugin", "install another version of the plugin"),
    "sdk": ("a plugin built with Orthanc's SDK", "take a plugin that is built with another SDK"),
    "orthanc": ("Orthanc", "install another version of Orthanc"),
}


def refusal(name: str, needs: Mapping[str, str], versions: Mapping[str, str]) -> str:
    """Return why a module cannot run; "" if it can.

    Args:
        needs: its ORTHANC_REQUIRES, such as {"sdk": ">=1.12.8"}.
        versions: those that there are, by the same keys. One that is not known refuses nothing.
    """
    for key, text in needs.items():
        if key not in SUBJECTS:
            return f'ORTHANC_REQUIRES of {name} has the key "{key}": write one of {", ".join(SUBJECTS)}'
        try:
            specifier = SpecifierSet(text)
        except InvalidSpecifier:
            return f'ORTHANC_REQUIRES of {name}: "{text}" is not a version specifier: write one such as ">=1.12.8"'
        try:
            version = Version(versions[key])
        except (KeyError, InvalidVersion):  # "mainline" of an Orthanc that is not a release
            continue
        if not specifier.contains(version, prereleases=True):
            subject, fix = SUBJECTS[key]
            return f"{name} needs {subject} {text}, but this is {version}: {fix}"
    return ""
