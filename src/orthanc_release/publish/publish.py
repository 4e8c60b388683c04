# SPDX-License-Identifier: GPL-3.0-or-later
"""Publishes a release's folder: on GitHub, and its wheels and source distribution on PyPI.

With --dry-run, prints what would be sent where, and sends nothing. Else it must run in CI, for the release's tag. What was
interrupted goes on where it was: what is there with the same checksum stays. In a draft, other signatures and descriptions are
replaced. If the version is published, with the same files, these are taken from GitHub with their signatures. Other files and
an unsigned release are refused. On PyPI, the workflow's next job publishes, by the action pypa/gh-action-pypi-publish and
trusted publishing: its files are put into a folder, and PyPI itself takes no file twice.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from orthanc_release.artifacts import Manifest, sha256
from orthanc_release.changelog import changes_of
from orthanc_release.describe.sums import read_manifest
from orthanc_release.libraries.model import some_of
from orthanc_release.publish.github_release import ATTEMPTS, BATCH, PAUSE, GitHubRelease, PublicationError, download
from orthanc_release.scope import add_scope, scope_of
from orthanc_release.signing.tag import why_not_for_tag
from orthanc_release.sources import UnknownSourceError, commit_on_origin
from orthanc_release.targets import ROOT
from orthanc_release.verify import verify
from orthanc_release.verify.signature_checks import missing_signatures


@dataclass(frozen=True)
class Item:
    """A file, and where it goes."""

    file: Path
    digest: str
    destination: str


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 1 when the release cannot be published."""
    parser = argparse.ArgumentParser(prog="ci/publish", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "release", help="default: build/release")
    parser.add_argument("--dry-run", action="store_true", help="print what would be sent, and send nothing")
    parser.add_argument("--without-header", action="store_true", help="with --dry-run: as of ci/verify")
    parser.add_argument(
        "--attempts",
        type=int,
        choices=range(1, 11),
        metavar="N",
        default=ATTEMPTS,
        help="how often an upload that fails is tried, a minute apart; default: %(default)s",
    )
    parser.add_argument("--pypi", type=Path, metavar="DIR", help="where to put the files for PyPI; default: beside the folder")
    add_scope(parser)
    options = parser.parse_args(arguments)
    scope_of(parser, options.target, options)
    if options.without_header and not options.dry_run:
        parser.error("--without-header is for --dry-run: what was not compared is not published")
    scope = [f"--without={each}" for each in options.without] + [f"--target={each}" for each in options.target]
    scope += ["--tested"] * options.tested + ["--without-header"] * options.without_header
    folder = options.folder.resolve()
    try:
        manifest = checked_manifest(folder, scope)
        obstacle, unsigned = why_not_now(manifest), why_unsigned(folder)
        if options.dry_run:
            show(plan(folder, manifest))
            refused = obstacle or unsigned
            print("Nothing was sent." + (f" Without --dry-run, this would be refused: {refused}" if refused else ""))
            return int(obstacle is not None and runs_for_a_tag())
        if refused := obstacle or unsigned:
            raise PublicationError(refused)
        release = GitHubRelease(f"v{manifest.version}")
        release.read()
        if release.is_published:
            take_published(release, folder, manifest, scope)
        items = plan(folder, manifest)
        stage_for_pypi([item for item in items if item.destination == "PyPI"], options.pypi or folder.with_name("pypi"))
        if not release.is_published:
            files = [item for item in items if item.destination.startswith("GitHub")]
            publish_on_github(release, manifest, files, options.attempts)
    except PublicationError as error:
        print(f"ci/publish: {error}", file=sys.stderr)
        return 1
    return 0


def checked_manifest(folder: Path, scope: list[str]) -> Manifest:
    """The manifest of a release that is as it should be; `scope` are options of ci/verify. Raises PublicationError."""
    if not (folder / "manifest.json").exists():
        raise PublicationError(f"{folder} has no manifest.json; ci/release makes it")
    if verify.main([*scope, str(folder)]) != 0:
        raise PublicationError(f"{folder} is not as it should be: see the table above")
    return read_manifest(folder)


def runs_for_a_tag() -> bool:
    """Return whether the release workflow runs for a tag, so that its later jobs would publish."""
    return os.environ.get("GITHUB_ACTIONS") == "true" and os.environ.get("GITHUB_REF", "").startswith("refs/tags/")


def why_not_now(manifest: Manifest) -> str | None:
    """Return why this process cannot publish this release, signed or not."""
    if not re.fullmatch(r"[0-9a-f]{40}", manifest.commit):
        return f"{manifest.commit} is not a commit; commit all changes, and run ci/release again"
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return "releases are published in CI, which has the identity for it; push the tag"
    if reason := why_not_for_tag(manifest.version, os.environ):
        return reason
    commit = os.environ.get("GITHUB_SHA")
    if commit != manifest.commit:
        return f"this runs for the commit {commit}, and the release was made of {manifest.commit}"
    try:
        tagged = commit_on_origin(manifest.version)
    except UnknownSourceError as error:
        return f"the release {error}"
    if tagged != manifest.commit:
        return f"the tag v{manifest.version} of origin is of the commit {tagged}, and the release was made of {manifest.commit}"
    return None


