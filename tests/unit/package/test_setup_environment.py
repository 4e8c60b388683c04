# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment that `orthanc-python setup --environment` makes, when that is not finished."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from orthanc_python.failure import Failure
from orthanc_python.setup import environment
from orthanc_python.setup.environment import Environment, find_environment


@pytest.mark.parametrize("end", [KeyboardInterrupt(), None], ids=["interrupted", "without ensurepip"])
@pytest.mark.parametrize("mine", [False, True])
def test_environment_that_is_not_finished(
    end: BaseException | None, mine: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would pass for a whole one the next time, and have no pip."""
    folder, temporary = tmp_path / "env", tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    if mine:
        folder.mkdir()
        (folder / "notes.txt").write_text("mine")

    def make_half(command: list[str], variables: dict[str, str]) -> tuple[int, str]:
        (folder / "bin").mkdir(parents=True)
        (Path(variables["TMPDIR"]) / "pip.whl").write_text("")
        if end is not None:
            raise end
        return 1, "ensurepip is not available"

    monkeypatch.setattr(environment, "run_in_group", make_half)
    with pytest.raises((KeyboardInterrupt, Failure)):
        Environment({"VirtualEnv": str(folder)}, Path(os.__file__)).make()
    assert not list(temporary.iterdir())
    assert (folder / "notes.txt").is_file() if mine else not folder.exists()


def fake_python(folder: Path) -> Path:
    """Return an interpreter whose venv writes half an environment, and whose ensurepip goes on in a child."""
    python = folder / "python"
    text = """#!/bin/sh
mkdir -p "$3/bin"; touch "$3/bin/python" "$3/pyvenv.cfg"
sh -c 'while :; do mkdir -p "$1/lib/site-packages/$$"; sleep 0.01; done' child "$3" &
touch "$3/started"; wait
"""
    python.write_text(text)
    python.chmod(0o755)
    return python


def make_folder(folder: Path) -> None:
    folder.mkdir()


def make_link(folder: Path) -> None:
    (folder.parent / "elsewhere").mkdir()
    folder.symlink_to(folder.parent / "elsewhere")


@pytest.mark.parametrize("prepare", [lambda folder: None, make_folder, make_link], ids=["missing", "empty", "link"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_ended_in_the_middle(prepare: Callable[[Path], None], number: int, tmp_path: Path) -> None:
    """SIGTERM leaves nothing, also of the child that goes on. After SIGKILL, the next run begins anew."""
    folder = tmp_path / "env"
    prepare(folder)
    text = f"""
from orthanc_python import signals
from orthanc_python.setup.environment import Environment, Path
signals.interrupt_on_signals()
Environment({{"VirtualEnv": {str(folder)!r}}}, Path({str(fake_python(tmp_path))!r})).make()
"""
    variables = os.environ | {"PYTHONPATH": str(Path(environment.__file__).parents[2]), "TMPDIR": str(tmp_path)}
    process = subprocess.Popen([sys.executable, "-c", text], env=variables, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while not (folder / "started").exists():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.01)
    (group,) = (int(name.name) for name in Path("/proc").glob("[0-9]*") if parent_of(name) == process.pid)
    process.send_signal(number)
    process.wait(60)
    if number == signal.SIGTERM:
        with pytest.raises(ProcessLookupError):
            os.killpg(group, 0)
        assert not folder.exists() or not list(folder.iterdir())
    else:
        os.killpg(group, signal.SIGKILL)
        assert (folder / "bin" / "python").is_file()
        assert find_environment(folder, None).made_by is not None


def parent_of(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(") ")[2].split()[1])
    except OSError:
        return 0


def test_environment_after_a_killed_setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made in an empty folder, and is whole then."""
    folder = tmp_path / "env"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").write_text("half")
    (folder / environment.UNFINISHED).touch()

    def make(command: list[str], variables: dict[str, str]) -> tuple[int, str]:
        assert [path.name for path in folder.iterdir()] == [environment.UNFINISHED]
        (folder / "pyvenv.cfg").touch()
        return 0, ""

    monkeypatch.setattr(environment, "run_in_group", make)
    Environment({"VirtualEnv": str(folder)}, Path(sys.executable)).make()
    assert [path.name for path in folder.iterdir()] == ["pyvenv.cfg"]


def test_lock_inside_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its parent may be closed. The lock is neither cleared away with a half environment nor taken for a file of others."""
    folder = tmp_path / "env"
    folder.mkdir()
    lock = folder / f".env{environment.LOCK}"
    lock.touch()
    assert find_environment(folder, None) is not None
    (folder / environment.UNFINISHED).touch()
    (folder / "half").touch()
    environment._clear(folder)
    assert list(folder.iterdir()) == [lock]


def test_folder_with_files_of_others(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(Failure, match="has other files: name a new or an empty folder by --environment"):
        find_environment(tmp_path, None)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_folder_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(Failure, match=r"cannot make the environment .*: Not a directory: name another"):
        Environment({"VirtualEnv": str(tmp_path / "notes.txt" / "env")}, Path(sys.executable)).make()


@pytest.mark.parametrize(
    ("said", "free", "advice"),
    [
        ("ensurepip is not available", 0, "apt-get install python3-venv"),
        ("Error: Command 'ensurepip' returned non-zero exit status 1.", 0, "the disk is full: make room"),
        ("Error: Command 'ensurepip' returned non-zero exit status 1.", 10**9, "Command 'ensurepip' returned non-zero"),
        ("", 10**9, "it ended with status 1"),
    ],
    ids=["no ensurepip", "full", "other", "silent"],
)
def test_why_venv_fails(said: str, free: int, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is not a missing package."""
    monkeypatch.setattr(environment, "run_in_group", lambda command, variables: (1, said))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    with pytest.raises(Failure, match=advice):
        Environment({"VirtualEnv": str(tmp_path / "env")}, Path(sys.executable)).make()


MAKE = """
import sys
from pathlib import Path
from orthanc_python.failure import Failure
from orthanc_python.setup.environment import Environment
try:
    Environment({"VirtualEnv": sys.argv[1]}, Path(sys.argv[2])).make()
except Failure as failure:
    print(failure)
"""


@pytest.mark.parametrize("prepare", [lambda folder: None, make_folder, make_link], ids=["missing", "empty", "link"])
def test_two_at_a_time(prepare: Callable[[Path], None], tmp_path: Path) -> None:
    """The second one is refused, and deletes nothing of the first. Later it finds the environment of the first."""
    folder, python = tmp_path / "env", tmp_path / "python"
    prepare(folder)
    python.write_text(
        '#!/bin/sh\nmkdir -p "$3/bin"; touch "$3/bin/python" "$3/started"; while [ ! -e go ]; do sleep 0.01; done\n'
    )
    python.chmod(0o755)
    variables = os.environ | {"PYTHONPATH": str(Path(environment.__file__).parents[2]), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", MAKE, str(folder), str(python)]
    with subprocess.Popen(command, env=variables, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as first:
        try:
            end = time.monotonic() + 60
            while not (folder / "started").exists():
                assert first.poll() is None and time.monotonic() < end
                time.sleep(0.01)
            with pytest.raises(Failure, match=f"another orthanc-python is making .*{folder.resolve().name}: wait"):
                Environment({"VirtualEnv": str(folder)}, python).make()
            assert (folder / "bin" / "python").exists() and (folder / environment.UNFINISHED).exists()
        finally:
            (tmp_path / "go").touch()
            assert first.communicate(timeout=60)[0] == ""
    Environment({"VirtualEnv": str(folder)}, tmp_path / "none").make()
    assert not (folder / environment.UNFINISHED).exists()
    assert not [path for path in tmp_path.rglob(".*") if path.name.endswith(environment.LOCK)]
