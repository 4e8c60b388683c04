# SPDX-License-Identifier: GPL-3.0-or-later
"""Orthanc's configuration as its users write it: JSON with comments, in a file or in the files of a folder."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from orthanc_python.failure import Failure
from orthanc_python.settings import Settings

# No library: json-with-comments loses the line numbers of errors, and json5 accepts what Orthanc refuses, such as 'text'.
TEXT = r'("(?:\\.|[^"\\])*")'
COMMENT = re.compile(TEXT + r"|/\*.*?\*/|//[^\r\n]*", re.DOTALL)
LAST_COMMA = re.compile(TEXT + r"|,(?=\s*[\]}])", re.DOTALL)
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")  # of the environment, with or without a default


def read_configuration(path: Path) -> Settings:
    """The settings of a file, or of all *.json files of a folder, as Orthanc puts them together."""
    if not path.is_dir():
        return _read_file(path)
    together: Settings = {}
    for file in sorted(path.glob("*.json")):
        for key, value in _read_file(file).items():
            if key in together:
                raise Failure(
                    f'{file}: "{key}" is in another file of this folder too, which Orthanc refuses: remove one of them'
                )
            together[key] = value
    if not together:
        raise Failure(f"{path}: no *.json file in this folder has a setting")
    return together


def _read_file(path: Path) -> Settings:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Failure(f"{path}: there is no such file") from None
    except UnicodeDecodeError as error:
        raise Failure(f"{path}: it is not UTF-8 (byte {error.start}): save it in that encoding") from None
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from None
    text = VARIABLE.sub(lambda found: os.environ.get(found[1], found[2] if found[2] is not None else found[0]), text)
    try:
        settings = json.loads(LAST_COMMA.sub(_blank, COMMENT.sub(_blank, text)))
    except (ValueError, RecursionError) as error:
        raise Failure(f"{path}: it is not JSON: {error}") from None
    if not isinstance(settings, dict):
        raise Failure(f"{path}: it must be a JSON object: {{ ... }}")
    return settings


def _blank(found: re.Match[str]) -> str:
    """A text as it is; anything else as blanks, so that what follows keeps its line and column."""
    return found[1] or re.sub(r"[^\r\n]", " ", found[0])
