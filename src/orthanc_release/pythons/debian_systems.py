# SPDX-License-Identifier: GPL-3.0-or-later
"""Roots of Debian's releases with a CPython each, to run libraries where this machine has no such CPython.

Another release's CPython may need a newer libc than this machine's. So a program is started by the dynamic loader of that libc;
QEMU's user mode finds it by itself.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from orthanc_release.processors import PROCESSORS
from orthanc_release.pythons import foreign_pythons
from orthanc_release.pythons.foreign_pythons import UnavailableError

QEMU = "qemu-aarch64-static"


def debian_system(version: str, processor: str) -> Path:
    """Root of a Debian with a CPython, made once in the cache. Raises UnavailableError."""
    if version not in foreign_pythons.SUITES:
        raise UnavailableError(f"no release of Debian has CPython {version}")
    folder = foreign_pythons.CACHE / "systems" / f"{version}-{processor}"
    if not folder.exists():
        with foreign_pythons.making(folder) as work, tempfile.TemporaryDirectory() as packages:
            names = (f"libpython{version}", f"python{version}-minimal", "libstdc++6")
            suite = foreign_pythons.SUITES[version]
            foreign_pythons.fetch(suite, PROCESSORS[processor].debian, Path(packages), *names, dependencies=True)
            for package in sorted(Path(packages).glob("*.deb")):
                foreign_pythons.run(["dpkg-deb", "-x", str(package), str(work)])
            for name in ("bin", "lib", "lib64"):  # an installation has these links of no package
                if not (work / name).exists() and (work / "usr" / name).exists():
                    (work / name).symlink_to(f"usr/{name}")
    return folder


def libpython(version: str, processor: str) -> Path:
    """Path of the library within the root."""
    return Path("/usr/lib", f"{PROCESSORS[processor].linux}-linux-gnu", f"libpython{version}.so.1.0")


def starter(system: Path, processor: str, native: bool) -> list[str]:
    """Return the command that starts a program with the libraries of a root."""
    if not native:
        return [QEMU, "-L", str(system)]
    triple = f"{PROCESSORS[processor].linux}-linux-gnu"
    folders = [system / "usr" / "lib" / triple, system / "lib" / triple]
    (loader, *_) = sorted(path for folder in folders for path in folder.glob("ld-linux*.so.*"))
    return [str(loader), "--library-path", ":".join(map(str, folders))]
