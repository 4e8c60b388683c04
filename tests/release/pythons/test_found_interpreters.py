# SPDX-License-Identifier: GPL-3.0-or-later
"""The CPython that a release is built with and tried with is of the version asked for. Programs stand for interpreters."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_release.builds import native
from orthanc_release.pythons import foreign_pythons

VERSION = "3.98"  # no machine has it
STAND_IN = """#!{python}
import sys, sysconfig
sysconfig.get_python_version = lambda: {version!r}
sys.version_info = (3, 98, 0)
sysconfig.get_config_var = {{"Py_GIL_DISABLED": {threaded}, "Py_ENABLE_SHARED": 1}}.get
vars(sys).pop("abiflags", None)  # as on Windows
sysconfig.get_path = lambda name: {include!r}
exec(sys.argv[2])
"""
Install = Callable[..., str]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put an interpreter with its headers into a folder; on a machine that has no other."""
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(foreign_pythons, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(foreign_pythons, "shared_interpreter", foreign_pythons.shared_interpreter.__wrapped__)

    def install(folder: str, name: str, threaded: int) -> str:
        include = tmp_path / folder / "include"
        include.mkdir(parents=True, exist_ok=True)
        (include / "Python.h").touch()
        file = tmp_path / folder / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(STAND_IN.format(python=sys.executable, version=VERSION, threaded=threaded, include=str(include)))
        file.chmod(0o755)
        return str(file)

    return install


def test_a_free_threaded_one_has_both_names(install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is first on PATH, as actions/setup-python puts it there."""
    install("threaded", f"python{VERSION}", 1)
    threaded = install("threaded", f"python{VERSION}t", 1)
    monkeypatch.setenv("PATH", str(tmp_path / "threaded" / "bin"))
    assert foreign_pythons.shared_interpreter(VERSION) is None
    with pytest.raises(foreign_pythons.UnavailableError, match=f"has the headers of CPython {VERSION}$"):
        foreign_pythons.unix_headers(VERSION)
    plain = install("plain", f"python{VERSION}", 0)
    monkeypatch.setenv("PATH", os.pathsep.join(str(tmp_path / each / "bin") for each in ("absent", "threaded", "plain")))
    assert foreign_pythons.shared_interpreter(VERSION) == plain
    assert foreign_pythons.shared_interpreter(f"{VERSION}t") == threaded
    assert [path.name for path in foreign_pythons.unix_headers(VERSION).iterdir()] == ["Python.h"]


def test_those_of_pyenv(install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    install(f"pyenv/versions/{VERSION}.0t", f"python{VERSION}", 1)
    threaded = install(f"pyenv/versions/{VERSION}.0t", f"python{VERSION}t", 1)
    assert foreign_pythons.shared_interpreter(VERSION) is None
    assert foreign_pythons.shared_interpreter(f"{VERSION}t") == threaded
    plain = install(f"pyenv/versions/{VERSION}.1", f"python{VERSION}", 0)
    assert foreign_pythons.shared_interpreter(VERSION) == plain


@pytest.mark.parametrize("flag", ["", "t"])
def test_the_one_that_a_machine_of_github_builds_for(flag: str, install: Install) -> None:
    assert native.ask(install("own", "python", bool(flag)))["python"] == VERSION + flag
