# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged files of an installation end no command, and nothing that is installed is removed for them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from orthanc_python.failure import Failure
from orthanc_python.install import deployment
from orthanc_python.install.deployment import roll_back, uninstall
from orthanc_python.install.place import RECORD, STATE, Place
from orthanc_python.libraries.file_names import LOADER
from orthanc_python.releases.sources import sha256
from orthanc_python.trust.history import NEWEST, newest_seen
from tests.unit.setup.test_place import OUR_LOADER

DAMAGED = {
    "empty": "",
    "cut": '{"version": "1.0", "files": {',
    "null": "null",
    "a list": "[1]",
    "deep": "[" * 200_000,
    "no version": '{"file": "a", "sha256": "b", "files": {}}',
    "files of no texts": '{"version": "1.0", "file": "a", "sha256": "b", "files": {"a": 1}}',
}
damaged = pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
Install = Callable[[str], deployment.Installed]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plugins").mkdir()
    return tmp_path / "plugins"


@pytest.fixture
def install(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a release of a version."""
    monkeypatch.setattr(deployment, "check_plugin", lambda *_: None)

    def install(version: str) -> deployment.Installed:
        file = tmp_path / version
        file.write_bytes(OUR_LOADER + version.encode())
        monkeypatch.setattr(deployment, "fetch", lambda source, file, downloads, report: tmp_path / version)
        listed = SimpleNamespace(name=version, kind="plugin", sha256=sha256(file))
        arguments: tuple[object, ...] = (folder, None, SimpleNamespace(version=version), listed, None, None)
        return deployment.install_release(*arguments)  # type: ignore[arg-type]

    return install


def installed(folder: Path) -> str:
    return (folder / LOADER).read_bytes().removeprefix(OUR_LOADER).decode()


@damaged
def test_record_of_what_is_installed(text: str, folder: Path, install: Install) -> None:
    install("1.0")
    (folder / STATE / RECORD).write_text(text)
    assert install("1.0").changed and installed(folder) == "1.0"
    (folder / STATE / RECORD).write_text(text)
    assert install("1.1").version == "1.1" and installed(folder) == "1.1"


@damaged
def test_record_of_what_is_kept(text: str, folder: Path, install: Install) -> None:
    """It cannot be checked, so it does not come back."""
    install("1.0")
    install("1.1")
    (folder / STATE / "former" / RECORD).write_text(text)
    with pytest.raises(
        Failure, match=r"is damaged \(release.json\): install it anew by --from URL --version VERSION --downgrade"
    ):
        roll_back(folder)
    assert installed(folder) == "1.1"
    assert not install("1.1").changed
    assert uninstall(folder) == [folder / LOADER]


@damaged
def test_memory_of_the_newest_version(text: str, folder: Path, install: Install) -> None:
    install("1.0")
    (folder / STATE / NEWEST).write_text(text)
    assert newest_seen(folder / STATE) in ("", "1.0")
    assert install("1.1").version == "1.1"


@damaged
def test_journal(text: str, folder: Path, install: Install) -> None:
    """The files that an interrupted exchange has replaced come back, and nothing else goes."""
    install("1.0")
    outgoing = folder / STATE / "outgoing"
    outgoing.mkdir()
    (folder / LOADER).rename(outgoing / LOADER)
    (folder / LOADER).write_bytes(OUR_LOADER + b"1.1")
    (folder / STATE / "journal.json").write_text(text)
    Place(folder).repair()
    assert installed(folder) == "1.0" and json.loads((folder / STATE / RECORD).read_text())["version"] == "1.0"
    assert not install("1.0").changed
