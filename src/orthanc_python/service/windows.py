# SPDX-License-Identifier: GPL-3.0-or-later
"""The service of Windows, as the registry describes it."""

from __future__ import annotations

import re
import sys
from pathlib import Path, PureWindowsPath

from orthanc_python.service.model import Manager, Service, parse_arguments

KEY = r"SYSTEM\CurrentControlSet\Services\Orthanc"
PROGRAMS = ("orthanc", "orthancservice")
BLANKS = " \t"  # Windows splits at no other white space


def find_windows_service() -> Service | None:
    if sys.platform != "win32":
        return None
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, KEY) as key:
            value, kind = winreg.QueryValueEx(key, "ImagePath")
    except OSError:
        return None
    return service_of_command(winreg.ExpandEnvironmentStrings(value) if kind == winreg.REG_EXPAND_SZ else str(value))


def service_of_command(command: str) -> Service | None:
    """Read a command line, None if it is of another program, such as NSSM.

    The installer's service has its configuration in a folder beside the program.
    """
    program, rest = _split_program(command.strip(BLANKS))
    if PureWindowsPath(program).stem.lower() not in PROGRAMS:
        return None
    arguments = parse_arguments(split_arguments(rest))
    beside = Path(program).parent
    configuration = arguments.configuration or beside / "Configuration"
    return Service(
        "Orthanc",
        Manager.WINDOWS,
        configuration,
        working_folder=beside,
        log_folder=arguments.log_folder or beside / "Logs",
        further=arguments.further,
    )


def _split_program(command: str) -> tuple[str, str]:
    """Return the program and the rest. Without quotes, it is the shortest beginning that is a file, as for CreateProcess."""
    if command.startswith('"'):
        program, _, rest = command[1:].partition('"')
        return program, rest
    ends = [found.start() for found in re.finditer(f"[{BLANKS}]|$", command)]
    end = next((end for end in ends if any(Path(command[:end] + suffix).is_file() for suffix in ("", ".exe"))), ends[0])
    return command[:end], command[end:]


def split_arguments(line: str) -> list[str]:
    """Split by the rules of CommandLineToArgvW.

    Before a quote, two backslashes are one, and a single one escapes it. A quote right behind a closing one is a character.
    """
    words: list[str] = []
    word: str | None = None
    quoted = closed = False
    for slashes, char in re.findall(r"(\\*)([^\\]?)", line):
        if char == '"':
            literal = len(slashes) % 2 == 1 or (closed and not slashes)
            word = (word or "") + slashes[: len(slashes) // 2] + '"' * literal
            closed = quoted and not literal
            quoted = quoted != (not literal)
            continue
        closed = False
        if quoted or char not in ("", *BLANKS):
            word = (word or "") + slashes + char
        elif slashes or word is not None:
            words.append((word or "") + slashes)
            word = None
    return words if word is None else [*words, word]
