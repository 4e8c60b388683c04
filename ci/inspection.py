# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file of a release is by its name, and whether it is that. Archives are looked into."""

from __future__ import annotations

import ast
import base64
import csv
import hashlib
import re
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email.parser import Parser
from pathlib import Path

from archives import HostileArchiveError, unpack
from artifacts import NAME, SDIST, WHEEL
from checks import Checked, Promise, check_library
from targets import SUFFIXES, Target, read_targets
from wheel_tags import platform_tag

# What a bundle has besides libraries.
BUNDLE_FILES = {"LICENSE", "README.txt", "orthanc.json", "hello.py"}
# The platforms in names of wheels, as regular expressions whose groups are the oldest system.
PLATFORMS = {re.sub(r"_\d+_\d+_", r"_(\\d+)_(\\d+)_", platform_tag(target)): target.name for target in read_targets().values()}


@dataclass
class Inspection:
    """What was found out about one file."""

    file: Path
    kind: str = "unknown"  # as in the manifest
    version: str | None = None  # by its name
    target: Target | None = None
    minimum: str | None = None  # the oldest system, by the target or the wheel's name
    libraries: list[Checked] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)  # of the file itself

    @property
    def all_problems(self) -> list[str]:
        """Those of the libraries in it too."""
        found = list(self.problems)
        for each in self.libraries:
            found += [problem if each.file == self.file else f"{each.file.name} {problem}" for problem in each.problems]
        return found

    @property
    def pythons(self) -> tuple[str, ...]:
        """The CPython versions that it serves, the oldest first."""
        found = {each.promise.python for each in self.libraries if each.promise.python is not None}
        return tuple(sorted(found, key=lambda python: (int(python.rstrip("t").split(".")[1]), python)))


def inspect(file: Path, work: Path) -> Inspection:
    """Looks at a file, and into it; archives are unpacked into the folder `work`, which is empty."""
    if (match := NAME.fullmatch(file.name)) and (target := read_targets().get(match["target"])):
        found = Inspection(file, version=match["version"], target=target, minimum=target.minimum)
        if match["python"] and "." + match["ext"] == SUFFIXES[target.system]:
            found.kind = "plugin"
            found.libraries = [check_library(file, Promise(target, match["python"], True, match["version"]))]
            return found
        if not match["python"] and match["ext"] == "zip":
            found.kind = "bundle"
            return _looked_into(found, work, lambda files: _look_into_bundle(found, target, work, files))
    if match := WHEEL.fullmatch(file.name):
        found = Inspection(file, "wheel", match["version"])
        wheel = match
        return _looked_into(found, work, lambda files: _look_into_wheel(found, wheel, work, files))
    if match := SDIST.fullmatch(file.name):
        found = Inspection(file, "sdist", match["version"])
        found.problems += _problems_of_sdist(file, match["version"])
        return found
    if file.name == "orthanc.pyi":
        return Inspection(file, "stub", problems=_problems_of_stub(file))
    return Inspection(file, problems=["has a name that no file of a release has"])


def _looked_into(found: Inspection, work: Path, look: Callable[[list[Path]], None]) -> Inspection:
    try:
        look(unpack(found.file, work))
    except HostileArchiveError as error:
        found.problems.append(str(error))
    return found


def _look_into_bundle(found: Inspection, target: Target, work: Path, files: Iterable[Path]) -> None:
    names = {path.as_posix() for path in files}
    found.libraries, others = libraries_beside_loader(target, work, names, found.version)
    if missing := BUNDLE_FILES - names:
        found.problems.append(f"lacks {', '.join(sorted(missing))}")
    if others := others - BUNDLE_FILES:
        found.problems.append(f"has {', '.join(sorted(others))}, which does not belong in it")
    _need_all(found, target)


def libraries_beside_loader(
    target: Target, folder: Path, names: Iterable[str], version: str | None = None, minimum: str | None = None
) -> tuple[list[Checked], set[str]]:
    """The loader and the plugins beside it among the named files, all checked; and the names of the others."""
    found = []
    others = set(names)
    if target.loader in others:
        found.append(check_library(folder / target.loader, Promise(target, None, False, version, minimum)))
    for name in sorted(others):
        if match := re.fullmatch(rf"OrthancPython/OrthancPython-python(3\.\d+t?){re.escape(SUFFIXES[target.system])}", name):
            promise = Promise(target, match[1], target.system == "windows", version, minimum)
            found.append(check_library(folder / name, promise))
            others.discard(name)
    return found, others - {target.loader}


def stand_alone_plugins(target: Target, folder: Path) -> list[Checked]:
    """The plugins that stand alone in the folder of a target, as ci/build writes it, all checked."""
    files = sorted(folder.glob("python3.*/*"))
    return [check_library(file, Promise(target, file.parent.name.removeprefix("python"), True)) for file in files]


def _need_all(found: Inspection, target: Target) -> None:
    if not any(each.promise.python is None for each in found.libraries):
        found.problems.append(f"lacks the loader {target.loader}")
    if not found.pythons:
        found.problems.append("has no plugin")


