# SPDX-License-Identifier: GPL-3.0-or-later
"""A release in a folder of this machine, whose installation is interrupted."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from orthanc_python.install.deployment import install_release
from orthanc_python.libraries.machine import this_machine
from orthanc_python.releases.manifest import Release, ReleaseFile
from orthanc_python.releases.sources import LocalFolder


def test_interrupted_copy(tmp_path: Path) -> None:
    """Nothing is left: the next command would not go on with half a copy."""
    release, plugins, data = tmp_path / "release", tmp_path / "plugins", b"x" * 1000
    release.mkdir()
    plugins.mkdir()
    (release / "plugin.so").write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    file = ReleaseFile("plugin.so", "plugin", len(data), sha256, ("3.13",), "linux", "x86_64", "")
    copied = []

    def interrupt(size: int) -> None:
        copied.append(size)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install_release(plugins, LocalFolder(release), Release("1.0", (file,)), file, this_machine(), interrupt)
    assert copied and not list(plugins.iterdir())
