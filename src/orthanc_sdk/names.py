# SPDX-License-Identifier: GPL-3.0-or-later
"""How C names become Python names."""

from __future__ import annotations

import keyword
import re

PREFIX = "OrthancPlugin"


def short_name(name: str) -> str:
    """OrthancPluginRestApiGet -> RestApiGet."""
    return name.removeprefix(PREFIX)


def method_name(function: str, owner: str) -> str:
    """The name of a method, both given short: KeysValuesIteratorNext of KeysValuesIterator -> Next.

    Only the class's whole name goes: GetImageWidth of Image and WorklistIsMatch of WorklistQuery stay.
    """
    rest = function.removeprefix(owner)
    return rest if rest[:1].isupper() else function


def member_name(enumeration: str, member: str) -> str:
    """The name of an enumeration's member, both given in full: OrthancPluginChangeType_NewStudy -> NEW_STUDY."""
    rest = member.removeprefix(enumeration + "_").removeprefix(PREFIX)
    upper = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", rest).upper()
    return f"_{upper}" if upper[:1].isdigit() else upper


def snake_case(name: str) -> str:
    """RestOutput -> rest_output."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def argument_name(name: str) -> str:
    """A parameter's name as a Python keyword argument; Python's own keywords get an underscore."""
    return f"{name}_" if keyword.iskeyword(name) else name
