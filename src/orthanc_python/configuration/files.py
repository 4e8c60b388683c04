# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a configuration, each with its settings and the places of its keys."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orthanc_python.configuration.members import DECODER, Member, last, members_of
from orthanc_python.configuration.text import blanked, substituted, with_placeholders
from orthanc_python.failure import Denied, Failure
from orthanc_python.rights import how_to_read
from orthanc_python.server.settings import Settings


@dataclass(frozen=True)
class ConfigurationFile:
    path: Path
    text: str  # as it is on the disk, with its line ends
    settings: Settings
    members: tuple[Member, ...]  # empty if environment variables stand for keys

    def line(self, member: Member) -> int:
        return self.text.count("\n", 0, member.start) + 1

    def place(self, key: str) -> str:
        """Return the file and, if it is known, the line of a key."""
        member = last(self.members, key)
        return f"{self.path}, line {self.line(member)}," if member is not None else f"{self.path}"

    def value(self, member: Member) -> Any:
        """Return a value, without the variables in it; None if it is not JSON then."""
        try:
            return DECODER.decode(blanked(self.text)[member.value : member.end])
        except ValueError:
            return None


@dataclass(frozen=True)
class Configuration:
    path: Path  # of the file, or of the folder
    files: tuple[ConfigurationFile, ...]

    @property
    def folder(self) -> Path:
        """Return the folder that relative paths of plugins start at."""
        return self.path if self.path.is_dir() else self.path.parent

    @property
    def settings(self) -> Settings:
        """Return the settings of all files. A key in two files has its first value here; Orthanc refuses such files."""
        together: Settings = {}
        for file in self.files:
            together = {**file.settings, **together}
        return together

    @property
    def plugins(self) -> list[Path]:
        """Return what "Plugins" lists: libraries and folders."""
        listed = self.settings.get("Plugins")
        return [self.folder / str(each) for each in listed] if isinstance(listed, list) else []


def read_configuration(path: Path) -> Settings:
    """Return the settings of a file, or of all *.json files of a folder, as Orthanc puts them together.

    Raises:
        Failure: Orthanc would refuse it.
    """
    configuration = read_files(path)
    seen: set[str] = set()
    for file in configuration.files:
        for key in file.settings:
            if key in seen:
                refused = "is in another file of this folder too, which Orthanc refuses: remove one of them"
                raise Failure(f'{file.path}: "{key}" {refused}')
        seen |= file.settings.keys()
    return configuration.settings


def read_files(path: Path, variables: Mapping[str, str] | None = None) -> Configuration:
    """Read a file, or all *.json files of a folder, without a look at what one says of another.

    Args:
        variables: the environment variables of Orthanc's process; by default those of this one.
    """
    known = os.environ if variables is None else variables
    if not path.is_dir():
        return Configuration(path, (_read_file(path, known),))
    try:
        paths = files_of(path)
    except PermissionError as error:
        raise Denied(f"{path}: {error.strerror}: {how_to_read()}") from None
    files = tuple(_read_file(each, known) for each in paths)
    if not any(file.settings for file in files):
        raise Failure(f"{path}: no *.json file in this folder has a setting")
    return Configuration(path, files)


def files_of(folder: Path) -> list[Path]:
    """Return the files of a folder that Orthanc reads: neither the case of the suffix nor a dot in front matters.

    Raises:
        PermissionError: this account may not list the folder.
    """
    return sorted(each for each in folder.iterdir() if each.suffix.lower() == ".json" and each.is_file())


def _read_file(path: Path, variables: Mapping[str, str]) -> ConfigurationFile:
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise Failure(f"{path}: the file does not exist") from None
    except UnicodeDecodeError as error:
        raise Failure(f"{path}: it is not UTF-8 (byte {error.start}): save it in that encoding") from None
    except PermissionError as error:
        raise Denied(f"{path}: {error.strerror}: {how_to_read()}") from None
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from None
    try:
        settings = DECODER.decode(blanked(substituted(text, variables)))
    except (ValueError, RecursionError) as error:
        raise Failure(f"{path}: it is not JSON: {error}") from None
    if not isinstance(settings, dict):
        raise Failure(f"{path}: it must be a JSON object: {{ ... }}")
    try:
        members = members_of(with_placeholders(blanked(text)))
    except ValueError:
        members = ()
    return ConfigurationFile(path, text, settings, members)
