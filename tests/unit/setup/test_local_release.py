# SPDX-License-Identifier: GPL-3.0-or-later
"""A release in a folder of this machine, whose installation is interrupted."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from orthanc_python.failure import Failure
from orthanc_python.install.deployment import install_release
from orthanc_python.libraries.machine import this_machine
from orthanc_python.releases.downloads import Report
from orthanc_python.releases.manifest import Release, ReleaseFile
from orthanc_python.releases.sources import LocalFolder


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    (tmp_path / "plugins").mkdir()
    return tmp_path / "plugins"


@pytest.fixture
def release(tmp_path: Path) -> Path:
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "plugin.so").write_bytes(b"x" * 1000)
    return tmp_path / "release"


def install(plugins: Path, release: Path, report: Report) -> None:
    data = (release / "plugin.so").read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    file = ReleaseFile("plugin.so", "plugin", len(data), sha256, ("3.13",), "linux", "x86_64", "")
    install_release(plugins, LocalFolder(release), Release("1.0", (file,)), file, this_machine(), report)


def test_interrupted_copy(plugins: Path, release: Path) -> None:
    """Nothing is left: the next command would not go on with half a copy."""
    copied = []

    def interrupt(size: int) -> None:
        copied.append(size)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install(plugins, release, interrupt)
    assert copied and not list(plugins.iterdir())


def test_file_that_grows(plugins: Path, release: Path) -> None:
    """Someone writes to it while it is copied. The disk is not filled."""
    copied = []

    def grow(size: int) -> None:
        assert len(copied) < 3
        copied.append(size)
        with (release / "plugin.so").open("ab") as file:
            file.write(b"x" * 1_000_000)

    with pytest.raises(Failure, match=r"plugin\.so is larger than the 1000 bytes that the manifest says$"):
        install(plugins, release, grow)
    assert copied == [1000] and not list(plugins.iterdir())
