# SPDX-License-Identifier: GPL-3.0-or-later
"""A prefix that builds are installed to, and faults that interrupt the installations."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from test_cmake_install import configured, uninstall, with_destdir

NAMES = {"lib": "lib/orthanc/libOrthancPython.so", "link": "share/orthanc/plugins/libOrthancPython.so"}
OUR_LINK = "-> ../../../lib/orthanc/libOrthancPython.so"
OWN_FOLDERS = ("share/doc/orthanc-python/", "share/licenses/orthanc-python/", "share/orthanc-python/")

# Runs place.py, and kills it before its operation of that number (KILL=7) or before a file gets this place (KILL=lib/x.so).
# With LIMIT it can write only so many bytes to a file. With DENY it has no right to write there: root has all rights.
FAULTS = """
import os, resource, runpy, sys
kill, deny, limit = (os.environ.get(name, "") for name in ("KILL", "DENY", "LIMIT"))
left = int(kill) if kill.isdigit() else 0
def hook(event, args):
    global left
    if event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.copyfile"):
        left -= 1
        placed = str(args[1]) if event == "os.rename" and "/replaced/" not in str(args[1]) else ""
        if left == 0 or (kill and placed.endswith(kill)):
            os._exit(9)
        if deny and any(str(each).startswith(deny) for each in args[event == "shutil.copyfile":2]):
            raise PermissionError(13, "Permission denied", deny)
sys.addaudithook(hook)
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def make_builds(linked_plugin: Path, folder: Path) -> dict[str, Path]:
    """Configure two builds, b and c, whose installations can have faults."""
    faults, python = folder / "faults.py", folder / "python"
    faults.write_text(FAULTS, encoding="utf-8")
    python.write_text(f"""#!/bin/sh
case "$1:$4:$KILL$DENY$LIMIT" in -I:*place.py:?*) shift 3; exec {sys.executable} -X utf8 {faults} "$@";; esac
exec {sys.executable} "$@"
""")
    python.chmod(0o755)
    return {name: configured(linked_plugin, folder / name, f"-DBUILD_TOOLS_PYTHON={python}") for name in ("b", "c")}


def content(path: Path) -> str:
    return f"-> {path.readlink()}" if path.is_symlink() else path.read_text(encoding="utf-8")


def names_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or path.is_file()}


def contents(folder: Path) -> dict[str, str]:
    """The files and links of a folder, by their paths in it."""
    return {name: content(folder / name) for name in names_of(folder)}


def libraries(prefix: Path) -> dict[str, str]:
    """Return the contents of all but the documentation, by the short names."""
    short = {name: key for key, name in NAMES.items()}
    return {short.get(name, name): text for name, text in contents(prefix).items() if not name.startswith(OWN_FOLDERS)}


class Machine:
    """A prefix, and builds of which only the library's content matters."""

    def __init__(self, builds: dict[str, Path], folder: Path) -> None:
        self.builds, self.folder = builds, folder
        self.prefix = folder / "usr"

    def build(self, name: str, text: str) -> Path:
        (self.builds[name] / "libOrthancPython.so").write_text(text, encoding="utf-8")
        return self.builds[name]

    def try_install(
        self, name: str, text: str, prefix: str = "", destdir: Path | None = None, **faults: str
    ) -> subprocess.CompletedProcess[str]:
        command = ["cmake", "--install", str(self.build(name, text)), "--prefix", prefix or str(self.prefix)]
        environment = {**with_destdir(destdir), **faults}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=self.folder)

    def install(self, name: str, text: str, prefix: str = "", destdir: Path | None = None) -> str:
        done = self.try_install(name, text, prefix, destdir)
        assert done.returncode == 0 and done.stderr == "", done.stderr
        return done.stdout

    def try_uninstall(self, name: str, **faults: str) -> subprocess.CompletedProcess[str]:
        command = ["cmake", "--build", str(self.builds[name]), "--target", "uninstall"]
        environment = {**with_destdir(None), **faults}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    def put(self, key: str, text: str) -> None:
        """Put another's file or link there, as a package does."""
        path = self.prefix / NAMES[key]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if text.startswith("-> "):
            path.symlink_to(text.removeprefix("-> "))
        else:
            path.write_text(text, encoding="utf-8")

    def do(self, step: str) -> None:
        """One step of a life, as LIVES writes it."""
        if step == "rm":
            for name in NAMES.values():
                (self.prefix / name).unlink()
        elif "=" in step:
            self.put(*step.split("=", 1))
        elif step.startswith("-"):
            done = uninstall(self.builds[step[1:]], None)
            assert done.returncode == 0, done.stdout + done.stderr
        elif " " in step:  # before or after its library gets its place
            build, _, way = step.partition(" ")
            before = libraries(self.prefix).get("lib")
            assert self.try_install(build[0], build, KILL=NAMES["lib" if way == "killed" else "link"]).returncode != 0
            assert libraries(self.prefix).get("lib") == (before if way == "killed" else build)
        else:
            self.install(step[0], step)
