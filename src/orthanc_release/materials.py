# SPDX-License-Identifier: GPL-3.0-or-later
"""Third-party parts in a file of a release, or needed by it: for the bill of materials and the provenance."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

import tomllib

from orthanc_release.artifacts import Artifact
from orthanc_release.targets import ROOT

LLVM = "Apache-2.0 WITH LLVM-exception"
GCC = "GPL-3.0-or-later WITH GCC-exception-3.1"
# The C++ runtimes that are linked statically, by the compiler's name in CMake. Of libunwind see cmake/toolchains/zig_link.py.
RUNTIMES = {
    "Clang": [("libc++", LLVM), ("libc++abi", LLVM), ("libunwind", LLVM), ("compiler-rt", LLVM)],
    "AppleClang": [],  # each macOS has them
    "GNU": [("libstdc++", GCC), ("libgcc", GCC)],
    "MSVC": [("Microsoft Visual C++ runtime", "LicenseRef-Microsoft")],
}


@dataclass(frozen=True)
class Material:
    """A piece of software."""

    name: str
    version: str | None
    licence: str | None  # as SPDX writes it
    package: tuple[str, str] | None = None  # the type and name of its package URL
    sha256: str | None = None
    requirement: str | None = None  # of the versions that will do, if the file only needs it


def materials_of(artifact: Artifact, sources: Path = ROOT) -> list[Material]:
    """Return the materials of a file that was made of `sources`: its third-party parts, and what it needs."""
    found = []
    if artifact.compiler is not None:
        name, _, version = artifact.compiler.rpartition(" ")
        own = [each for each in RUNTIMES[name] if (artifact.system, each[0]) != ("linux", "libunwind")]
        found += [Material(runtime, version, licence) for runtime, licence in own]
        if artifact.system == "windows" and name != "MSVC":
            found.append(Material("mingw-w64", None, "ZPL-2.1"))  # its start-up code and, of GCC, winpthreads
        found += nanobind()
    if artifact.sdk is not None:
        package = ("generic", "orthanc-plugin-sdk")
        found.append(
            Material("Orthanc plugin SDK", artifact.sdk, "GPL-3.0-or-later", package, sdk_checksum(artifact.sdk, sources))
        )
    if artifact.kind in ("wheel", "sdist"):
        found += requirements(sources)
    return found


def nanobind() -> list[Material]:
    """Return nanobind, and the hash map in it, of this environment: ci/build builds with them."""
    spec = importlib.util.find_spec("nanobind")
    assert spec is not None and spec.origin is not None, "nanobind is in tests/requirements.txt"
    header = Path(spec.origin).parent / "ext" / "robin_map" / "include" / "tsl" / "robin_growth_policy.h"
    numbers = re.findall(r"define TSL_RH_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header.read_text(encoding="utf-8"))
    return [
        Material("nanobind", importlib.metadata.version("nanobind"), "BSD-3-Clause", ("pypi", "nanobind")),
        Material("robin-map", ".".join(numbers), "MIT", ("github", "tessil/robin-map")),
    ]


def sdk_checksum(version: str, sources: Path = ROOT) -> str | None:
    """Return the SHA-256 of an SDK's header, where cmake/sdk/find_orthanc_sdk.cmake has it."""
    text = (sources / "cmake" / "sdk" / "find_orthanc_sdk.cmake").read_text(encoding="utf-8")
    match = re.search(rf"ORTHANC_SDK_SHA256_{re.escape(version)} (\w+)", text)
    return match[1] if match else None


def newest_sdk(sources: Path = ROOT) -> str:
    """Return the newest SDK that the sources know, or "". A release is built with it."""
    text = (sources / "cmake" / "sdk" / "find_orthanc_sdk.cmake").read_text(encoding="utf-8")
    known: list[str] = re.findall(r"ORTHANC_SDK_SHA256_(\d+(?:\.\d+)*) ", text)
    return max(known, key=lambda version: tuple(map(int, version.split("."))), default="")


def requirements(sources: Path) -> list[Material]:
    """Return the packages that pip installs with a wheel."""
    with (sources / "pyproject.toml").open("rb") as file:
        lines = tomllib.load(file)["project"]["dependencies"]
    found = []
    for line in lines:
        match = re.fullmatch(r"([\w-]+)(.*)", line)
        assert match is not None
        found.append(Material(match[1], None, None, ("pypi", match[1]), requirement=match[2]))
    return found
