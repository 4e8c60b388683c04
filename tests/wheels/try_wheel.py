# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries the wheel that is installed in this environment: python try_wheel.py PROJECT

Loads its plugin in the host program that was built with it (tests/host), and in Orthanc where that is installed. The CPython of
manylinux's images has no shared libpython, so that the plugin cannot embed it there: it is then opened in the interpreter,
whose symbols it must find all, and the loader must say what is missing.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from orthanc_python import OrthancServer
from orthanc_python.interpreters import asking
from orthanc_python.libraries.file_names import plugin_for
from orthanc_python.libraries.installation import find_plugin, python_version

SCRIPT = """
import json, sys, orthanc

def answer(output, uri, **request):
    output.AnswerBuffer(json.dumps([uri, sys.prefix, list(sys.version_info[:2])]), "application/json")

orthanc.RegisterRestCallback("/tried", answer)
"""


def main() -> int:
    """Run the command; 1 when the plugin does not do what it should."""
    project = Path(sys.argv[1])
    loader = find_plugin()
    plugin = plugin_for(loader, python_version())
    if not plugin.is_file():
        return fail(f"the wheel has no plugin for Python {python_version()}: {plugin}")
    this = asking.ask(Path(sys.executable))
    wanted = ["/tried", sys.prefix, list(sys.version_info[:2])]
    with tempfile.TemporaryDirectory() as temporary:
        script = Path(temporary, "script.py")
        script.write_text(SCRIPT, encoding="utf-8")
        lines = in_host(find_host(project), loader, script, Path(temporary))
        if this is None or not this.library:
            ctypes.PyDLL(str(plugin), os.RTLD_NOW)  # raises for a symbol that this CPython does not have
            if "failed" not in lines or not any("it has no shared library" in line for line in lines):
                return fail("the loader does not say that there is no shared libpython:", *lines)
            print(f"the plugin finds its symbols in {sys.executable}, which cannot be embedded")
            return 0
        answers = [json.loads(line[4:]) for line in lines if line.startswith("200 ")]
        if answers != [wanted] or lines[-1] != "end":
            return fail("the plugin does not answer in tests/host:", *lines)
        print(f"the plugin runs {this.release} in tests/host")
        if shutil.which("Orthanc") is None:
            print("there is no Orthanc here")
            return 0
        with OrthancServer(script, plugin=loader) as server:
            answer = server.get("/tried")
            if answer.status != 200 or answer.json() != wanted:
                return fail("the plugin does not answer in Orthanc:", answer.text, server.log())
            system = server.get("/system").json()
        print(f"the plugin runs {this.release} in Orthanc {system['Version']}")
    return 0


def find_host(project: Path) -> Path:
    """The program of tests/host of this wheel's build (BUILD_TEST_HOST in pyproject.toml)."""
    tag = "cp" + python_version().rstrip("t").replace(".", "") + ("t" if python_version().endswith("t") else "")
    name = "host.exe" if os.name == "nt" else "host"
    found = sorted(project.glob(f"build/cp3*-{tag}-*/{name}"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise SystemExit(f"there is no {name} in {project / 'build'}: the wheel was not built with BUILD_TEST_HOST=ON")
    return found[-1]


def in_host(host: Path, loader: Path, script: Path, folder: Path) -> list[str]:
    """Return the host program's output when the script is asked once."""
    configuration = folder / "orthanc.json"
    configuration.write_text(json.dumps({"Python": {"Path": str(script), "Executable": sys.executable}}), encoding="utf-8")
    commands = folder / "commands.txt"
    commands.write_text("start\nget /tried\nstop\n", encoding="utf-8")
    done = subprocess.run(
        [str(host), str(loader), str(configuration), str(commands)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
    )
    return done.stdout.decode(errors="replace").splitlines()


def fail(*lines: str) -> int:
    """Print why, for the log of the build."""
    print(*lines, sep="\n", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
