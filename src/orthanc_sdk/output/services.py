# SPDX-License-Identifier: GPL-3.0-or-later
"""The functions of the SDK as C++ names them in messages: a constant for each, and whether the SDK has those bound by hand."""

from __future__ import annotations

from dataclasses import dataclass

from orthanc_sdk.binding import exceptions
from orthanc_sdk.binding.rules import Binding, Library
from orthanc_sdk.names import short_name


@dataclass(frozen=True)
class Service:
    """A constant of the C++ type `service`. `fields` are its initializers."""

    identifier: str
    fields: str


@dataclass(frozen=True)
class Availability:
    """Whether the SDK has a function that is bound by hand."""

    name: str
    available: bool


def services(library: Library) -> list[Service]:
    """A constant for each binding, named as scripts name it, with _ for the dot; else by its name in C."""
    return [Service(_name(binding).replace(".", "_"), service_fields(binding)) for binding in library.bindings]


def availability(library: Library) -> list[Availability]:
    """Each function bound by hand, by its name in Python."""
    present = {short_name(function.name) for function in library.header.functions}
    return [Availability(entry.python or name, name in present) for name, entry in exceptions.HAND_WRITTEN.items()]


def service_fields(binding: Binding) -> str:
    """Return the initializers of a `service`: name, version that brought it, needs of the database if there are any."""
    short = short_name(binding.function.name) if binding.function else ""
    needs = exceptions.NEEDS_OF_DATABASE.get(short)
    return ", ".join(f'"{text}"' for text in (_name(binding), binding.since, *([needs] if needs else [])))


def _name(binding: Binding) -> str:
    return binding.python if binding.bound or binding.function is None else short_name(binding.function.name)
