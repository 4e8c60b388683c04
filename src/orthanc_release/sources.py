# SPDX-License-Identifier: GPL-3.0-or-later
"""The sources that a release was made of: this checkout, or another commit of it, whose files are extracted."""

from __future__ import annotations

import atexit
import functools
import io
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomllib

from orthanc_release import checkout
from orthanc_release.artifacts import project_version
from orthanc_release.targets import ROOT


class UnknownSourceError(Exception):
    """The sources of a file are not here; the message says why, as a predicate."""


@dataclass(frozen=True)
class Source:
    """A folder of sources."""

    folder: Path
    commit: str  # with "-dirty" where files differ from it
    seconds: int  # its date, since 1970

    @property
    def version(self) -> str:
        """The version that pyproject.toml has."""
        return str(project_of(self)["project"]["version"])

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        return (self.folder / name).read_bytes()


def this_checkout() -> Source:
    """Return the sources of these scripts, with changes that are not committed."""
    return Source(ROOT, checkout.commit(), checkout.source_date())


def source_of_commit(commit: str) -> Source:
    """Return the sources of a commit. Raises UnknownSourceError."""
    own = this_checkout()
    if commit == own.commit:
        return own
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise UnknownSourceError(f"was made of {commit}, which is not a commit")
    return _exported(commit)


def source_of_version(version: str) -> Source:
    """Return the sources of a version: those of its tag, or this checkout. Raises UnknownSourceError."""
    if commit := commit_of_tag(version):
        return source_of_commit(commit)
    if project_version() == version:
        return this_checkout()
    raise UnknownSourceError(f"is version {version}, of which this checkout has no tag")


@functools.cache
def commit_of_tag(version: str) -> str | None:
    """Return the commit that the tag of a version names, if there is one."""
    if not re.fullmatch(r"[\w.]+", version):
        return None
    return _git("rev-parse", "--verify", "--quiet", f"refs/tags/v{version}^{{commit}}").decode().strip() or None


def text_of_tag(version: str, name: str) -> str:
    """Return the content of a text file at the tag of a version; "" if this checkout has no such tag or file."""
    commit = commit_of_tag(version)
    return _git("show", f"{commit}:{name}").decode(errors="replace") if commit else ""


def fetch_tag(version: str) -> None:
    """Fetch the tag of a version from origin. Raises UnknownSourceError."""
    # In a complete clone, a depth would cut the history.
    depth = ["--depth=1"] if _git("rev-parse", "--is-shallow-repository").strip() == b"true" else []
    tag = f"refs/tags/v{version}"
    _ask_origin(version, "fetch", "--quiet", "--no-tags", *depth, "origin", f"{tag}:{tag}")
    commit_of_tag.cache_clear()


def commit_on_origin(version: str) -> str:
    """Return the commit that the tag of a version names on origin. It may have moved there. Raises UnknownSourceError."""
    tag = f"refs/tags/v{version}"
    lines = _ask_origin(version, "ls-remote", "--exit-code", "origin", tag, f"{tag}^{{}}").splitlines()
    found = {name: commit for commit, _, name in (line.partition("\t") for line in lines)}
    return found.get(f"{tag}^{{}}") or found[tag]  # an annotated tag is an object of its own


def _ask_origin(version: str, *arguments: str) -> str:
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["it has no such tag"])[-1]
        raise UnknownSourceError(f"cannot be compared with the tag v{version} of git's remote origin: {reason}")
    return done.stdout


@functools.cache
def tracked_files(source: Source) -> frozenset[str]:
    """Return the names of the files of a source that git tracks; with changes, also of those that it would."""
    if source.folder == ROOT and (names := _git("ls-files", "-z", "--cached", *_others(source))):
        found = names.decode().split("\0")
        return frozenset(name for name in found if name and (ROOT / name).is_file())
    files = (path for path in source.folder.rglob("*") if path.is_file() and path.parent.name != "__pycache__")
    return frozenset(path.relative_to(source.folder).as_posix() for path in files)


@functools.cache
def project_of(source: Source) -> dict[str, dict[str, object]]:
    """Return what pyproject.toml says."""
    return tomllib.loads(source.read("pyproject.toml").decode())


def _others(source: Source) -> list[str]:
    return ["--others", "--exclude-standard"] if source.commit.endswith("-dirty") else []


@functools.cache
def _exported(commit: str) -> Source:
    if not (archive := _git("archive", "--format=tar", commit)):
        raise UnknownSourceError(f"was made of the commit {commit}, which this checkout does not have; git fetch may bring it")
    folder = Path(tempfile.mkdtemp(prefix="orthanc-python-source-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # Python 3.11.2, that of Debian 12, knows no filters. git's archive of a commit has no foreign paths.
    filtered: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, **filtered)
    return Source(folder, commit, int(_git("log", "-1", "--format=%ct", commit)))


def _git(*arguments: str) -> bytes:
    """Return what git prints; nothing if it fails."""
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True)
    return done.stdout if done.returncode == 0 else b""
