# SPDX-License-Identifier: GPL-3.0-or-later
"""A new plugin project, from the templates of this package."""

from __future__ import annotations

import errno
import importlib.util
import keyword
import os
import re
import shutil
import string
import sys
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from orthanc_python.failure import Failure

# The templates by the files that they become. An empty file has none.
SCRIPT = {"{name}.py": "script.py", "test_{name}.py": "test.py", "pyproject.toml": "pyproject.toml"}
PACKAGE = {
    "pyproject.toml": "package/pyproject.toml",
    "README.md": "package/README.md",
    "src/{name}/__init__.py": "package/init.py",
    "src/{name}/plugin.py": "package/plugin.py",
    "src/{name}/counts.py": "package/counts.py",
    "src/{name}/py.typed": "",
    "src/{name}/static/index.html": "package/index.html",
    "tests/test_alone.py": "package/test_alone.py",
    "tests/test_in_orthanc.py": "package/test_in_orthanc.py",
    "Dockerfile": "package/Dockerfile",
    ".dockerignore": "package/dockerignore",
    ".gitignore": "package/gitignore",
    ".github/workflows/test.yml": "package/workflow.yml",
}
NAME = re.compile(r"[a-z]([a-z0-9_]*[a-z0-9])?", re.ASCII)  # of a module, and with "-" of a distribution
# A package's folder of tests, and sections of Orthanc's configuration that a package of this name would share.
TAKEN = {"tests", "plugins", "python"}


def write_project(parent: Path, name: str, *, package: bool = False) -> list[Path]:
    """Make the folder `name` with the files of a plugin, a script or a package, and return their paths."""
    check_name(name, package=package)
    folder = parent / name
    section = "".join(word.capitalize() for word in name.split("_"))
    values = {"name": name, "distribution": name.replace("_", "-"), "section": section}
    try:
        folder.mkdir()
    except FileExistsError:
        raise Failure(f"{folder} exists already: choose another name, or remove it") from None
    except OSError as error:
        raise Failure(f"cannot write {folder}: {error.strerror}{_elsewhere(error)}") from None
    try:
        return [_write(folder / file.format(name=name), template, values) for file, template in files(package).items()]
    except BaseException as error:  # Ctrl-C too: half a project would be in the way of the next attempt
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise Failure(f"cannot write {folder}: {error.strerror}{_elsewhere(error)}") from None
        raise


def _elsewhere(error: OSError) -> str:
    """Return the fix if the present folder is gone, or one that nobody, or not this account, can write to."""
    fix = "change to a folder that this account may write to, such as by cd ~"
    if error.errno == errno.ENOENT and _is_gone():  # a path that is too long for Windows is ENOENT, too
        return f": the present folder does not exist any more: {fix}"
    return f": {fix}" if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT) else ""


def _is_gone() -> bool:
    """Return whether the present folder does not exist any more."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def files(package: bool) -> Mapping[str, str]:
    return PACKAGE if package else SCRIPT


def check_name(name: str, *, package: bool = False) -> None:
    """Refuse a name that cannot be a module's, or that would hide another module."""
    parent, last = os.path.split(name.rstrip(f"/{os.sep}"))
    if keyword.iskeyword(last):
        text = f'"{last}" cannot be the name of a Python module, because it is a word of the Python language'
        raise Failure(f"{text}: choose another name")
    if last != name and NAME.fullmatch(last):
        check_name(last, package=package)  # or the advice would fail in its turn
        first = "" if parent in ("", ".") else f"change to {parent} first, and "
        fix = f"{first}name the folder alone, such as {last}"
        raise Failure(f'"{name}" cannot be the name of a Python module: {fix}')
    if not NAME.fullmatch(name):
        near = re.sub(r"[^a-z0-9]+", "_", last.lower()).strip("_")
        example = near if NAME.fullmatch(near) and not keyword.iskeyword(near) else "my_plugin"
        raise Failure(
            f'"{name}" cannot be the name of a Python module: take lower-case letters, digits and _, such as {example}'
        )
    if package and name in TAKEN:
        raise Failure(f'a package cannot be called "{name}": choose another name')
    if name == "orthanc" or name in sys.stdlib_module_names or importlib.util.find_spec(name) is not None:
        kind = f'a package called "{name}"' if package else f'a script called "{name}.py"'
        raise Failure(f'{kind} would hide the module "{name}": choose another name')


def _write(path: Path, template: str, values: Mapping[str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    source = resources.files("orthanc_python") / "templates"
    text = (source / f"{template}.template").read_text(encoding="utf-8") if template else ""
    path.write_text(string.Template(text).substitute(values), encoding="utf-8")
    return path
