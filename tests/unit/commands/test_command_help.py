# SPDX-License-Identifier: GPL-3.0-or-later
"""The help of orthanc-python, and its completion by the Tab key."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from orthanc_python.cli import COMMANDS, app, completion
from orthanc_python.cli.completion import SHELLS
from orthanc_python.failure import Failure


@pytest.mark.parametrize("command", ["", *(str(command.name) for command in COMMANDS)])
@pytest.mark.parametrize("width", [80, 200])
def test_help(command: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With examples that are whole, and no text that is cut."""
    monkeypatch.setenv("COLUMNS", str(width))
    done = CliRunner().invoke(app, [*command.split(), "--help"], terminal_width=width)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    examples = lines[lines.index("  Examples:") + 2 :]
    assert examples and all(line.startswith("    ") and "orthanc-python" in line for line in examples)
    assert not [line for line in lines if line.endswith("...") and "KEY=VALUE" not in line and not line.startswith("Usage")]
    assert max(map(len, lines)) <= width


def test_examples_name_options_that_exist() -> None:
    for command in COMMANDS:
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        for line in str(command.epilog).splitlines():
            assert {word for word in line.split() if word.startswith("--")} <= known, line


@pytest.mark.parametrize("shell", SHELLS)
def test_completion(shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "ZDOTDIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SHELL", f"/bin/{shell}")
    for _ in range(2):
        done = CliRunner().invoke(app, ["completion", "--install"], prog_name="orthanc-python", catch_exceptions=False)
        assert done.exit_code == 0
    path = Path(done.stdout.splitlines()[0].removeprefix("wrote "))
    assert tmp_path in path.parents and "_ORTHANC_PYTHON_COMPLETE" in path.read_text()
    if shell == "zsh":
        assert (tmp_path / ".zshrc").read_text().count(str(path.parent)) == 1


def test_completion_in_bash(tmp_path: Path) -> None:
    """As bash calls it, when somebody has typed `orthanc-python doc` and the Tab key."""
    script = tmp_path / "orthanc-python"
    source = Path(sys.modules["orthanc_python"].__path__[0]).parent
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{source}" exec "{sys.executable}" -m orthanc_python "$@"\n')
    script.chmod(0o755)
    printed = CliRunner().invoke(app, ["completion", "bash"], prog_name="orthanc-python").stdout
    text = f'{printed}\nCOMP_WORDS=({script} doc); COMP_CWORD=1; _orthanc_python_completion {script}; echo "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "doctor"


def test_shell_of_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHELL", raising=False)
    account = pwd.struct_passwd(("name", "x", 1000, 1000, "", "/home/name", "/usr/bin/fish"))
    monkeypatch.setattr(pwd, "getpwuid", lambda user: account)
    done = CliRunner().invoke(app, ["completion"], prog_name="orthanc-python", catch_exceptions=False)
    assert "complete --no-files --command orthanc-python" in done.stdout


@pytest.mark.parametrize(("names", "found"), [(("sudo", "fish", "bash"), "fish"), (("cron", "init"), "")])
def test_shell_of_the_caller(names: tuple[str, ...], found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where neither SHELL nor the account has one: of the processes that called the command, or one sentence."""
    monkeypatch.delenv("SHELL", raising=False)
    account = pwd.struct_passwd(("name", "x", 1000, 1000, "", "/", "/usr/sbin/nologin"))
    monkeypatch.setattr(pwd, "getpwuid", lambda user: account)
    monkeypatch.setattr(completion, "PROCESSES", tmp_path)
    monkeypatch.setattr(os, "getppid", lambda: 100)
    for number, name in enumerate(names, 100):
        (tmp_path / str(number)).mkdir()
        parent = number + 1 if name != names[-1] else 0
        (tmp_path / str(number) / "status").write_text(f"Name:\t{name}\nPPid:\t{parent}\n")
    done = CliRunner().invoke(app, ["completion"], prog_name="orthanc-python")
    if found:
        assert done.exit_code == 0 and "complete --no-files --command orthanc-python" in done.stdout
    else:
        assert isinstance(done.exception, Failure) and "name one, as in orthanc-python completion bash" in str(done.exception)


def test_zshrc_of_any_encoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps its bytes, and gains one line."""
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("ZDOTDIR", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".zshrc").write_bytes(b"alias caf\xe9=ls\r\necho")
    done = CliRunner().invoke(app, ["completion", "zsh", "--install"], prog_name="orthanc-python", catch_exceptions=False)
    lines = (tmp_path / ".zshrc").read_bytes().split(b"\n")
    assert done.exit_code == 0 and lines[:2] == [b"alias caf\xe9=ls\r", b"echo"]
    assert lines[2].startswith(b"fpath=(") and lines[3:] == [b""]


def test_folder_that_a_shell_would_read_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """zsh reads the line at each start: bash reads such a list alike."""
    data = tmp_path / "a b (c) $(touch ran) 'd'"
    monkeypatch.setenv("XDG_DATA_HOME", str(data))
    monkeypatch.setenv("ZDOTDIR", str(tmp_path))
    done = CliRunner().invoke(app, ["completion", "zsh", "--install"], prog_name="orthanc-python", catch_exceptions=False)
    assert done.exit_code == 0
    line = (tmp_path / ".zshrc").read_text().partition(";")[0]
    shown = subprocess.run(
        ["bash", "-c", f"fpath=(other)\n{line}\nprintf '%s\n' \"${{fpath[@]}}\""],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.splitlines() == [str(data / "zsh" / "site-functions"), "other"]
    assert not (tmp_path / "ran").exists()


def test_completion_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", lambda user: {}[user])
    done = CliRunner().invoke(app, ["completion", "bash", "--install"])
    assert isinstance(done.exception, Failure) and "HOME is not set" in str(done.exception)


def test_shell_that_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/ksh")
    done = CliRunner().invoke(app, ["completion"])
    assert isinstance(done.exception, Failure) and "ksh is not one of bash, zsh, fish" in str(done.exception)
