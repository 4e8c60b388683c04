# SPDX-License-Identifier: GPL-3.0-or-later
"""A release on GitHub, by the program gh: made as a draft, filled, and published at the end.

A workflow's token has 1,000 requests of the API an hour, and a release some 280 files. gh asks for the release once in each
call, so it uploads many files at once. Published files come from their public addresses: they do not belong to the API.
"""

from __future__ import annotations

import http.client
import json
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from orthanc_release.artifacts import sha256

TAG = re.compile(r"v\d[\w.]*")
BATCH, PAUSE = 60, 60  # files of one upload, and seconds until the next: GitHub takes 80 new files a minute
DOWNLOADS, ATTEMPTS, TIMEOUT = 5, 4, 60  # at once; of each file; in seconds


class PublicationError(Exception):
    """An obstacle to publishing a release; the message says what to do."""


@dataclass
class Asset:
    """A file of a release on GitHub."""

    name: str
    size: int
    digest: str | None  # SHA-256; older servers do not give it
    address: str  # public, once the release is published


class GitHubRelease:
    """The release of a tag."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.draft = True
        self.assets: dict[str, Asset] | None = None  # uploaded ones; None: there is no such release
        self._address = ""  # in the API

    @property
    def is_published(self) -> bool:
        """Whether others see it."""
        return self.assets is not None and not self.draft

    def read(self) -> None:
        """Ask what there is."""
        done = _gh("release", "view", self.tag, "--json", "isDraft,assets,apiUrl")
        if done.returncode != 0:
            if "not found" not in done.stderr:
                raise PublicationError(f"gh release view {self.tag} failed: {done.stderr.strip()}")
            self.assets = None
            return
        values = json.loads(done.stdout)
        self.draft, self._address = values["isDraft"], values["apiUrl"]
        self.assets = {
            each["name"]: Asset(
                each["name"],
                each["size"],
                (each.get("digest") or "").removeprefix("sha256:") or None,
                each["url"],
            )
            for each in values["assets"]
            if each.get("state", "uploaded") == "uploaded"
        }

    def delete_interrupted(self) -> None:
        """Delete what interrupted uploads have left: GitHub takes no other file of that name.

        `gh release` neither lists nor replaces such a file. Its state is "starter".
        """
        unfinished = '.[] | select(.state != "uploaded") | .url'
        for address in self._ask(f"{self._address}/assets?per_page=100", "--paginate", "--jq", unfinished).split():
            self._ask(address, "--method", "DELETE")

    def create(self, title: str, notes: str) -> None:
        """Make the draft; the tag must be there, for its commit is what was built."""
        with tempfile.NamedTemporaryFile("w", suffix=".md", encoding="utf-8") as file:
            file.write(notes)
            file.flush()
            options = ["--prerelease"] if Version(self.tag).is_prerelease else []  # else it would be the latest
            self._do("create", self.tag, "--draft", "--verify-tag", *options, "--title", title, "--notes-file", file.name)

    def upload(self, files: Sequence[Path]) -> None:
        """Upload files, in the place of those of the same names."""
        self._do("upload", self.tag, *map(str, files), "--clobber")

    def publish(self) -> None:
        """Make the draft a release. One of an older line does not become the latest.

        Without its tag, GitHub would make one of the default branch. gh verifies a tag that is given.
        """
        own, others = Version(self.tag), map(Version, published_versions())
        older = any(other > own and not other.is_prerelease for other in others)
        options = ["--latest=false"] if older else []
        self._do("edit", self.tag, "--tag", self.tag, "--verify-tag", "--draft=false", *options)

    def digest_of(self, asset: Asset) -> str:
        """Return the SHA-256 of an asset. It is downloaded if GitHub does not give the digest."""
        if asset.digest is not None:
            return asset.digest
        with tempfile.TemporaryDirectory() as folder:
            self._do("download", self.tag, "--pattern", asset.name, "--dir", folder)
            return sha256(Path(folder) / asset.name)

    def _do(self, command: str, *arguments: str) -> None:
        done = _gh("release", command, *arguments)
        if done.returncode != 0:
            raise PublicationError(f"gh release {command} failed: {done.stderr.strip()}")

    def _ask(self, address: str, *arguments: str) -> str:
        done = _gh("api", address, *arguments)
        if done.returncode != 0:
            raise PublicationError(f"gh api {address} failed: {done.stderr.strip()}")
        return done.stdout


def published_versions() -> list[str]:
    """Return the versions of all releases that are not drafts. Tags of something else are left out. Raise PublicationError."""
    done = _gh("release", "list", "--json", "tagName,isDraft", "--limit", "1000")
    if done.returncode != 0:
        raise PublicationError(f"gh release list failed: {done.stderr.strip()}")
    tags = [each["tagName"] for each in json.loads(done.stdout) if not each["isDraft"]]
    return [tag.removeprefix("v") for tag in tags if _is_version(tag)]


def _is_version(tag: str) -> bool:
    try:
        return bool(TAG.fullmatch(tag) and Version(tag))
    except InvalidVersion:
        return False


def download(tag: str, folder: Path) -> None:
    """Download all files of a published release, a few at a time. Raises PublicationError."""
    release = GitHubRelease(tag)
    release.read()
    with ThreadPoolExecutor(DOWNLOADS) as pool:
        list(pool.map(lambda asset: _fetch(asset, folder), (release.assets or {}).values()))


def _fetch(asset: Asset, folder: Path) -> None:
    """Download a file by its public address, after an error once more. Raises PublicationError."""
    reason = ""
    for attempt in range(ATTEMPTS):
        time.sleep(2**attempt if attempt else 0)
        try:
            with urllib.request.urlopen(asset.address, timeout=TIMEOUT) as answer, (folder / asset.name).open("wb") as file:
                shutil.copyfileobj(answer, file)
        except (OSError, http.client.HTTPException) as error:
            reason = str(error)
        else:
            if (size := (folder / asset.name).stat().st_size) == asset.size:
                return
            reason = f"{size} of {asset.size} bytes came"
    raise PublicationError(f"{asset.address} cannot be downloaded: {reason}")


def _gh(*arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(["gh", *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        raise PublicationError("there is no gh; install GitHub's command line (Debian: apt-get install gh)") from None
