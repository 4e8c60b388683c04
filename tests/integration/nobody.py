# SPDX-License-Identifier: GPL-3.0-or-later
"""Orthanc as a program that the account nobody runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Servers
from loader_bundle import write_program

from orthanc_python import OrthancDidNotStart
from orthanc_python.server.orthanc_server import find_orthanc

NOBODY = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start Orthanc as another account")


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that every account can read, and Orthanc as a program that the account nobody runs."""
    folder = Path(tempfile.mkdtemp(prefix="orthanc-access-"))
    folder.chmod(0o755)
    account = f"setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups"
    program = write_program(folder / "Orthanc", f'exec {account} "{find_orthanc()}" "$@"')
    monkeypatch.setenv("ORTHANC", str(program))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def refused(orthanc: Servers, shared: Path, plugin: Path, python: dict[str, str]) -> str:
    """Return the log of an Orthanc of the account nobody that must not start."""
    copied = shared / plugin.name
    if not copied.exists():
        shutil.copy(plugin, copied)
        listed = subprocess.run(["ldd", str(plugin)], capture_output=True, text=True, check=True).stdout
        for library in re.findall(r"libpython\S+ => (/\S+)", listed):  # it may be in a folder of root
            shutil.copy(library, shared)
    script = shared / "script.py"
    if not script.exists():
        script.write_text("import orthanc\n")
    found = {"LD_LIBRARY_PATH": str(shared)}
    server = orthanc.prepare(script, with_plugin=False, plugins=[copied], configuration={"Python": python}, environment=found)
    os.chown(server.folder, NOBODY, NOBODY)
    with pytest.raises(OrthancDidNotStart) as error:
        server.start()
    return error.value.log


def environment(shared: Path) -> Path:
    """Make a folder that looks like a virtual environment."""
    folder = shared / "env"
    write_program(folder / "bin" / "python", "exit 1")
    (folder / "pyvenv.cfg").write_text("version = 3.1\n")
    return folder


def check_environments(orthanc: Servers, shared: Path, plugin: Path) -> None:
    folder = environment(shared)
    for path, verb, command in (
        (folder / "pyvenv.cfg", "read", "chmod a+r"),
        (folder / "bin" / "python", "execute", "chmod a+rx"),
        (folder / "bin", "enter the folder", "chmod a+x"),
        (folder, "enter the folder", "chmod a+x"),
    ):
        mode = path.stat().st_mode
        path.chmod(0o600)
        log = refused(orthanc, shared, plugin, {"VirtualEnv": str(folder)})
        assert f"the account nobody may not {verb} {path}; allow it with: {command} {path}" in log
        path.chmod(mode)
    closed = shared / "closed"
    closed.mkdir(mode=0o700)
    (folder / "bin" / "python").rename(closed / "python3")
    (folder / "bin" / "python").symlink_to(closed / "python3")
    assert f"may not enter the folder {closed}; allow it" in refused(orthanc, shared, plugin, {"VirtualEnv": str(folder)})