def why_unsigned(folder: Path) -> str | None:
    """Return what a release lacks whose signatures are right as far as they are there."""
    missing = missing_signatures(folder)
    return f"the release lacks signatures: {some_of(missing)}; ci/sign makes them" if missing else None


def plan(folder: Path, manifest: Manifest) -> list[Item]:
    """Each file with where it goes."""
    destination = f"GitHub release v{manifest.version}"
    files = sorted(path for path in folder.iterdir())
    kinds = {artifact.name: artifact.kind for artifact in manifest.files}
    items = [Item(file, sha256(file), destination) for file in files]
    items += [Item(item.file, item.digest, "PyPI") for item in items if kinds.get(item.file.name) in ("wheel", "sdist")]
    site = folder.with_name(f"{folder.name}-site")
    pages = sorted(path for path in site.rglob("*") if path.is_file()) if site.exists() else []
    return items + [Item(page, sha256(page), "site") for page in pages]


def take_published(release: GitHubRelease, folder: Path, manifest: Manifest, scope: list[str]) -> None:
    """Put the release that GitHub has in the place of a folder that was made again, so that all see the same signatures.

    Raises:
        PublicationError: it is not this release.
    """
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as temporary:
        published = Path(temporary) / "release"
        published.mkdir()
        download(release.tag, published)
        found = checked_manifest(published, scope)
        if (found.version, found.commit, found.files) != (manifest.version, manifest.commit, manifest.files):
            raise PublicationError(f"{release.tag} has been published already, with other files; a change needs a new version")
        if unsigned := why_unsigned(published):
            raise PublicationError(f"{release.tag} has been published already, and {unsigned}")
        folder.rename(Path(temporary) / "made-again")
        published.rename(folder)
    print(f"{release.tag} has been published on GitHub already; {folder} has its files now")


def send(release: GitHubRelease, items: Sequence[Item], attempts: int) -> None:
    """Upload files; after an error once more what is not there. GitHub answers some of many requests by HTTP 502."""
    for attempt in range(attempts):
        try:
            if attempt:
                items = remaining(release, items)
            if items:
                release.upload([item.file for item in items])
            return
        except PublicationError as error:
            if attempt + 1 == attempts:
                raise
            print(f"ci/publish: {error}; once more in {PAUSE} seconds", file=sys.stderr)
            time.sleep(PAUSE)


def remaining(release: GitHubRelease, items: Sequence[Item]) -> list[Item]:
    """Return the files that GitHub does not have yet, after deleting the rest of an interrupted upload."""
    release.read()
    if release.assets is not None:
        release.delete_interrupted()
    there = {name: asset.digest for name, asset in (release.assets or {}).items()}
    return [item for item in items if there.get(item.file.name) != item.digest]


def publish_on_github(release: GitHubRelease, manifest: Manifest, items: list[Item], attempts: int) -> None:
    """Make the release, or go on with its draft. Raise PublicationError."""
    present = release.assets or {}
    if foreign := present.keys() - {item.file.name for item in items}:
        raise PublicationError(
            f"the draft of {release.tag} has {', '.join(sorted(foreign))}, which this release has not; "
            f"gh release delete {release.tag} deletes the draft"
        )
    listed = {"manifest.json", *(artifact.name for artifact in manifest.files)}
    to_send = []
    for item in items:
        asset = present.get(item.file.name)
        if asset is None:
            to_send.append(item)
        elif (digest := release.digest_of(asset)) != item.digest:
            if item.file.name not in listed:
                to_send.append(item)  # a signature, or a description of the attempt; nobody has verified the one that is there
                continue
            raise PublicationError(
                f"the draft of {release.tag} has another {asset.name} (SHA-256 {digest[:16]}..., not {item.digest[:16]}...); "
                f"gh release delete {release.tag} deletes the draft"
            )
    if release.assets is None:
        release.create(f"orthanc-python {manifest.version}", changes_of(manifest.version) + "\n")
    else:
        release.delete_interrupted()
    for first in track(range(0, len(to_send), BATCH), "uploading", console=Console(stderr=True), transient=True):
        if first:
            time.sleep(PAUSE)
        send(release, to_send[first : first + BATCH], attempts)
    release.publish()
    print(f"{release.tag} is published on GitHub: {len(to_send)} files were sent, {len(items) - len(to_send)} were there")


def stage_for_pypi(items: list[Item], folder: Path) -> None:
    """Copy the files for PyPI into a folder of their own. Raise PublicationError if that cannot be written."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for item in items:
            shutil.copy2(item.file, folder)
    except OSError as error:
        raise PublicationError(f"the files for PyPI cannot be put into {folder}: {error}") from error
    print(f"{len(items)} files for PyPI are in {folder}, for the workflow's step that publishes them")


def show(items: list[Item]) -> None:
    """Print what would be sent."""
    table = Table("file", "bytes", "SHA-256", "destination")
    for item in items:
        table.add_row(Text(item.file.name), f"{item.file.stat().st_size:,}", item.digest, item.destination)
    Console(width=180 if not sys.stdout.isatty() else None).print(table)


if __name__ == "__main__":
    sys.exit(main())
