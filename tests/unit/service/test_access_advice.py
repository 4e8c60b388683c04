# SPDX-License-Identifier: GPL-3.0-or-later
"""The advice for a file that an account cannot read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from orthanc_python.command import as_root, own_command
from orthanc_python.failure import Failure
from orthanc_python.service import access
from orthanc_python.service.access import Account, Unreadable
from orthanc_python.setup import environment
from orthanc_python.setup.environment import find_environment

pwd = pytest.importorskip("pwd")
PYTHON_ELSEWHERE = (
    "make an environment of a Python outside of home folders, such as /usr/bin/python3, in a folder such as /opt, and use that"
)
PLUGIN_ELSEWHERE = 'install it into a folder such as /opt/NAME, and name that in "Plugins": ' + " && ".join(
    (as_root("mkdir -p /opt/NAME"), own_command("install", "--to", "/opt/NAME", sudo=True))
)
NOBODY = "nobody"


def is_another_account(name: str) -> bool:
    """Return whether this machine has an account of that name, other than the present one."""
    try:
        return bool(pwd.getpwnam(name).pw_uid != os.geteuid())
    except KeyError:
        return False


@pytest.mark.parametrize(
    ("what", "obstacle", "fix"),
    [
        ("the script", "/root", "move it to a folder such as /opt"),
        ("the script", "/home/ada", "move it to a folder such as /opt"),
        ("the script", "/srv/closed", "move it to a folder such as /opt, or: chmod a+x /srv/closed"),
        ("the environment", "/root", "make an environment in a folder such as /opt, and use that"),
        ("Python", "/home/ada", PYTHON_ELSEWHERE),
        ("libpython", "/srv", f"{PYTHON_ELSEWHERE}, or: chmod a+x /srv"),
        ("the plugin", "/home/ada/.venv", PLUGIN_ELSEWHERE),
        ("the plugin for Python 3.13", "/srv", f"{PLUGIN_ELSEWHERE}, or: chmod a+x /srv"),
    ],
)
def test_home_stays_closed_and_environment_where_it_is(
    what: str, obstacle: str, fix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "has_list", lambda path: False)
    assert Unreadable("orthanc", what, Path(obstacle) / "x" / "y", Path(obstacle)).fix == fix


@pytest.fixture
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("closed")
    folder.chmod(0o700)
    yield folder


@pytest.mark.skipif(not is_another_account(NOBODY), reason=f"it needs another account, {NOBODY}")
@pytest.mark.parametrize("name", ["env", "above/env"])
def test_environment_that_could_not_be_read(name: str, closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused before it is made."""
    monkeypatch.setattr(environment, "_base", lambda account: pytest.fail("it would be made"))
    with pytest.raises(Failure) as raised:
        find_environment(closed / name, Account(NOBODY))
    assert str(raised.value).startswith(f"the account {NOBODY} could not read an environment in {closed / name}, because of ")
    assert str(raised.value).endswith(": name a folder such as /opt/NAME by --environment")
    assert not list(closed.iterdir())
