# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands in a folder, or with a file, that this account may not use: the last line names the fix."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_python import cli, project
from orthanc_python.doctor import search
from orthanc_python.doctor.search import Wishes
from orthanc_python.failure import Denied, Failure
from orthanc_python.interpreters.on_path import on_path
from orthanc_python.rights import how_to_reach
from orthanc_python.run.runner import Runner

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no sudo")
SOURCE = Path(cli.__path__[0]).parents[1]
AS_NOBODY = """
import os, sys
from orthanc_python.cli import errors, main
errors.print("", end="")  # imports the rest of rich while it can be read
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
sys.argv = ["orthanc-python", *sys.argv[1:]]
main()
"""


def raising(number: int) -> Callable[..., None]:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), str(path))

    return refuse


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOENT])
def test_new_in_a_folder_of_others(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "mkdir", raising(number))
    with pytest.raises(Failure, match="change to a folder that this account may write to"):
        project.write_project(tmp_path, "hello")


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("/tmp/x/demo", "change to /tmp/x first, and name the folder alone, such as demo"),
        ("/tmp/x/demo/", "change to /tmp/x first, and name the folder alone, such as demo"),
        ("./demo", "name the folder alone, such as demo"),
        ("demo/", "name the folder alone, such as demo"),
        ("/tmp/x/My Demo", "take lower-case letters, digits and _, such as my_demo"),
        ("/", "take lower-case letters, digits and _, such as my_plugin"),
    ],
)
def test_new_by_a_path(name: str, fix: str) -> None:
    with pytest.raises(Failure) as raised:
        project.check_name(name)
    assert str(raised.value) == f'"{name}" cannot be the name of a Python module: {fix}'


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("/tmp/x/class", '"class" cannot be the name of a Python module, because it is a word of the Python language'),
        ("/tmp/x/json", 'a script called "json.py" would hide the module "json"'),
        ("./orthanc/", 'a script called "orthanc.py" would hide the module "orthanc"'),
    ],
)
def test_new_by_a_path_to_a_name_that_is_taken(name: str, said: str) -> None:
    """No other advice: the name alone would be refused in its turn."""
    with pytest.raises(Failure) as raised:
        project.check_name(name)
    assert str(raised.value) == f"{said}: choose another name"


def test_storage_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "hello.py").touch()
    (tmp_path / "file").touch()
    with pytest.raises(Failure, match="Not a directory: name another folder by --storage"):
        Runner([tmp_path / "hello.py"], storage=tmp_path / "file" / "storage")


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can become another account")
@pytest.mark.parametrize("command", [["run", "hello.py"], ["doctor", "x.json"]])
def test_closed_folder(command: list[str]) -> None:
    """As the account nobody, in a folder of root."""
    with tempfile.TemporaryDirectory() as folder:
        closed = Path(folder).resolve() / "closed"
        closed.mkdir(mode=0o700)
        closed.parent.chmod(0o755)
        started = [sys.executable, "-c", AS_NOBODY, *command]
        variables = os.environ | {"PYTHONPATH": str(SOURCE)}
        done = subprocess.run(started, capture_output=True, text=True, cwd=closed, env=variables)
    fix = f"this account may not enter {closed}: its owner can allow it by chmod a+x {closed}"
    assert done.stderr.splitlines() == [f"error: {command[1]}: Permission denied: {fix}"]


def test_file_of_another_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "my file"
    file.touch()
    monkeypatch.setattr(os, "access", lambda path, right, **_: right == os.X_OK)
    assert how_to_reach(file) == f"its owner can allow it by chmod a+r '{file}'"
    assert how_to_reach(tmp_path) == "use another folder, or ask its owner for the right"


def test_folder_that_was_deleted(tmp_path: Path) -> None:
    script = f"mkdir gone; cd gone; rmdir ../gone; exec {sys.executable} -m orthanc_python doctor x.json"
    variables = os.environ | {"PYTHONPATH": str(SOURCE)}
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, cwd=tmp_path, env=variables)
    assert done.stderr == "error: the present folder does not exist any more: change to another one\n"


def test_no_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    error = FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")
    assert cli._text_of(error).endswith(": set TMPDIR to a folder that this account may write to")


def test_closed_folder_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its interpreters are left out: it kept the doctor from any answer."""
    (tmp_path / "python3").touch()
    is_file = Path.is_file

    def check(path: Path) -> bool:
        if path.parts[1] == "closed":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", check)
    monkeypatch.setenv("PATH", f"/closed{os.pathsep}{tmp_path}")
    assert next(on_path(["python3"], os.environ)) == tmp_path / "python3"
    assert next(search.candidates(Wishes(), None, os.environ)).executable == tmp_path / "python3"


def test_closed_environment_that_is_active(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of VIRTUAL_ENV that a shell of root has left: the search goes on, and only a wish for it is refused."""
    closed = Path("/closed/environment")
    for name in ("exists", "is_file"):
        monkeypatch.setattr(Path, name, raising(errno.EACCES))
    assert list(search.candidates(Wishes(), None, {"VIRTUAL_ENV": str(closed)})) == []
    with pytest.raises(PermissionError):
        list(search.candidates(Wishes(virtual_environment=str(closed)), None, {}))


def test_configuration_that_run_cannot_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts need no administrator to run."""

    def deny(path: Path) -> None:
        raise Denied(f"{path}: Permission denied: run this command with sudo")

    (tmp_path / "hello.py").touch()
    monkeypatch.setattr("orthanc_python.run.runner.read_configuration", deny)
    with pytest.raises(Failure, match=r"cannot read all of orthanc\.json: make a copy") as raised:
        Runner([tmp_path / "hello.py"], configuration=Path("orthanc.json"))
    assert "sudo" not in str(raised.value)
