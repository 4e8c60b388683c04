# SPDX-License-Identifier: GPL-3.0-or-later
"""A new plugin project, from the templates of this package."""

from __future__ import annotations

import importlib.util
import keyword
import string
import sys
from importlib import resources
from pathlib import Path

from orthanc_python.failure import Failure

FILES = {"script.py": "{name}.py", "test.py": "test_{name}.py", "pyproject.toml": "pyproject.toml"}


def write_project(parent: Path, name: str) -> list[Path]:
    """Makes the folder `name` with the files of a plugin, and returns their paths."""
    folder = parent / name
    if folder.exists():
        raise Failure(f"{folder} exists already: choose another name, or remove it")
    check_name(name)
    folder.mkdir()
    written = []
    for template, file in FILES.items():
        text = (resources.files("orthanc_python") / "templates" / f"{template}.template").read_text(encoding="utf-8")
        path = folder / file.format(name=name)
        path.write_text(string.Template(text).substitute(name=name, distribution=name.replace("_", "-")), encoding="utf-8")
        written.append(path)
    return written


def check_name(name: str) -> None:
    """The script becomes a module of this name, first on sys.path: it must not hide another."""
    if not name.isidentifier() or keyword.iskeyword(name) or name != name.lower():
        raise Failure(
            f'"{name}" cannot be the name of a Python module: take lower-case letters, digits and _, such as my_plugin'
        )
    if name == "orthanc" or name in sys.stdlib_module_names or importlib.util.find_spec(name) is not None:
        raise Failure(f'a script called "{name}.py" would hide the module "{name}": choose another name')
