# SPDX-License-Identifier: GPL-3.0-or-later
"""The unit of systemd, read from its files: systemd need not run, and nobody needs rights for that."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from orthanc_python.service.model import Arguments, Manager, Service, parse_arguments

UNIT = "orthanc.service"
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
    settings = _read(_files(root, unit))
    arguments = _arguments(settings.get("ExecStart", []))
    if arguments is None or arguments.configuration is None:
        return None
    folder = (settings.get("WorkingDirectory") or ["/"])[-1].lstrip("-")
    return Service(
        name=UNIT.removesuffix(".service"),
        manager=Manager.SYSTEMD,
        configuration=_below(root, arguments.configuration),
        account=(settings.get("User") or ["root"])[-1],
        working_folder=_below(root, Path(folder if folder.startswith("/") else "/")),
        log_folder=arguments.log_folder and _below(root, arguments.log_folder),
        variables=_variables(root, settings),
        further=tuple(_below(root, path) for path in arguments.further),
    )


def _files(root: Path, unit: Path) -> list[Path]:
    """Return the unit and its drop-ins, in the order in which they count."""
    drop_ins: dict[str, Path] = {}
    for folder in reversed(FOLDERS):
        drop_ins |= {path.name: path for path in (root / folder / f"{UNIT}.d").glob("*.conf")}
    return [unit, *(drop_ins[name] for name in sorted(drop_ins))]


def _read(files: list[Path]) -> dict[str, list[str]]:
    """Return the values of each key of the section [Service]. An empty value takes back those before it."""
    found: dict[str, list[str]] = {}
    for key, value in (pair for path in files for pair in _assignments(path)):
        if value:
            found.setdefault(key, []).append(value)
        else:
            found.pop(key, None)
    return found


def _assignments(path: Path) -> Iterator[tuple[str, str]]:
    section = ""
    text = re.sub(r"\\\r?\n", " ", path.read_text(encoding="utf-8", errors="replace"))
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and line[0] not in "#;":
            key, _, value = line.partition("=")
            yield key.strip(), value.strip()


def _arguments(commands: list[str]) -> Arguments | None:
    for command in reversed(commands):
        with suppress(ValueError):
            program, *arguments = shlex.split(command.lstrip("-@:+!"))
            if Path(program).name == "Orthanc":
                return parse_arguments(arguments)
    return None


def _variables(root: Path, settings: dict[str, list[str]]) -> dict[str, str]:
    """Return the variables of Environment= and, above these, of EnvironmentFile=."""
    texts = list(settings.get("Environment", []))
    for name in settings.get("EnvironmentFile", []):
        with suppress(OSError):
            lines = _below(root, Path(name.lstrip("-"))).read_text(encoding="utf-8", errors="replace").splitlines()
            texts += [line for line in map(str.strip, lines) if line and line[0] not in "#;"]
    found: dict[str, str] = {}
    for text in texts:
        with suppress(ValueError):
            found |= dict(each.split("=", 1) for each in shlex.split(text) if "=" in each)
    return found


def _below(root: Path, path: Path) -> Path:
    return root / path.relative_to(path.anchor)
