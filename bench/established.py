# SPDX-License-Identifier: GPL-3.0-or-later
"""The established plugin: Debian's package of this system's suite, unpacked and never installed."""

from __future__ import annotations

import fcntl
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "orthanc-python" / "established"
PACKAGE = "orthanc-python"


class EstablishedMissing(RuntimeError):
    """This machine cannot get the package."""


@dataclass(frozen=True)
class Established:
    """The library, and the version and dependencies of its package."""

    library: Path
    version: str
    dependencies: str

    @property
    def generation(self) -> str:
        """The plugin's own version, such as 4.0."""
        return self.version.partition("+")[0].partition("-")[0]


def candidate() -> str:
    """Return the version that apt would install. Raise EstablishedMissing if there is none."""
    policy = _output("apt-cache", "policy", PACKAGE)
    version = next((line.split()[-1] for line in policy.splitlines() if "Candidate:" in line), "(none)")
    if version == "(none)":
        raise EstablishedMissing(f"apt knows no package {PACKAGE}")
    return version


def established_plugin(cache: Path = CACHE) -> Established:
    """Download and unpack the package once for each version, and describe it. Raise EstablishedMissing if that fails."""
    version = candidate()
    folder = cache / version.replace(":", "%3a")
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete.txt").exists():
            folder.mkdir(exist_ok=True)
            _output("apt-get", "download", "-q", PACKAGE, folder=folder)
            _output("dpkg-deb", "-x", str(_package(folder)), str(folder))
            (folder / "complete.txt").write_text(version)
    library = next(path for path in folder.rglob("libOrthancPython.so*") if path.is_file() and not path.is_symlink())
    return Established(library, version, _output("dpkg-deb", "-f", str(_package(folder)), "Depends").strip())


def _package(folder: Path) -> Path:
    (package,) = folder.glob(f"{PACKAGE}_*.deb")
    return package


def _output(*command: str, folder: Path | None = None) -> str:
    try:
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=folder).stdout
    except FileNotFoundError as error:
        raise EstablishedMissing(f"there is no program {command[0]}") from error
    except subprocess.CalledProcessError as error:  # its reason has been printed, and names hosts and paths
        raise EstablishedMissing(f"{' '.join(command[:4])} has failed") from error


if __name__ == "__main__":
    print(established_plugin().dependencies)
