# SPDX-License-Identifier: GPL-3.0-or-later
"""The download page's text for each file: its users, its check, and the lines for Orthanc's configuration."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from orthanc_release.artifacts import KINDS, Artifact
from orthanc_release.describe.release_folder import Release
from orthanc_release.targets import PROCESSOR_TITLES, SUFFIXES, SYSTEMS, system_name

WELL_KNOWN = {"glibc 2.28": "Debian 10, RHEL 8"}
# Where a plugin and a script may lie, as in the documentation.
FOLDERS = {
    "linux": ("/usr/share/orthanc/plugins", "/etc/orthanc"),
    "windows": ("C:/Orthanc/Plugins", "C:/Orthanc/scripts"),
    "macos": ("/usr/local/share/orthanc/plugins", "/usr/local/etc/orthanc"),
}


@dataclass(frozen=True)
class Card:
    """A file of the release, as the page shows it."""

    file: Artifact
    system: str
    processor: str
    title: str
    size: str
    minimum: str | None
    checks: tuple[tuple[str, str], ...]  # a system, and the command that says there whether the file is as it was published
    configuration: str | None
    plugin: str | None  # the path in the configuration
    signature: str | None  # the file with it
    wheel: Artifact | None  # for the same machine and Python, of a plugin that stands alone
    unpack: str | None  # the command, of a bundle
    install: str | None  # the options of `orthanc-python install`, but for --from
    runs: tuple[str, ...]  # where it has run a script, with which CPythons

    @property
    def link(self) -> str:
        """The name in a URL."""
        return quote(self.file.name)

    @property
    def verdict(self) -> str:
        """Return the output of the commands for a right file."""
        return {"windows": "True", "linux": "OK", "macos": "OK"}.get(self.file.system or "", "OK, or True,")

    @property
    def choice(self) -> str:
        """The answers of the form that lead here, for the script of the page; empty for a file that the form does not offer."""
        if self.file.kind not in ("bundle", "plugin", "wheel") or self.file.system is None or self.file.processor is None:
            return ""
        return " ".join(self.file.pythons) or self.file.kind


@dataclass(frozen=True)
class Group:
    """Files for the same systems, in the table."""

    title: str
    cards: tuple[Card, ...]


def page_values(release: Release) -> dict[str, Any]:
    """Return the values of a release for the template."""
    cards = [make_card(file, release) for file in release.manifest.files]
    titles = sorted({(*_rank(card), _platform(card)) for card in cards})
    groups = [
        Group(title, tuple(sorted((card for card in cards if _platform(card) == title), key=_order))) for *_, title in titles
    ]
    offered = [card.file for card in cards if card.choice]
    return {
        "release": release.manifest,
        "documents": [(name, quote(name)) for name in release.documents],
        "groups": groups,
        "cards": [card for group in groups for card in group.cards],
        "systems": [(name, SYSTEMS.get(name, name)) for name in _known({file.system for file in offered}, list(SYSTEMS))],
        "processors": [
            (name, *PROCESSOR_TITLES.get(name, (name, "")))
            for name in _known({file.processor for file in offered}, list(PROCESSOR_TITLES))
        ],
        "pythons": sorted({python for file in offered for python in file.pythons}, key=_python_order),
        "has_wheels": bool(release.of_kind("wheel", "sdist")),
    }


def summary(release: Release) -> str:
    """A release in one line, for the feed."""
    files = release.manifest.files
    systems = [SYSTEMS.get(name, name) for name in _known({file.system for file in files}, list(SYSTEMS))]
    pythons = sorted({python for file in files for python in file.pythons}, key=_python_order)
    parts = [", ".join(systems), f"CPython {', '.join(pythons)}" if pythons else "", f"{len(files)} files"]
    return "; ".join(part for part in parts if part)


def make_card(file: Artifact, release: Release) -> Card:
    """Return the page's entry of a file."""
    system = SYSTEMS.get(file.system, file.system) if file.system else "Any system"
    processor = PROCESSOR_TITLES.get(file.processor, (file.processor,))[0] if file.processor else ""
    machine = (file.system, file.processor, file.pythons)
    wheels = (each for each in release.of_kind("wheel") if (each.system, each.processor, each.pythons) == machine)
    wheel = next(wheels, None) if file.kind == "plugin" else None
    minimum = system_name(file.system, file.minimum) if file.minimum else None
    if minimum in WELL_KNOWN:
        minimum += f" ({WELL_KNOWN[minimum]})"
    plugin, configuration = _configuration(file)
    return Card(
        file,
        system,
        processor,
        _title(file),
        _size(file.size),
        minimum,
        checks_of(file),
        configuration,
        plugin,
        release.signature(file.name),
        wheel,
        _unpack(file, plugin) if file.kind == "bundle" and plugin else None,
        _install(file),
        _runs(file),
    )


