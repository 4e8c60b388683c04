# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that Orthanc's account cannot use: the log says who may not do what, and the command that allows it."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from conftest import Servers
from nobody import NOBODY, check_environments, needs_root, refused, shared

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


def deny_by_list(path: Path) -> None:
    """Deny the account nobody all access by an entry of an access control list, as setfacl does. The mode stays."""
    nobody, others = 0x02, 0xFFFFFFFF  # the tag of an entry for an account; the ID of the entries that need none
    entries = [(0x01, 7, others), (nobody, 0, NOBODY), (0x04, 5, others), (0x10, 5, others), (0x20, 5, others)]
    packed = b"".join(struct.pack("<HHI", *entry) for entry in entries)
    try:
        os.setxattr(path, "system.posix_acl_access", struct.pack("<I", 2) + packed)
    except OSError as error:
        pytest.skip(f"the file system of {path} has no access lists: {error}")


def test_script_that_only_an_access_list_denies(orthanc: Servers, shared: Path, plugin: Path) -> None:
    script = shared / "script.py"
    script.write_text("import orthanc\n")
    deny_by_list(script)
    log = refused(orthanc, shared, plugin, {})
    assert f"the account nobody may not read {script}, although its mode allows it; look for an access list" in log
    assert f"getfacl {script}" in log and "chmod" not in log and "noexec" not in log
