# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python interpreters of this machine, as the plugin's loader sees them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The loader asks the same.
QUESTION = Path(__file__).with_name("question.py").read_text(encoding="utf-8")
TIMEOUT = 10  # seconds
BRIEF_TIMEOUT = 2  # of an interpreter that did not answer at an earlier start


class CannotAsk(Exception):
    """An interpreter gave no proper answer; the text is the reason."""


class NoAnswer(CannotAsk):
    """An interpreter did not answer within its time."""


@dataclass(frozen=True)
class Interpreter:
    executable: Path  # its own, where a shim (pyenv, asdf, mise) was asked
    version: str  # "3.13", or "3.13t"
    release: str  # "3.13.1"
    platform: str  # such as "linux-x86_64"
    bits: int  # of a pointer
    prefix: str  # sys.prefix
    library: str  # its shared libpython, "" if it has none

    @property
    def how_to_get_library(self) -> str:
        """The command that gives it a shared libpython."""
        if sys.platform != "linux":
            return f"install Python {self.version} from python.org"
        if ".pyenv" in self.executable.resolve().parts:
            return f"PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install --force {self.release}"
        return f"apt-get install libpython{self.version}, or what your system calls it"


def question(executable: Path, timeout: float = TIMEOUT) -> Interpreter:
    """Ask an interpreter.

    Args:
        timeout: seconds.

    Raises:
        CannotAsk: it cannot be run, or fails; NoAnswer: it does not answer in time.
    """
    try:
        command = [str(executable), "-I", "-S", "-X", "utf8", "-c", QUESTION]
        done = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=timeout, check=True
        )
        answer = json.loads(done.stdout.strip().rpartition("\n")[2])  # a shim may write lines before
        return Interpreter(**{**answer, "executable": Path(answer["executable"] or executable)})
    except OSError as error:
        raise CannotAsk(f"it cannot be run: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise NoAnswer(f"it did not answer within {timeout} s") from None
    except subprocess.SubprocessError:
        raise CannotAsk("it failed when asked for its version") from None
    except (ValueError, TypeError, KeyError) as error:
        raise CannotAsk(f"its answer is not understood: {error}") from None


def ask(executable: Path) -> Interpreter | None:
    """Return what an interpreter says of itself; None when it gives no answer."""
    try:
        return question(executable)
    except CannotAsk:
        return None


def last_json(executable: Path, code: str, *arguments: str, asked_for: str) -> Any:
    """Run code by an interpreter, in its environment, and return the JSON of the last line that it prints.

    A .pth file or a sitecustomize module may print lines before. Files of the present folder are not run.

    Args:
        asked_for: completes "it does not say" in an error.

    Raises:
        CannotAsk: it cannot be run, fails, or prints another last line.
    """
    python = executable.absolute()
    try:
        # -c looks for modules in the working folder first, and the present one may be open to everyone.
        done = subprocess.run(
            [str(python), "-c", code, *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=6 * TIMEOUT,
            check=False,
            cwd=python.parent,
            env=_without_present_folder(os.environ),
        )
    except (OSError, subprocess.SubprocessError) as error:
        reason = f"it did not answer within {6 * TIMEOUT} s" if isinstance(error, subprocess.TimeoutExpired) else error
        raise CannotAsk(f"it does not say {asked_for}: {reason}") from None
    if done.returncode != 0:
        said = "".join(f": {line}" for line in done.stderr.strip().splitlines()[-1:])
        raise CannotAsk(f"it does not say {asked_for}: it ends with status {done.returncode}{said}")
    if not done.stdout:
        raise CannotAsk(f"it does not say {asked_for}: it prints nothing")
    try:
        return json.loads(done.stdout.splitlines()[-1])
    except ValueError:
        raise CannotAsk(f"it does not say {asked_for}: it prints {done.stdout.splitlines()[-1][:80]!r}") from None


def _without_present_folder(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a process that starts in another folder. An empty entry of PYTHONPATH is the working folder."""
    entries = [str(Path(entry).absolute()) for entry in variables.get("PYTHONPATH", "").split(os.pathsep) if entry]
    return {**variables, "PYTHONPATH": os.pathsep.join(entries)}


def environment_folder(path: Path) -> Path:
    """Return the folder of a virtual environment from its folder, or from an interpreter in it."""
    if path.is_file():
        return path.parent.parent if path.parent.name in ("bin", "Scripts") else path.parent
    return path


def in_environment(path: Path) -> Path | None:
    """Return the interpreter of a virtual environment from its folder, or from an interpreter in it."""
    folder = environment_folder(path)
    names = ("Scripts/python.exe", "python.exe") if os.name == "nt" else ("bin/python", "bin/python3")
    return next((folder / name for name in names if (folder / name).exists()), None)


def interpreter_of(folder: Path) -> Path:
    """Return where a virtual environment has its interpreter, also before it is made."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def environment_around(file: Path) -> Path | None:
    """The virtual environment (PEP 405) that a file lies in. Orthanc opens what a link leads to."""
    return next((folder for folder in file.resolve().parents if (folder / "pyvenv.cfg").is_file()), None)
