# SPDX-License-Identifier: GPL-3.0-or-later
"""Search for the interpreter as the plugin's loader does (src/loader/search/candidates.cpp, choice.cpp).

tests/integration/loader/interpreter_cases.json has the cases that both must pass. The loader also keeps which interpreters do
not answer. This reads what it has kept, and changes nothing.
"""

from __future__ import annotations

import re
import struct
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orthanc_python.doctor.hanging import hanging_interpreters
from orthanc_python.interpreters.asking import (
    BRIEF_TIMEOUT,
    CannotAsk,
    Interpreter,
    NoAnswer,
    environment_around,
    in_environment,
    question,
)
from orthanc_python.interpreters.on_path import on_path, usual_names
from orthanc_python.libraries.library import opening_error
from orthanc_python.rights import is_file


@dataclass(frozen=True)
class Wishes:
    """The interpreter that the section "Python" asks for. Empty members were not given."""

    executable: str = ""
    virtual_environment: str = ""
    version: str = ""


@dataclass(frozen=True)
class Candidate:
    executable: Path
    reason: str  # where it comes from


@dataclass
class Choice:
    chosen: Interpreter | None = None
    reason: str = ""
    refused: list[tuple[Candidate, str]] = field(default_factory=list)  # those before it, each with what is wrong with it
    answered: list[Interpreter] = field(default_factory=list)  # all that could be asked


def choose(
    wishes: Wishes, loader: Path | None, variables: Mapping[str, str], misfit: Callable[[Interpreter], str] = lambda _: ""
) -> Choice:
    """Take the first interpreter that fits.

    Args:
        loader: the library; an environment around it is looked at.
        variables: the environment variables of Orthanc's process.
        misfit: say what else keeps an interpreter from being used, "" if nothing does.
    """
    result = Choice()
    wished = bool(wishes.executable or wishes.virtual_environment)  # which is asked whatever happened before
    hanging = set() if wished else hanging_interpreters(variables)
    put_off, seen = list[Candidate](), set[Path]()
    for candidate in candidates(wishes, loader, variables):
        absolute = candidate.executable.absolute()
        if absolute in seen:
            continue
        seen.add(absolute)
        if absolute in hanging and not _answers_now(candidate.executable):
            result.refused.append((candidate, "it did not answer at an earlier start"))
            put_off.append(candidate)
        elif _takes(result, candidate, wishes, misfit):
            return result
    for candidate in put_off:
        if _takes(result, candidate, wishes, misfit):
            break
    return result


def _answers_now(executable: Path) -> bool:
    try:
        question(executable, BRIEF_TIMEOUT)
    except NoAnswer:
        return False
    except CannotAsk:  # the next question says why
        pass
    return True


def _takes(result: Choice, candidate: Candidate, wishes: Wishes, misfit: Callable[[Interpreter], str]) -> bool:
    """Ask a candidate, and choose or refuse it."""
    try:
        found = question(candidate.executable)
    except CannotAsk as error:
        result.refused.append((candidate, str(error)))
        return False
    result.answered.append(found)
    if problem := _obstacle(found, wishes, misfit):
        result.refused.append((candidate, problem))
        return False
    result.chosen, result.reason = found, candidate.reason
    return True


def candidates(wishes: Wishes, loader: Path | None, variables: Mapping[str, str]) -> Iterator[Candidate]:
    """Yield interpreters in the order in which they are tried; one alone when the configuration names it."""
    if wishes.executable:
        yield Candidate(Path(wishes.executable), 'the setting "Executable"')
        return
    if wishes.virtual_environment:
        inside = in_environment(Path(wishes.virtual_environment))
        if inside is not None:
            yield Candidate(inside, 'the setting "VirtualEnv"')
        return
    around = environment_around(loader) if loader is not None else None
    if around is not None and (inside := _in_environment(around)):
        yield Candidate(inside, "the virtual environment that the plugin is installed in")
    active = variables.get("VIRTUAL_ENV")
    if active and (inside := _in_environment(Path(active))):
        yield Candidate(inside, "the environment variable VIRTUAL_ENV")
    names = [f"python{wishes.version}", "python3", "python"] if wishes.version else usual_names()
    for path in on_path(names, variables):
        yield Candidate(path, "PATH")
    yield from _registered()


def _in_environment(folder: Path) -> Path | None:
    """Return the interpreter of an environment that is not wished: one that is closed to this account is passed over."""
    try:
        return in_environment(folder)
    except PermissionError:
        return None


def _obstacle(found: Interpreter, wishes: Wishes, misfit: Callable[[Interpreter], str]) -> str:
    if wishes.version and found.version != wishes.version:
        return f'the setting "Version" asks for {wishes.version}'
    own = struct.calcsize("P") * 8
    if found.bits != own:
        return f"it is built for {found.bits} bits, and Orthanc for {own}"
    if problem := misfit(found):
        return problem
    if not found.library:
        return "it has no shared library"
    error = opening_error(Path(found.library))
    return f"cannot open {found.library}: {error}" if error else ""


def _registered() -> Iterator[Candidate]:
    """Yield those of the Windows registry (PEP 514), later versions first, free-threaded ones last."""
    if sys.platform != "win32":
        return
    import winreg

    threaded: list[Candidate] = []
    for hive, view in (
        (winreg.HKEY_CURRENT_USER, 0),
        (winreg.HKEY_LOCAL_MACHINE, winreg.KEY_WOW64_64KEY),
        (winreg.HKEY_LOCAL_MACHINE, winreg.KEY_WOW64_32KEY),
    ):
        for company in _subkeys(hive, r"Software\Python", view):
            tags = _subkeys(hive, rf"Software\Python\{company}", view) if company != "PyLauncher" else []
            for tag in sorted(tags, key=_latest_first):
                key = rf"Software\Python\{company}\{tag}\InstallPath"
                folder = _value(hive, key, "", view)
                executable = _value(hive, key, "ExecutablePath", view) or (folder and str(Path(folder) / "python.exe"))
                if executable and is_file(Path(executable)):
                    candidate = Candidate(Path(executable), "the registry")
                    if _is_threaded(tag):
                        threaded.append(candidate)
                    else:
                        yield candidate
    yield from threaded


def _latest_first(tag: str) -> tuple[list[int], str]:
    """Return a key to sort tags such as "3.14", "3.14t-arm64" and "Anaconda39-64"."""
    found = re.search(r"[0-9]+(?:\.[0-9]+)*", tag)
    # The end is greater than a further number's negative: 3.14 comes after 3.14.1.
    return [-int(number) for number in found[0].split(".")] + [1] if found else [1], tag


def _is_threaded(tag: str) -> bool:
    return re.search(r"^[^0-9]*[0-9]+(?:\.[0-9]+)*t(-|$)", tag) is not None


def _subkeys(hive: int, path: str, view: int) -> list[str]:
    if sys.platform != "win32":
        return []
    import winreg

    try:
        with winreg.OpenKey(hive, path, 0, winreg.KEY_READ | view) as key:
            return [winreg.EnumKey(key, index) for index in range(winreg.QueryInfoKey(key)[0])]
    except OSError:
        return []


def _value(hive: int, path: str, name: str, view: int) -> str:
    if sys.platform != "win32":
        return ""
    import winreg

    try:
        with winreg.OpenKey(hive, path, 0, winreg.KEY_READ | view) as key:
            value, _ = winreg.QueryValueEx(key, name)
            return value if isinstance(value, str) else ""
    except OSError:
        return ""