def _unpack(file: Artifact, plugin: str) -> str:
    folder, _, loader = plugin.rpartition("/")
    if file.system == "windows":
        # Beside the file, because the archive has texts, too. Without the folder, Copy-Item would make a file of its name.
        # By default, PowerShell goes on after an error, such as that of a DLL in use.
        archive = file.name.replace("'", "''")
        beside = archive.removesuffix(".zip")
        return (
            "$ErrorActionPreference = 'Stop'\n"
            f"Expand-Archive '{archive}' -DestinationPath '{beside}' -Force\n"
            f"New-Item {folder} -ItemType Directory -Force | Out-Null\n"
            f"Copy-Item '{beside}/{loader}', '{beside}/OrthancPython' -Destination {folder} -Recurse -Force"
        )
    return f"sudo unzip {shlex.quote(file.name)} {loader} 'OrthancPython/*' -d {folder}"


def _install(file: Artifact) -> str | None:
    if file.kind not in ("bundle", "plugin"):
        return None
    folder, _ = FOLDERS.get(file.system or "", FOLDERS["linux"])
    return f"--to {folder} " + ("--bundle" if file.kind == "bundle" else f"--python {file.pythons[0]}")


def _runs(file: Artifact) -> tuple[str, ...]:
    places: dict[str, list[str]] = {}
    for entry in file.run:
        python, _, place = entry.partition(": ")
        places.setdefault(place, []).append(python)
    return tuple(f"{place.removesuffix(' run')} with CPython {', '.join(pythons)}" for place, pythons in places.items())


def _title(file: Artifact) -> str:
    pythons = ", ".join(file.pythons)
    return {
        "bundle": "Bundle for any Python",
        "plugin": f"Plugin for CPython {pythons}",
        "wheel": f"Wheel for CPython {pythons}",
        "sdist": "Source distribution",
        "stub": "Type stub of the module orthanc",
    }[file.kind]


def checks_of(file: Artifact) -> tuple[tuple[str, str], ...]:
    """Return the commands that compare a file with its checksum, each with its system: all that a file for any system needs."""
    line = shlex.quote(f"{file.sha256}  {file.name}")
    quoted = file.name.replace("'", "''")
    commands = {
        "linux": ("Linux, terminal", f"echo {line} | sha256sum --check"),
        "macos": ("macOS, Terminal", f"echo {line} | shasum -a 256 --check"),
        "windows": ("Windows, PowerShell", f"(Get-FileHash '{quoted}').Hash -eq '{file.sha256}'"),
    }
    return (commands[file.system],) if file.system in commands else tuple(commands.values())


def _configuration(file: Artifact) -> tuple[str | None, str | None]:
    if file.kind not in ("bundle", "plugin"):
        return None, None
    plugins, scripts = FOLDERS.get(file.system or "", FOLDERS["linux"])
    suffix = SUFFIXES.get(file.system or "", ".so")
    loader = ("" if file.system == "windows" else "lib") + "OrthancPython" + suffix
    plugin = str(PurePosixPath(plugins) / (loader if file.kind == "bundle" else file.name))
    lines = [f'"Plugins": [{json.dumps(plugin)}]', f'"Python": {{"Path": {json.dumps(f"{scripts}/hello.py")}}}']
    return plugin, ",\n".join(lines)


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB" if size >= 1e3 else f"{size} bytes"


def _platform(card: Card) -> str:
    return ", ".join(part for part in (card.system, card.processor) if part)


def _rank(card: Card) -> tuple[int, int]:
    """Known systems and processors in their order, then others, then what is for any."""
    systems, processors = list(SYSTEMS), list(PROCESSOR_TITLES)
    file = card.file
    system = systems.index(file.system) if file.system in systems else len(systems) + (file.system is None)
    return system, processors.index(file.processor) if file.processor in processors else len(processors)


def _order(card: Card) -> tuple[Any, ...]:
    return KINDS.index(card.file.kind), *map(_python_order, card.file.pythons[:1]), card.file.name


def _known(names: set[str | None], order: list[str]) -> list[str]:
    given = [name for name in names if name]
    return sorted(given, key=lambda name: (order.index(name) if name in order else len(order), name))


def _python_order(version: str) -> tuple[int, bool]:
    return int(version.rstrip("t").split(".")[1]), version.endswith("t")
