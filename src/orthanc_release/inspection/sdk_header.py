# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the header of the SDK that a release is built with, and that its texts are compared by.

python ci/module.py inspection.sdk_header [SOURCES] prints where it is, of other sources if they are given.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import sys
import urllib.request
from pathlib import Path

from orthanc_release.artifacts import sha256
from orthanc_release.materials import newest_sdk, sdk_checksum
from orthanc_release.pythons import foreign_pythons
from orthanc_release.pythons.foreign_pythons import CACHE
from orthanc_release.targets import ROOT

NAME = "OrthancCPlugin.h"
TIMEOUT = 30  # seconds
LARGEST = 10_000_000  # bytes
FOLDER = CACHE.parent / "sdk"  # of ci/sdk_headers
TARGETS = ROOT / "build" / "targets"  # of ci/build; the workflow brings it to the job that publishes
SYSTEM = Path("/usr/include/orthanc")


def header_of(version: str, sources: Path = ROOT) -> Path | None:
    """Return the header of an SDK that has the checksum of the sources; None if it is not on this machine."""
    known = sdk_checksum(version, sources)
    for folder in (FOLDER / version, TARGETS / f"sdk-{version}" / "orthanc", SYSTEM):
        if (folder / NAME).is_file() and sha256(folder / NAME) == known:
            return folder / NAME
    return None


def download(version: str, sources: Path = ROOT) -> Path | None:
    """Put the header of an SDK into the cache from where CMake's ALLOW_DOWNLOADS has it; None if it cannot be had."""
    known = sdk_checksum(version, sources)
    text = (sources / "cmake" / "sdk" / "find_orthanc_sdk.cmake").read_text(encoding="utf-8")
    address = re.search(r'set\(ORTHANC_SDK_URL "([^"]+)"', text)
    if known is None or address is None:
        return None
    with (
        contextlib.suppress(OSError),
        urllib.request.urlopen(address[1].replace("<version>", version), timeout=TIMEOUT) as answer,
    ):
        content = answer.read(LARGEST)
        if hashlib.sha256(content).hexdigest() == known:
            with foreign_pythons.making(FOLDER / version) as work:
                (work / NAME).write_bytes(content)
    return header_of(version, sources)


def how_to_get(version: str) -> str:
    """Return how to get the header of an SDK."""
    return (
        f"ci/sdk_headers {FOLDER} fetches it while Debian has it; else download it, by ORTHANC_SDK_URL of "
        f"cmake/sdk/find_orthanc_sdk.cmake, to {FOLDER / version / NAME}"
    )


def why_no_release(sources: Path = ROOT) -> str | None:
    """Return why a release cannot be made: it needs the newest SDK of the sources."""
    newest = newest_sdk(sources)
    if not newest:
        return "cmake/sdk/find_orthanc_sdk.cmake has no checksum of an SDK"
    return None if header_of(newest, sources) else no_header(newest)


def no_header(newest: str) -> str:
    """Return that the newest SDK of the sources is not here, and what to do."""
    return (
        f"no header of the SDK {newest} here, the newest of cmake/sdk/find_orthanc_sdk.cmake; {how_to_get(newest)}; "
        "or add the checksum of a newer one to that file"
    )


def main(arguments: list[str]) -> int:
    """Print the path of the header, and fetch it if it is not here. Return 1 if it cannot be had."""
    sources = Path(arguments[0]) if arguments else ROOT
    newest = newest_sdk(sources)
    header = header_of(newest, sources) or download(newest, sources)
    print(header or no_header(newest), file=sys.stdout if header else sys.stderr)
    return 0 if header else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
