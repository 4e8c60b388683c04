# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that Orthanc's account cannot use: the log says who may not do what, and the command that allows it."""

from __future__ import annotations

from pathlib import Path

from conftest import Servers
from nobody import check_environments, needs_root, refused, shared

__all__ = ["shared"]  # a fixture
pytestmark = needs_root


def test_environment_of_a_plugin(orthanc: Servers, shared: Path, plugin: Path) -> None:
    check_environments(orthanc, shared, plugin)


def test_script(orthanc: Servers, shared: Path, plugin: Path) -> None:
    script = shared / "script.py"
    script.write_text("import orthanc\n")
    script.chmod(0o600)
    log = refused(orthanc, shared, plugin, {})
    assert f"the account nobody may not read {script}; allow it with: chmod a+r {script}" in log
