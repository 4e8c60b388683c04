# SPDX-License-Identifier: GPL-3.0-or-later
"""The right content of the text files of wheels and of the source distribution, by the sources they were made of."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pathspec

from orthanc_release.inspection.sdk_header import header_of, how_to_get
from orthanc_release.libraries.read import About
from orthanc_release.materials import sdk_checksum
from orthanc_release.sources import Source, project_of, tracked_files

PACKAGE = "orthanc_python"
STUBS = "orthanc-stubs/__init__.pyi"
TESTING_MODULE = f"{PACKAGE}/testing/module.py"
METADATA_HOOK = (
    "import scikit_build_core.build as b, sys; b.prepare_metadata_for_build_wheel(sys.argv[1], {'wheel.cmake': 'false'})"
)


class NoHeaderError(Exception):
    """The SDK's header that files were made of is not here; the message says so."""


def texts_of_wheel(source: Source) -> dict[str, bytes]:
    """Return the files of all wheels that are copied from the sources or made of pyproject.toml, by their names."""
    files = {}
    for name in tracked_files(source):
        if name.startswith(f"src/{PACKAGE}/"):
            files[name.removeprefix("src/")] = source.read(name)
        elif name.startswith("samples/") and name.endswith(".py") and not name.startswith("samples/packages/"):
            files[f"{PACKAGE}/{name}"] = source.read(name)
    return {**files, **metadata_of(source)}


def texts_of_sdist(source: Source) -> dict[str, bytes]:
    """Return the files of the source distribution, by their names in it."""
    tools: Any = project_of(source)["tool"]
    # scikit-build-core reads the patterns with this library.
    excluded = pathspec.GitIgnoreSpec.from_lines(tools["scikit-build"]["sdist"]["exclude"])
    files = {name: source.read(name) for name in tracked_files(source) if not excluded.match_file(name)}
    (metadata,) = (content for name, content in metadata_of(source).items() if name.endswith("/METADATA"))
    return {**files, "PKG-INFO": metadata}


@functools.cache
def metadata_of(source: Source) -> dict[str, bytes]:
    """Return the files of a wheel's .dist-info but WHEEL and RECORD, as the build backend makes them (PEP 517)."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-P", "-c", METADATA_HOOK, folder]
        subprocess.run(command, cwd=source.folder, check=True, capture_output=True)
        files = [path for path in Path(folder).rglob("*") if path.is_file() and path.name != "WHEEL"]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@functools.cache
def texts_of_sdk(source: Source, sdk: str) -> dict[str, bytes]:
    """Return the files of a wheel that are made of the SDK's header. Raises NoHeaderError and ValueError."""
    header = _header(source, sdk)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-P", "-m", "orthanc_sdk", "--header", str(header), "--output", folder]
        environment = {**os.environ, "PYTHONPATH": str(source.folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        subprocess.run(command, check=True, capture_output=True, env=environment)
        made = Path(folder)
        return {STUBS: (made / "orthanc.pyi").read_bytes(), TESTING_MODULE: (made / "testing.py").read_bytes()}


def build_facts(source: Source, about: About, system: str, release: str) -> bytes:
    """Return the file in which a wheel says what its plugin was built with; `release` is the CPython of the headers."""
    values = {
        "PROJECT_VERSION": about.version,
        "Python_RESOLVED_VERSION": about.python,
        "Python_RESOLVED_RELEASE": release,
        "sdk_VERSION": about.sdk,
        "CMAKE_SYSTEM_NAME": system.partition(" ")[0],
        "processors": system.partition(" ")[2],
        "CMAKE_CXX_COMPILER_ID": about.compiler.partition(" ")[0],
        "CMAKE_CXX_COMPILER_VERSION": about.compiler.partition(" ")[2],
    }
    text = source.read("cmake/install/build_facts.py.in").decode()
    return re.sub(r"@(\w+)@", lambda match: values[match[1]], text).encode()


def _header(source: Source, sdk: str) -> Path:
    """Return the header of a version, whose checksum is that of the sources.

    Raises:
        NoHeaderError: this machine does not have it.
        ValueError: there is no such SDK. A made-up number would else be a way around the comparison.
    """
    if sdk_checksum(sdk, source.folder) is None:
        raise ValueError(f"they have no SDK {sdk}")
    if header := header_of(sdk, source.folder):
        return header
    raise NoHeaderError(f"no header of the SDK {sdk} here; {how_to_get(sdk)}; or name --without-header")
