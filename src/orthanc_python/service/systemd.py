# SPDX-License-Identifier: GPL-3.0-or-later
"""The unit of systemd, read from its files: systemd need not run, and nobody needs rights for that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from glob import has_magic
from pathlib import Path

from orthanc_python.failure import Denied, Failure, UnknownPath
from orthanc_python.rights import how_to_read
from orthanc_python.service.model import Manager, Service, parse_arguments
from orthanc_python.service.unit_words import (
    read_environment_file,
    split_words,
    unknown_specifier,
    with_variables,
    without_specifiers,
)

NAME = "orthanc"
UNIT = f"{NAME}.service"
# systemd.unit(5), the first one wins.
FOLDERS = (
    "etc/systemd/system",
    "run/systemd/system",
    "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",
    "lib/systemd/system",
)


def find_unit(root: Path) -> Service | None:
    paths = (root / folder / UNIT for folder in FOLDERS)
    unit = next((path for path in paths if path.is_file()), None)
    if unit is None:
        return None
    closed: list[Path] = []
    settings = _read(_files(root, unit, closed), closed)
    command = _command(settings.get("ExecStart", []))
    if command is None:
        if closed:
            raise _denied(closed[0])
        return None
    words, expands = command
    variables, denied = _variables(root, settings)
    account = without_specifiers((settings.get("User") or ["root"])[-1], NAME)
    if closed:
        doubt: Failure | None = _denied(closed[0])
    elif expands and any("$" in word for word in words):
        doubt = _doubt(unit, [*words, *settings.get("Environment", [])]) or (_denied(denied) if denied else None)
    else:
        doubt = _doubt(unit, words)
    words = [without_specifiers(word, NAME) for word in words]
    if expands:
        words = with_variables(words, _variables_of_account(account) | variables)
    arguments = parse_arguments([word for word in words if word])
    if arguments.configuration is None and doubt is None:
        return None
    folder = _working_folder(settings, account)
    return Service(
        name=NAME,
        manager=Manager.SYSTEMD,
        configuration=_below(root, folder / (arguments.configuration or "")),
        account=account,
        working_folder=_below(root, folder),
        log_folder=arguments.log_folder and _below(root, folder / arguments.log_folder),
        variables=variables,
        further=tuple(_below(root, folder / path) for path in arguments.further),
        doubt=doubt,
        denied=denied,
    )


def _doubt(unit: Path, texts: list[str]) -> Failure | None:
    """Return why the path of the configuration is not known, None if it is."""
    unknown = next(filter(None, (unknown_specifier(text) for text in texts if not text.startswith("-"))), "")
    if not unknown:
        return None
    text = f"{unit} names its configuration by {unknown}, and this command does not know what that stands for"
    return UnknownPath(f"{text}: write the path into the unit's ExecStart=")


def _denied(path: Path) -> Denied:
    return Denied(f"{path}: Permission denied: {how_to_read()}")


def _files(root: Path, unit: Path, closed: list[Path]) -> list[Path]:
    """Return the unit and its drop-ins, in the order in which they count; add folders that may not be read to `closed`."""
    drop_ins: dict[str, Path] = {}
    for folder in reversed(FOLDERS):
        drop_ins |= {path.name: path for path in _list(root / folder / f"{UNIT}.d", closed) if path.suffix == ".conf"}
    return [unit, *(drop_ins[name] for name in sorted(drop_ins))]


def _list(folder: Path, closed: list[Path]) -> list[Path]:
    """Return what is in a folder that may be missing. glob() would also be silent about one that this account may not read."""
    try:
        return list(folder.iterdir())
    except PermissionError:
        closed.append(folder)
    except (FileNotFoundError, NotADirectoryError):
        pass
    return []


def _read(files: list[Path], closed: list[Path]) -> dict[str, list[str]]:
    """Return the values of each key of the section [Service]. An empty value takes back those before it."""
    found: dict[str, list[str]] = {}
    for path in files:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except PermissionError:
            closed.append(path)
            continue
        for key, value in _assignments(text):
            if value:
                found.setdefault(key, []).append(value)
            else:
                found.pop(key, None)
    return found


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    section = ""
    text = re.sub(r"^[ \t]*[#;].*\n?", "", text, flags=re.MULTILINE)  # also between the lines of one value
    text = re.sub(r"\\\r?\n", " ", text)
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line:
            key, _, value = line.partition("=")
            yield key.strip(), value.strip()


def _command(commands: list[str]) -> tuple[list[str], bool] | None:
    """Return the arguments of the command that starts Orthanc, and whether variables are replaced in them."""
    for command in reversed(commands):
        with suppress(ValueError):
            first, *arguments = split_words(command)
            program = first.lstrip("-@:+!|")
            prefixes = first.removesuffix(program)
            if Path(without_specifiers(program, NAME)).name == "Orthanc":
                return arguments["@" in prefixes :], ":" not in prefixes  # behind @, the first one is the name of the process
    return None


def _working_folder(settings: dict[str, list[str]], account: str) -> Path:
    text = without_specifiers((settings.get("WorkingDirectory") or ["/"])[-1], NAME).lstrip("-")
    folder = Path(_variables_of_account(account).get("HOME", "/") if text == "~" else text)
    return folder if folder.is_absolute() else Path("/")


def _variables_of_account(name: str) -> dict[str, str]:
    """Return the variables that systemd sets by itself, as far as they may stand in a path."""
    found = {"USER": name, "LOGNAME": name}
    with suppress(RuntimeError):
        found["HOME"] = str(Path(f"~{name}").expanduser())
    return found


def _variables(root: Path, settings: dict[str, list[str]]) -> tuple[dict[str, str], Path | None]:
    """Return the variables of Environment= and, above these, of EnvironmentFile=, and a file that this account may not read."""
    found: dict[str, str] = {}
    denied: Path | None = None
    for text in settings.get("Environment", []):
        with suppress(ValueError):
            words = [without_specifiers(word, NAME) for word in split_words(text)]
            found |= dict(each.split("=", 1) for each in words if "=" in each)
    for name in settings.get("EnvironmentFile", []):
        path = _below(root, Path(without_specifiers(name.removeprefix("-"), NAME)))
        matching = sorted(Path(path.anchor).glob(str(path.relative_to(path.anchor)))) if has_magic(str(path)) else [path]
        for each in matching:
            try:
                found |= read_environment_file(each.read_text(encoding="utf-8", errors="replace"))
            except PermissionError:
                denied = each
            except OSError:
                continue
    return found, denied


def _below(root: Path, path: Path) -> Path:
    return root / path.relative_to(path.anchor)
