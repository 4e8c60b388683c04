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
    """Return the version that apt would install."""
    policy = _output("apt-cache", "policy", PACKAGE)
    return next(line.split()[-1] for line in policy.splitlines() if "Candidate:" in line)


def established_plugin(cache: Path = CACHE) -> Established:
    """Download and unpack the package once for each version, and describe it."""
    version = candidate()
    folder = cache / version.replace(":", "%3a")
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete.txt").exists():
            folder.mkdir(exist_ok=True)
            subprocess.run(["apt-get", "download", "-q", PACKAGE], cwd=folder, check=True, capture_output=True)
            subprocess.run(["dpkg-deb", "-x", _package(folder), folder], check=True)
            (folder / "complete.txt").write_text(version)
    library = next(path for path in folder.rglob("libOrthancPython.so*") if path.is_file() and not path.is_symlink())
    return Established(library, version, _output("dpkg-deb", "-f", str(_package(folder)), "Depends").strip())


def _package(folder: Path) -> Path:
    (package,) = folder.glob(f"{PACKAGE}_*.deb")
    return package


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    print(established_plugin().dependencies)
