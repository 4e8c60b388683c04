# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a release by the code that `orthanc-python install` has: what that refuses, nobody can install."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from orthanc_python.failure import Failure
from orthanc_python.libraries.file_names import PLUGINS
from orthanc_python.libraries.machine import Machine
from orthanc_python.releases.archives import unpack
from orthanc_python.releases.inspection import check_bundle, check_plugin
from orthanc_python.releases.manifest import ReleaseFile
from orthanc_python.releases.sources import LocalFolder, find_release
from orthanc_release.inspection.model import Inspection
from orthanc_release.targets import read_targets

REFUSED = "cannot be installed by users: "


def problems_of_manifest(folder: Path) -> Iterator[str]:
    """Yield why users' command refuses the manifest.json of a release's folder."""
    try:
        find_release(LocalFolder(folder), "")
    except Failure as error:
        yield f"{REFUSED}{error}"


def problems_of_file(found: Inspection) -> Iterator[str]:
    """Yield why users' command refuses a plugin or a bundle that was inspected."""
    target = found.target
    if target is None or found.kind not in ("bundle", "plugin"):
        return
    size = found.file.stat().st_size
    file = ReleaseFile(found.file.name, found.kind, size, "", found.pythons, target.system, target.processor, "")
    try:
        with tempfile.TemporaryDirectory() as folder:
            if file.kind == "bundle":
                unpack(found.file, file.name, target.loader, PLUGINS, Path(folder))
            for part in map(read_targets().__getitem__, target.parts or (target.name,)):
                machine = Machine(target.system, part.processor)
                if file.kind == "bundle":
                    check_bundle(Path(folder, target.loader), Path(folder, PLUGINS), file, machine)
                else:
                    check_plugin(found.file, file, machine)
    except (Failure, OSError) as error:
        yield f"{REFUSED}{error}"
