# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-ins for the actions that steps use. An action that is not here is not rehearsed, and named."""

from __future__ import annotations

import fnmatch
import itertools
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .machines import CHECKOUT, Machine, NotRehearsedError

PUBLISHES = "it publishes"
NOT_HERE = {
    "actions/attest-build-provenance": "it needs the identity of GitHub's workflow",
    "actions/deploy-pages": PUBLISHES,
    "pypa/gh-action-pypi-publish": PUBLISHES,
}


@dataclass
class State:
    """The state of a job that actions read and change."""

    machine: Machine
    artifacts: Path  # a folder for each, shared by all jobs of a workflow
    path: list[str] = field(default_factory=list)  # what steps have put before PATH
    environment: dict[str, str] = field(default_factory=dict)  # what steps have added for later ones
    notes: list[NotRehearsedError] = field(default_factory=list)  # what was not rehearsed of steps that went on


class StepFailedError(Exception):
    """A step that would fail on its runner; the message says why."""


def checkout(inputs: dict[str, Any], state: State) -> dict[str, str]:
    """Clone this checkout at its commit, by default without its history and tags, as actions/checkout does."""
    target = state.machine.workspace
    target.parent.mkdir(parents=True, exist_ok=True)
    depth = int(inputs.get("fetch-depth", 1))
    options = ["--depth", str(depth)] if depth else []
    tags = [] if not depth else ["--no-tags"]
    subprocess.run(["git", "clone", "--quiet", *options, *tags, f"file://{CHECKOUT}", str(target)], check=True)
    if inputs.get("path"):
        raise NotRehearsedError("the input `path` of actions/checkout")
    return {}


def setup_python(inputs: dict[str, Any], state: State) -> dict[str, str]:
    """Have the Pythons of the named versions at hand; the last one is `python`."""
    processor = str(inputs.get("architecture", ""))
    found = None
    for version in str(inputs["python-version"]).split():
        try:
            found = state.machine.interpreter(version, processor)
        except NotRehearsedError as error:
            state.notes.append(error)
            continue
        if str(inputs.get("update-environment", True)).lower() != "false":
            state.path.insert(0, found.folder)
            if found.libraries:
                before = state.environment.get("LD_LIBRARY_PATH")
                state.environment["LD_LIBRARY_PATH"] = os.pathsep.join(filter(None, [found.libraries, before]))
    if found is None:
        raise NotRehearsedError(f"no CPython {inputs['python-version']} here")
    return {"python-path": found.program, "python-version": found.version}


def upload_artifact(inputs: dict[str, Any], state: State) -> dict[str, str]:
    """Keep the files of `path` for later jobs, below the folder that all patterns share before their first wildcard."""
    patterns = str(inputs["path"]).split()
    found = _files(state.machine.workspace, patterns)
    if not found:
        if inputs.get("if-no-files-found") == "error":
            raise StepFailedError(f"no files were found with the path {inputs['path']}")
        return {}
    included = [pattern for pattern in patterns if not pattern.startswith("!")]
    fixed = [itertools.takewhile(lambda part: not re.search(r"[*?[]", part), Path(pattern).parts) for pattern in included]
    base = Path(os.path.commonpath([state.machine.workspace.joinpath(*parts) for parts in fixed]))
    base = base.parent if base.is_file() else base
    for path in found:
        target = state.artifacts / str(inputs.get("name", "artifact")) / path.relative_to(base)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    return {}


def _files(workspace: Path, patterns: list[str]) -> list[Path]:
    """Return the files that patterns name; one that starts with ! takes files away."""
    found: set[Path] = set()
    for pattern in patterns:
        if pattern.startswith("!"):
            out = set(workspace.glob(pattern[1:]))
            found -= {path for path in found if not out.isdisjoint((path, *path.parents))}
            continue
        for path in workspace.glob(pattern):
            found |= {each for each in path.rglob("*") if each.is_file()} if path.is_dir() else {path}
    return sorted(found)


def download_artifact(inputs: dict[str, Any], state: State) -> dict[str, str]:
    """Copy the files of artifacts that former jobs have kept."""
    pattern = str(inputs.get("name") or inputs.get("pattern") or "*")
    found = sorted(path for path in state.artifacts.glob("*") if fnmatch.fnmatch(path.name, pattern))
    if not found:
        if inputs.get("name"):
            raise NotRehearsedError(f"no job here has made the artifact {pattern}; --artifact {pattern}=DIR gives one")
        state.notes.append(NotRehearsedError(f"no job here has made artifacts {pattern}"))
    target = state.machine.workspace / str(inputs.get("path", "."))
    for folder in found:
        into = target if inputs.get("name") or inputs.get("merge-multiple") else target / folder.name
        shutil.copytree(folder, into, dirs_exist_ok=True)
    return {}


def upload_pages(inputs: dict[str, Any], state: State) -> dict[str, str]:
    """Keep the folder of a site. It must hold a page."""
    folder = state.machine.workspace / str(inputs["path"])
    if not (folder / "index.html").is_file():
        raise StepFailedError(f"{inputs['path']} has no index.html")
    return upload_artifact({"name": "github-pages", "path": inputs["path"]}, state)


STAND_INS: dict[str, Callable[[dict[str, Any], State], dict[str, str]]] = {
    "actions/checkout": checkout,
    "actions/download-artifact": download_artifact,
    "actions/setup-python": setup_python,
    "actions/upload-artifact": upload_artifact,
    "actions/upload-pages-artifact": upload_pages,
    "actions/cache": lambda inputs, state: {},  # an empty cache, as at the first run
}
