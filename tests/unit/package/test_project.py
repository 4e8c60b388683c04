# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts that stand in two places of the project agree."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import subprocess
from pathlib import Path
from types import ModuleType

import tomllib

ROOT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def requirements(file: str) -> set[str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith(("#", "-r"))}


def test_build_requirements() -> None:
    wanted = set(PROJECT["build-system"]["requires"])
    assert requirements("src/orthanc_sdk/requirements.txt") < wanted
    assert not any(re.match(r"(cmake|ninja)\b", each) for each in wanted)


def test_requirements_of_the_package_are_tested_with() -> None:
    for each in PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["test"]:
        assert each in requirements("tests/requirements.txt") or each.startswith("rich"), each


def test_the_loader_includes_nothing_of_the_plugin() -> None:
    """Each file that it and src/common include is their own. Includes are relative to these two folders."""
    folders = (ROOT / "src/common", ROOT / "src/loader")
    for path in sorted(path for folder in folders for path in folder.rglob("*.[ch]*") if path.is_file()):
        included = set(re.findall(r'#include "([^"]+)"', path.read_text(encoding="utf-8")))
        assert not [each for each in included if not any((folder / each).is_file() for folder in folders)], path


def is_there(module: ModuleType, name: str) -> bool:
    return hasattr(module, name) or (
        hasattr(module, "__path__") and importlib.util.find_spec(f"{module.__name__}.{name}") is not None
    )


def test_names_that_are_imported_from_the_package() -> None:
    """Also in scripts that run elsewhere, such as in the container of cibuildwheel, and that no type checker reads."""
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    missing = []
    for file in listed:
        if file == "tests/differential/scripts/start/start_syntax.py":  # broken on purpose
            continue
        text = (ROOT / file).read_bytes()
        for node in ast.walk(ast.parse(text, file)) if b"orthanc_python" in text else ():
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "orthanc_python":
                module = importlib.import_module(str(node.module))
                missing += [
                    f"{file}: {node.module} has no {each.name}" for each in node.names if not is_there(module, each.name)
                ]
    assert missing == []
