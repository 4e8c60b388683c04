# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that Orthanc's account cannot use: the log says who may not do what, and the command that allows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Servers
from nobody import check_environments, folder_of_nobody, needs_root, refused

pytestmark = needs_root


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that every account can read, and Orthanc as a program of the account nobody."""
    with folder_of_nobody(monkeypatch) as folder:
        yield folder


def test_environment_of_a_plugin(orthanc: Servers, shared: Path, plugin: Path) -> None:
    check_environments(orthanc, shared, plugin)


def test_script(orthanc: Servers, shared: Path, plugin: Path) -> None:
    script = shared / "script.py"
    script.write_text("import orthanc\n")
    script.chmod(0o600)
    log = refused(orthanc, shared, plugin, {})
    assert f"the account nobody may not read {script}; allow it with: chmod a+r {script}" in log
