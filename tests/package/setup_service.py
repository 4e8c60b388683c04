# SPDX-License-Identifier: GPL-3.0-or-later
"""The service of a Debian package in a folder, and `orthanc-python setup` on it."""

from __future__ import annotations

import getpass
import os
import pty
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from debian_server import DebianServer

SCRIPT = """
import sys
import orthanc
orthanc.RegisterRestCallback("/hello", lambda output, uri, **request: output.AnswerBuffer({text!r} + sys.prefix, "text/plain"))
"""
OTHERS = {"serve-folders", "worklists"}


class Service:
    """Debian's service in a folder, and the command on it."""

    def __init__(self, server: DebianServer, commands: Path, manager: Path, environment: dict[str, str]) -> None:
        self.server = server
        self.manager = manager
        self.prefix = commands.parent
        self._command = commands / "orthanc-python"
        path = f"{manager}:{os.environ['PATH']}"
        self._environment = {**environment, "ORTHANC_PYTHON_ROOT": str(server.folder), "PATH": path, "COLUMNS": "80"}
        self.run_as(getpass.getuser())

    def run_as(self, account: str) -> None:
        unit = self.server.folder / "lib/systemd/system/orthanc.service"
        lines = unit.read_text().splitlines()
        unit.write_text("\n".join(f"User={account}" if line.startswith("User=") else line for line in lines))

    def setup(self, *options: str | Path, status: int = 0) -> str:
        return self.run("setup", *options, status=status)

    def run(self, *arguments: str | Path, status: int = 0) -> str:
        command, environment = [self._command, *arguments], self._environment
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, stdin=subprocess.DEVNULL)
        said = done.stdout + done.stderr
        assert done.returncode == status and "Traceback" not in said, said
        return said

    @contextmanager
    def started(self, *options: str | Path, **streams: Any) -> Iterator[subprocess.Popen[str]]:
        """Start the command. It is ended with the block."""
        given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} | streams
        command = [str(self._command), "setup", *map(str, options)]
        with subprocess.Popen(command, env=self._environment, text=True, **given) as process:
            try:
                yield process
            finally:
                process.kill()

    def answer(self, text: str, *options: str | Path) -> tuple[str, int]:
        """Run the command on a terminal, on which a text is typed, and return what it shows and its exit status."""
        terminal, other = pty.openpty()
        with self.started(*options, stdin=other, stdout=other, stderr=other) as process:
            os.close(other)
            os.write(terminal, text.encode())
            said = b""
            with suppress(OSError):  # Linux' answer when the other side is closed
                while data := os.read(terminal, 4096):
                    said += data
            os.close(terminal)
            return said.decode(), process.wait(60)

    def files(self, *, kept: bool = True) -> dict[str, bytes]:
        """Return the configuration and the plugins, with or without what is kept for --undo and --rollback."""
        folders = (self.server.etc, self.server.plugins)
        paths = (path for folder in folders for path in folder.rglob("*") if path.is_file())
        others = {"__pycache__"} if kept else {"__pycache__", ".orthanc-python"}  # the first is of the scripts that have run
        return {str(path): path.read_bytes() for path in paths if others.isdisjoint(path.parts)}


def script(service: Service, name: str = "hello.py", text: str = "hello from ") -> Path:
    """Write a script that answers with a text and the environment's folder."""
    return service.server.write(name, SCRIPT.format(text=text))
