# SPDX-License-Identifier: GPL-3.0-or-later
"""A Wine of its own leaves no folder behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from orthanc_release.trial.host_program import WINE, private_wine, remove_server_folder


@pytest.mark.skipif(not Path(WINE).exists(), reason="no Debian package wine64")
def test_private_wine() -> None:
    with private_wine() as environment:
        prefix = Path(environment["WINEPREFIX"])
        server = Path("/tmp", (prefix / "wineserver").read_text())
        assert server.is_dir()
    assert not server.exists() and not prefix.exists()


@pytest.mark.parametrize("name", ["", "wine-../..", "systemd-1"])
def test_name_of_another_folder(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove only folders with a name that wineserver gives, whatever the file has."""
    (tmp_path / "wineserver").write_text(name)
    removed: list[Path] = []
    monkeypatch.setattr("shutil.rmtree", lambda path, **_: removed.append(path))
    remove_server_folder(tmp_path)
    assert removed == []
