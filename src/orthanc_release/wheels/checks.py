# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks a wheel from the outside."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from wheel.wheelfile import WheelError, WheelFile  # type: ignore[import-untyped]

from orthanc_release.libraries.checks import Promise, check_library
from orthanc_release.targets import Target

LIBRARIES = (".so", ".dylib", ".dll", ".pyd")


def problems_of_wheel(file: Path, target: Target, python: str) -> Iterator[str]:
    """Yield what is wrong with the wheel of a target for one CPython."""
    folder = Path("orthanc_python") / "plugin"
    expected = {folder / target.loader: None, folder / target.plugin(python): python}
    try:
        with WheelFile(file) as archive, tempfile.TemporaryDirectory() as temporary:
            names = archive.namelist()
            for name in names:
                archive.read(name)  # raises if its hash is not that of RECORD
            found = {Path(name) for name in names if name.endswith(LIBRARIES) or ".so." in name}
            for path in sorted(found - expected.keys()):
                yield f"has the library {path} in it, which is not ours"
            for path in sorted(expected.keys() - found):
                yield f"lacks {path}"
            for path in sorted(expected.keys() & found):
                extracted = Path(archive.extract(path.as_posix(), temporary))
                version = expected[path]
                linked = version is not None and target.system == "windows"
                promise = Promise(target, version, linked, beside_loader=True)
                for problem in check_library(extracted, promise).problems:
                    yield f"{path.name} {problem}"
    except WheelError as error:
        yield str(error)
