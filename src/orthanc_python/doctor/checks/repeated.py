# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that stand twice: in one file, in two files, or in two spellings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from orthanc_python.configuration import ConfigurationFile, Member
from orthanc_python.doctor.finding import Finding, problem
from orthanc_python.doctor.setup import Setup

SPELLINGS = ("Plugins", "Python", "PythonScript", "PythonVerbose")  # of which Orthanc or the plugin reads no other


@dataclass(frozen=True)
class _Place:
    """Where a key stands."""

    file: ConfigurationFile
    member: Member

    def __str__(self) -> str:
        return f"{self.file.path}, line {self.file.line(self.member)}"

    @property
    def value(self) -> object:
        return self.file.value(self.member)


def check_repeated(setup: Setup) -> Iterator[Finding]:
    """Say which one Orthanc reads: the last one of a file. Of two files it reads neither, and ends."""
    for file in setup.configuration.files:
        yield from _in_one_object(file, file.members, "")
    places = [_Place(file, member) for file in setup.configuration.files for member in _read(file)]
    yield from _in_two_files(places)
    yield from _in_two_spellings(places)
    for file in setup.configuration.files:
        for section in (member for member in _read(file) if member.key == "Python"):
            yield from _in_two_spellings([_Place(file, member) for member in section.members], 'section "Python": ')


def _read(file: ConfigurationFile) -> list[Member]:
    """Return the last member of each key."""
    return list({member.key: member for member in file.members}.values())


def _in_one_object(file: ConfigurationFile, members: tuple[Member, ...], path: str) -> Iterator[Finding]:
    last = {member.key: member for member in members}
    for member in members:
        winner = last[member.key]
        if member is not winner:
            ignored, read = _Place(file, member), _Place(file, winner)
            text = f"{file.path} has it in lines {file.line(member)} and {file.line(winner)}: Orthanc reads the last one only"
            joined = "" if path else _joined(ignored, read)  # a list within a section, as of a peer, may have a password
            yield problem(f'{path}"{member.key}"', text, joined or f"remove that of line {file.line(member)}")
        yield from _in_one_object(file, member.members, f'{path}"{member.key}": ')


def _in_two_files(places: list[_Place]) -> Iterator[Finding]:
    first: dict[str, _Place] = {}
    for place in places:
        other = first.setdefault(place.member.key, place)
        if other is not place:
            text = f"it stands in two files ({other}; {place}), and Orthanc does not start: neither file wins"
            fix = _joined(place, other) or f"remove that of {place}"
            yield problem(f'"{place.member.key}"', text, fix)


def _in_two_spellings(places: list[_Place], where: str = "") -> Iterator[Finding]:
    by_spelling: dict[str, dict[str, _Place]] = {}
    for place in places:
        by_spelling.setdefault(place.member.key.lower(), {}).setdefault(place.member.key, place)
    for spellings in by_spelling.values():
        if len(spellings) > 1:
            right = next((key for key in spellings if key in SPELLINGS), max(spellings, key=_as_orthanc_writes))
            for key, place in spellings.items():
                if key != right:
                    text = (
                        f'{place}: the case of letters counts, so that "{right}" ({spellings[right]}) is read and this is not'
                    )
                    yield problem(f'{where}"{key}"', text, _joined(place, spellings[right]) or "remove it")


def _as_orthanc_writes(key: str) -> bool:
    """Its own names begin with a capital: "DicomAet", neither "dicomAet" nor "DICOMAET"."""
    return key[:1].isupper() and not key.isupper()


def _joined(removed: _Place, kept: _Place) -> str:
    """Return the fix if both are lists: one that has it all. "" if they are not."""
    both = [place.value for place in sorted((removed, kept), key=lambda place: (place.file.path, place.member.start))]
    if not all(isinstance(value, list) for value in both):
        return ""
    together = list({json.dumps(item): item for value in both if isinstance(value, list) for item in value}.values())
    return f'write "{kept.member.key}": {json.dumps(together)} in {kept}, and remove that of {removed}'
