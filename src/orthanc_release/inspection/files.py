# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that a file of a release is what its name says. Archives are looked into.

With sources, texts and dates are compared with them; without, only what the file says of itself.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from orthanc_release.archives import HostileArchiveError, unpack
from orthanc_release.artifacts import NAME, SDIST, WHEEL
from orthanc_release.inspection.bundle import look_into_bundle
from orthanc_release.inspection.embedded import problems_of_embedded_texts
from orthanc_release.inspection.expected import STUBS, NoHeaderError, texts_of_sdk
from orthanc_release.inspection.for_users import problems_of_file
from orthanc_release.inspection.model import Inspection
from orthanc_release.inspection.sdist import problems_of_sdist
from orthanc_release.inspection.wheel import look_into_wheel
from orthanc_release.inspection.zip_layout import problems_of_layout
from orthanc_release.libraries.builder_paths import paths_in
from orthanc_release.libraries.checks import Checked, Promise, check_library
from orthanc_release.libraries.model import short
from orthanc_release.sources import Source
from orthanc_release.targets import SUFFIXES, Target, read_targets


def inspect(file: Path, work: Path, source: Source | None = None, without_header: bool = False) -> Inspection:
    """Inspect a file and its content.

    Args:
        work: An empty folder, into which archives are unpacked.
        without_header: Whether texts that are made of the SDK's header may be left out if that is not on this machine.
    """
    found = Inspection(file, without_header=without_header)
    try:
        _look_at(found, work, source)
        found.problems += problems_of_file(found)
        if source is not None:
            for each in found.libraries:
                each.problems = [*each.problems, *problems_of_embedded_texts(each, source)]
    except (OSError, KeyError, ValueError, subprocess.CalledProcessError) as error:
        found.problems.append(f"cannot be compared with its sources: {error}")
    except Exception as error:  # of a file that is damaged in a new way: the verdict on the others must not be lost
        found.problems.append(f"cannot be inspected: {type(error).__name__}: {short(str(error))}")
    return found


def _look_at(found: Inspection, work: Path, source: Source | None) -> None:
    name = found.file.name
    if (match := NAME.fullmatch(name)) and (target := read_targets().get(match["target"])):
        found.version, found.target, found.minimum = match["version"], target, target.minimum
        if match["python"] and "." + match["ext"] == SUFFIXES[target.system]:
            found.kind = "plugin"
            found.libraries = [check_library(found.file, Promise(target, match["python"], True, match["version"]))]
            return
        if not match["python"] and match["ext"] == "zip":
            found.kind = "bundle"
            _look_into(found, work, source, lambda files: look_into_bundle(found, target, work, files, source))
            return
    if match := WHEEL.fullmatch(name):
        wheel, found.kind, found.version = match, "wheel", match["version"]
        _look_into(found, work, source, lambda files: look_into_wheel(found, wheel, work, files, source))
    elif match := SDIST.fullmatch(name):
        found.kind, found.version = "sdist", match["version"]
        found.problems += problems_of_sdist(found.file, match["version"], source)
    elif name == "orthanc.pyi":
        found.kind = "stub"
        found.problems += _problems_of_stub(found, source)
    else:
        found.problems.append("has a name that no file of a release has")


def _look_into(found: Inspection, work: Path, source: Source | None, look: Callable[[list[Path]], None]) -> None:
    try:
        found.problems += problems_of_layout(found.file, source.seconds if source is not None else None)
        look(unpack(found.file, work))
    except HostileArchiveError as error:
        found.problems.append(str(error))


def stand_alone_plugins(target: Target, folder: Path) -> list[Checked]:
    """The plugins that stand alone in the folder of a target, as ci/build writes it, all checked."""
    files = sorted(folder.glob("python3.*/*"))
    return [check_library(file, Promise(target, file.parent.name.removeprefix("python"), True)) for file in files]


def _problems_of_stub(found: Inspection, source: Source | None) -> Iterator[str]:
    content = found.file.read_bytes()
    try:
        ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:  # the last two of text that is nested deeply
        yield f"is not Python: {str(error) or 'it is nested too deeply'}"
        return
    if path := next(paths_in(content), None):
        yield f"contains the path {path}"
    sdk = re.search(rb"as of the SDK (\d[\d.]*\d)", content)
    if sdk is None:
        yield "does not say of which SDK it is"
    elif source is not None:
        try:
            if content != texts_of_sdk(source, sdk[1].decode())[STUBS]:
                yield f"is not what its sources make of the SDK {sdk[1].decode()}"
        except NoHeaderError as error:
            found.leave_out(f"was not compared: {error}")
