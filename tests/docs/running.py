# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the blocks of a section in order: scripts in a real Orthanc, commands in a shell, tests by pytest.

- A Python block that imports orthanc, or a sample that is included, is the script of an Orthanc. It must start.
- A Python block with tests and no path is run by pytest; any other one by Python.
- A JSON block must parse; it is the configuration of the Orthanc of the blocks after it.
- The commands of a console block (lines that begin with "$") must succeed, and print the lines below them, where "..." stands
  for anything. They reach that Orthanc as localhost:8042, and find image.dcm, a CT image, in their folder.
"""

from __future__ import annotations

import doctest
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom.data
from pages import ROOT, Block

from orthanc_python import OrthancServer
from orthanc_python.plugin_settings import SECTION, complaint

TIME_LIMIT = 60.0  # seconds for a block
IMAGE = Path(pydicom.data.__file__).parent / "test_files" / "CT_small.dcm"
ELSEWHERE = {"Path", "Modules", "VirtualEnv", "Executable", "Version"}  # name files that are not on this machine
CHECKER = doctest.OutputChecker()
STAND_IN = """
import importlib.util
import sys

specification = importlib.util.spec_from_file_location("orthanc_python.testing.module", "{file}")
module = sys.modules[specification.name] = importlib.util.module_from_spec(specification)
specification.loader.exec_module(module)
"""


class SectionRunner:
    def __init__(self, folder: Path, plugin: Path, environment: Path, keep_storage: bool = False) -> None:
        self.folder = folder
        self.kept = {name: str(folder / "storage") for name in ("StorageDirectory", "IndexDirectory")} if keep_storage else {}
        self.plugin = plugin
        self.environment = environment
        self.script: Path | None = None
        self.configuration: dict[str, Any] = {}
        self.server: OrthancServer | None = None
        shutil.copy(IMAGE, folder / "image.dcm")
        commands = folder / ".commands"
        commands.mkdir()
        command = commands / "orthanc-python"  # as pip installs it
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m orthanc_python "$@"\n')
        command.chmod(0o755)
        # The stand-in for the module orthanc: the build has made it, and pip installs it in the package
        (commands / "stand_in.py").write_text(STAND_IN.format(file=plugin.parent / "generated" / "testing.py"))
        self.variables = {
            **os.environ,
            "PATH": f"{commands}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{commands}",
            "PYTEST_PLUGINS": "orthanc_python.pytest_plugin,stand_in",  # as pip installs it
            "ORTHANC_PYTHON_PLUGIN": str(plugin),
        }

    def run(self, block: Block) -> None:
        language, _, argument = block.language.partition(" ")
        if language == "{literalinclude}":
            self.use_script((ROOT / block.page).parent.joinpath(argument).resolve())
        elif block.run:
            languages: dict[str, Callable[[Block], object]] = {
                "python": self.run_python,
                "json": self.read_configuration,
                "sh": lambda block: self.command(block.text),
                "console": self.run_console,
            }
            if language in languages:
                languages[language](block)

    def run_python(self, block: Block) -> None:
        tests = "def test_" in block.text
        file = self.folder / block.markers.get("file", "test_page.py" if tests else "script.py")
        file.write_text(block.text, encoding="utf-8")
        if tests and file.parent != self.folder:
            return  # a command of the page runs it
        if tests:
            self.command(f"{sys.executable} -m pytest -q {file}")
        elif "import orthanc\n" in block.text:
            self.use_script(file)
            self.start()
        else:
            self.command(f"{sys.executable} {file}")

    def read_configuration(self, block: Block) -> None:
        settings = json.loads(block.text)
        section = settings.get("Python", {}) if isinstance(settings, dict) else {}
        for key, value in section.items():
            assert key in SECTION, f"{block.where}: there is no setting {key}"
            assert not complaint(value, SECTION[key]), f"{block.where}: {key} {complaint(value, SECTION[key])}"
        if isinstance(settings, dict):
            own = {key: value for key, value in settings.items() if key not in ("Plugins", "PythonScript", "Python")}
            python = {key: value for key, value in section.items() if key not in ELSEWHERE}
            self.configuration = {**self.configuration, **own, "Python": {**self.configuration.get("Python", {}), **python}}
            self.close()

    def run_console(self, block: Block) -> None:
        command, expected = "", ""
        for line in [*block.text.splitlines(), "$ "]:
            if line.startswith("$ "):
                if command:
                    self.check(block, command, expected)
                command, expected = line[2:], ""
            elif command.endswith("\\"):
                command += f"\n{line}"
            else:
                expected += f"{line}\n"

    def check(self, block: Block, command: str, expected: str) -> None:
        output = self.command(command)
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        if expected:
            message = f"{block.where}: {command}\nmust print:\n{expected}\nand prints:\n{output}"
            assert CHECKER.check_output(expected, output + "\n", flags), message

    def command(self, text: str) -> str:
        """Run commands in a shell: their standard output. They must succeed."""
        if self.script is not None and "localhost:8042" in text:
            text = text.replace("localhost:8042", f"127.0.0.1:{self.start().http_port}")
        done = subprocess.run(
            ["bash", "-ec", text],
            cwd=self.folder,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def use_script(self, script: Path) -> None:
        self.close()
        self.script = script

    def start(self) -> OrthancServer:
        if self.server is None:
            python = {"VirtualEnv": str(self.environment), **self.configuration.get("Python", {})}
            settings = {**self.kept, **self.configuration, "Python": python}
            folder = self.folder  # where scripts find and leave their files
            self.server = OrthancServer(self.script, plugin=self.plugin, configuration=settings, working_folder=folder)
            self.server.start()
        return self.server

    def close(self) -> None:
        if self.server is not None:
            self.server.close()
            self.server = None
