# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that the configuration names and that the account of this command cannot reach: nothing can be said of them."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from pathlib import Path

from orthanc_python.command import is_root
from orthanc_python.doctor.finding import Finding, problem
from orthanc_python.doctor.setup import Setup
from orthanc_python.rights import closed_folder, how_to_read, is_home


def check_reach(setup: Setup) -> Iterator[Finding]:
    """Each file behind a folder that this account may not enter."""
    for what, path in _named(setup):
        folder = closed_folder(path)
        if folder is not None:
            text = f"{path}: the account {_account()} may not enter the folder {folder}"
            chmod = f"chmod a+x {folder}{' as its owner' if is_root() else f', or {how_to_read()}'}"
            yield problem(what, text, how_to_read() if is_home(folder) else chmod)


def _named(setup: Setup) -> Iterator[tuple[str, Path]]:
    for path in setup.listed_plugins:
        yield '"Plugins"', path
    for script in setup.scripts:
        yield "script", (setup.working_folder or Path()) / script
    if executable := setup.text("Executable"):
        yield '"Python": {"Executable"}', Path(executable)
    if environment := setup.text("VirtualEnv"):
        yield '"Python": {"VirtualEnv"}', Path(environment) / "bin" / "python"


def _account() -> str:
    try:
        import pwd
    except ImportError:  # Windows
        return getpass.getuser()
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
