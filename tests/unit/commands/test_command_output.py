# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that change something, when what they say about it cannot be written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from orthanc_python import cli

PROGRAM = """
import sys
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from orthanc_python import cli
from orthanc_python.cli import setup
from orthanc_python.setup.change import Change

def carry_out(plan, user, say, busy):
    for _ in range(3):
        with busy("Working"):
            say("a line")
    Path("done").touch()

environment = SimpleNamespace(setting={"VirtualEnv": "env"}, made_by=None)
described = SimpleNamespace(path=Path("orthanc.json"), account=None, service=None)
changes = [Change(Path("orthanc.json"), "{}", '{"Name": "x"}')]
setup.make_plan = lambda options: SimpleNamespace(
    setup=described, installs=True, library=Path("library"), environment=environment, changes=changes,
    refuse_without_rights=lambda: None,
)
setup.carry_out = carry_out
sys.argv[1:1] = ["setup"]
cli.main()
"""
NEEDS_FULL_DISK = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
FULL_DISK = pytest.param(">/dev/full", marks=NEEDS_FULL_DISK)
NO_READER = "| :"  # ":" ends at once; the shell waits for both
WARNING = "The output cannot be written, and the command goes on without it: No space left on device\n"


def run(folder: Path, command: list[str], output: str, **variables: str) -> tuple[int, str]:
    """Return the status and the standard error of a command whose output goes elsewhere."""
    given = os.environ | {"PYTHONPATH": str(Path(cli.__path__[0]).parents[1])} | variables
    text = f'{{ {"sleep 1;" if output == NO_READER else ""} "$@"; echo $? >status; }} {output}'
    done = subprocess.run(["sh", "-c", text, "sh", *command], cwd=folder, env=given, stderr=subprocess.PIPE, text=True)
    return int((folder / "status").read_text()), done.stderr


@pytest.mark.parametrize("output", [NO_READER, FULL_DISK])
def test_setup_goes_on(output: str, tmp_path: Path) -> None:
    status, said = run(tmp_path, [sys.executable, "-c", PROGRAM, "--yes"], output)
    assert (status, said) == (0, "" if output == NO_READER else WARNING)
    assert (tmp_path / "done").exists()


@pytest.mark.parametrize("output", [NO_READER, FULL_DISK])
def test_only_looking(output: str, tmp_path: Path) -> None:
    """It has nothing but its output."""
    status, _ = run(tmp_path, [sys.executable, "-c", PROGRAM, "--dry-run"], output)
    assert status == 1 and not (tmp_path / "done").exists()


@pytest.mark.parametrize("output", [NO_READER, FULL_DISK])
def test_new_project(output: str, tmp_path: Path) -> None:
    status, said = run(tmp_path, [sys.executable, "-m", "orthanc_python", "new", "hello"], output)
    assert (status, said) == (0, "" if output == NO_READER else WARNING)
    assert (tmp_path / "hello" / "hello.py").is_file()


@NEEDS_FULL_DISK
@pytest.mark.parametrize("unbuffered", ["1", ""])
def test_failure_without_a_place_for_its_message(unbuffered: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "orthanc_python", "run", "none.py"]
    status, _ = run(tmp_path, command, "2>/dev/full", PYTHONUNBUFFERED=unbuffered)
    assert status == 1


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_characters_that_the_output_does_not_have(encoding: str, tmp_path: Path) -> None:
    program = PROGRAM.replace('say("a line")', r'say("caf\u00e9 \udce9")')
    status, said = run(tmp_path, [sys.executable, "-c", program, "--yes"], ">/dev/null", PYTHONIOENCODING=encoding)
    assert (status, said) == (0, "") and (tmp_path / "done").exists()


@pytest.mark.parametrize(
    ("encoding", "shown"), [("utf-8:strict", b"caf\xc3\xa9 caf\xe9"), ("koi8-r:strict", b"caf\\xe9 caf\xe9")]
)
def test_bytes_of_a_path(encoding: str, shown: bytes, tmp_path: Path) -> None:
    """A path that is not UTF-8 is what a shell's $(...) gets."""
    program = PROGRAM.replace('say("a line")', r'say("caf\u00e9 caf\udce9")')
    status, said = run(tmp_path, [sys.executable, "-c", program, "--yes"], ">shown", PYTHONIOENCODING=encoding)
    assert (status, said) == (0, "") and shown + b"\n" in (tmp_path / "shown").read_bytes()


@NEEDS_FULL_DISK
def test_result_for_a_program(tmp_path: Path) -> None:
    """Without its output nobody knows what was removed."""
    program = "from orthanc_python import cli; cli.install.deployment.uninstall = lambda folder: [folder]; cli.main()"
    status, said = run(tmp_path, [sys.executable, "-c", program, "uninstall", "--json", "--from", "."], ">/dev/full")
    assert status == 1 and "No space left on device" in said