def _look_into_wheel(found: Inspection, wheel: re.Match[str], work: Path, files: list[Path]) -> None:
    python = f"3.{wheel['minor']}{wheel['threads']}"
    tags = wheel["platform"].split(".")
    matches = [(match, name) for tag in tags for pattern, name in PLATFORMS.items() if (match := re.fullmatch(pattern, tag))]
    if len(matches) != len(tags) or len({name for _, name in matches}) != 1:
        found.problems.append(f"has the platform {wheel['platform']}, which is none of an index of packages")
        return
    found.target = target = read_targets()[matches[0][1]]
    oldest = min((tuple(map(int, match.groups())) for match, _ in matches if match.groups()), default=None)
    found.minimum = target.minimum if oldest is None else ".".join(map(str, oldest))
    dist_info = f"orthanc_python-{found.version}.dist-info"
    found.problems += _problems_of_metadata(work / dist_info, found.file.name, found.version or "")
    found.problems += _problems_of_record(work, dist_info, files)
    inside = Path("orthanc_python") / "plugin"
    names = {path.relative_to(inside).as_posix() for path in files if path.is_relative_to(inside)}
    found.libraries, others = libraries_beside_loader(target, work / inside, names, found.version, found.minimum)
    plugins = {(inside / name).as_posix() for name in names}
    known = ("orthanc_python", "orthanc-stubs", dist_info)
    for path in files:
        library = re.search(r"\.(so|dylib|dll|pyd|exe)\b", path.name)
        if path.as_posix() not in plugins and (library or path.parts[0] not in known):
            others.add(path.as_posix())
    if others:
        found.problems.append(f"has {', '.join(sorted(others))}, which does not belong in it")
    _need_all(found, target)
    if found.pythons and found.pythons != (python,):
        found.problems.append(f"is for CPython {' and '.join(found.pythons)}, its name says {python}")


def _problems_of_metadata(folder: Path, name: str, version: str) -> Iterable[str]:
    try:
        metadata = Parser().parsestr((folder / "METADATA").read_text(encoding="utf-8"))
        wheel = Parser().parsestr((folder / "WHEEL").read_text(encoding="utf-8"))
    except OSError:
        yield f"has no {folder.name} with METADATA and WHEEL"
        return
    if (metadata["Name"], metadata["Version"]) != ("orthanc-python", version):
        yield f"is {metadata['Name']} {metadata['Version']}, its name says orthanc-python {version}"
    stem = name.removesuffix(".whl").split("-")
    tags = {f"{stem[2]}-{stem[3]}-{platform}" for platform in stem[4].split(".")}
    if (found := set(wheel.get_all("Tag", []))) != tags:
        yield f"is for {' and '.join(sorted(found))}, its name says {' and '.join(sorted(tags))}"


def _problems_of_record(work: Path, dist_info: str, files: list[Path]) -> Iterable[str]:
    """Whether RECORD has the checksum of each file, as pip checks it."""
    own = f"{dist_info}/RECORD"
    try:
        rows = {row[0]: row[1] for row in csv.reader((work / own).read_text(encoding="utf-8").splitlines()) if len(row) > 1}
    except OSError:
        yield "has no RECORD"
        return
    names = {path.as_posix() for path in files}
    if different := names ^ rows.keys():
        yield f"RECORD and its files differ in {', '.join(sorted(different))}"
    for name in sorted(names & rows.keys() - {own}):
        digest = base64.urlsafe_b64encode(hashlib.sha256((work / name).read_bytes()).digest()).decode().rstrip("=")
        if rows[name] != f"sha256={digest}":
            yield f"{name} has the checksum sha256={digest}, RECORD says {rows[name]}"


def _problems_of_sdist(file: Path, version: str) -> Iterable[str]:
    top = f"orthanc_python-{version}"
    try:
        with tarfile.open(file, "r:gz") as archive:
            members = archive.getmembers()
            if wrong := [each.name for each in members if not each.name.startswith(f"{top}/") or ".." in each.name.split("/")]:
                yield f"has {', '.join(wrong[:3])}, which is outside of {top}"
            if links := [each.name for each in members if not (each.isfile() or each.isdir())]:
                yield f"has the link or special file {', '.join(links[:3])}"
            information = archive.extractfile(f"{top}/PKG-INFO")
            metadata = Parser().parsestr(information.read().decode() if information else "")
    except (OSError, EOFError, tarfile.TarError, KeyError, ValueError) as error:
        yield f"is damaged: {error}"
        return
    if (metadata["Name"], metadata["Version"]) != ("orthanc-python", version):
        yield f"is {metadata['Name']} {metadata['Version']}, its name says orthanc-python {version}"


def _problems_of_stub(file: Path) -> list[str]:
    try:
        ast.parse(file.read_bytes())
    except (SyntaxError, ValueError) as error:
        return [f"is not Python: {error}"]
    return []
