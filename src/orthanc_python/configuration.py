# SPDX-License-Identifier: GPL-3.0-or-later
"""Orthanc's configuration as its users write it: JSON with comments, in a file or in the files of a folder."""

from __future__ import annotations

import json
from pathlib import Path

import json5

from orthanc_python.failure import Failure
from orthanc_python.settings import Settings


def read_configuration(path: Path) -> Settings:
    """The settings of a file, or of all *.json files of a folder, as Orthanc puts them together."""
    if path.is_dir():
        together: Settings = {}
        for file in sorted(path.glob("*.json")):
            for key, value in _read_file(file).items():
                if key in together:
                    raise Failure(
                        f'{file}: "{key}" stands in another file of this folder too, which Orthanc refuses: remove one of them'
                    )
                together[key] = value
        if not together:
            raise Failure(f"{path}: no *.json file in this folder has a setting")
        return together
    return _read_file(path)


def _read_file(path: Path) -> Settings:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Failure(f"{path}: there is no such file") from None
    except UnicodeDecodeError as error:
        raise Failure(f"{path}: it is not UTF-8 (byte {error.start}): save it in that encoding") from None
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from None
    try:
        settings = json.loads(text)  # at once, and most files have no comments left; json5 is written in Python
    except ValueError:
        try:
            settings = json5.loads(text, allow_duplicate_keys=True)
        except (ValueError, RecursionError) as error:
            raise Failure(f"{path}: it is not JSON: {error}") from None
    if not isinstance(settings, dict):
        raise Failure(f"{path}: it must be a JSON object: {{ ... }}")
    return settings
