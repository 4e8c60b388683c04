# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads the releases that GitHub has, because the download site keeps all of them.

Each goes into a folder named by its version. Drafts are left out, because nobody has them; a version of CHANGELOG.md that is
not published is named. What is there already is not downloaded again. Each must be signed by a key of this project: the site
would lead users to it again.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from packaging.version import Version

from orthanc_release.changelog import changed_versions, yanked_versions
from orthanc_release.describe.release_folder import ReleaseError, read_release
from orthanc_release.publish.github_release import PublicationError, download, published_versions
from orthanc_release.sources import UnknownSourceError, commit_of_tag, fetch_tag
from orthanc_release.verify.release_checks import descriptions_of
from orthanc_release.verify.signature_checks import missing_signatures, problems_of_signatures

UNPUBLISHED = (
    "CHANGELOG.md has {version}, and GitHub has no such release: the site lacks it. If its tag was deleted, GitHub has made "
    "it a draft: push the tag again, and publish it there. If it was withdrawn, write [YANKED] behind its heading"
)
FORMER = "src/orthanc_release/signing/former_signers.py"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 1 when a release cannot be had."""
    parser = argparse.ArgumentParser(prog="former_releases.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--except",
        dest="but",
        default="",
        metavar="VERSION",
        help="the release that is being made; newer ones are left out, too",
    )
    parser.add_argument("--newest", metavar="VERSION", help="fail if it is not published, or a newer one is")
    options = parser.parse_args(arguments)
    try:
        if options.newest:
            require_newest(published_versions(), options.newest)
        folders = fetch(options.folder, options.but)
        newest = Version(options.newest or options.but or "0")
        published = {Version(folder.name) for folder in folders}
        for version in changed_versions():
            if Version(version) < newest and Version(version) not in published:
                warn(UNPUBLISHED.format(version=version))
    except PublicationError as error:
        print(f"former_releases.py: {error}", file=sys.stderr)
        return 1
    for folder in folders:
        print(folder)
    return 0


def warn(text: str) -> None:
    """Print a warning. GitHub shows it on the page of the run, too: nobody reads the log of a job that has passed."""
    annotation = "::warning::" if os.environ.get("GITHUB_ACTIONS") == "true" else ""
    print(f"{annotation}former_releases.py: {text}", file=sys.stderr)


def require_newest(versions: list[str], version: str) -> None:
    """Check that a version is the newest, whose sources make the site: others may know its files no longer.

    Others that CHANGELOG.md calls [YANKED] do not count.

    Raises:
        PublicationError: it is not published, or a newer one is.
    """
    withdrawn = {*map(Version, yanked_versions())} - {Version(version)}
    newest = max({*map(Version, versions)} - withdrawn, default=None)
    if version not in versions:
        others = f"; if it was withdrawn, the jobs site and pages of the workflow of v{newest} make the site" if newest else ""
        raise PublicationError(f"GitHub has no release v{version}; ci/publish makes it{others}")
    if newest != Version(version):
        raise PublicationError(
            f"v{newest} is newer than v{version}, and its sources make the site: "
            f"run the jobs site and pages of its workflow again; if v{newest} was withdrawn, "
            f"its heading in the CHANGELOG.md of v{version} needs [YANKED]"
        )


def fetch(folder: Path, but: str = "") -> list[Path]:
    """Return the folders of all published releases, but for one version and newer ones: its sources may not know their files.

    Raises:
        PublicationError: a release cannot be had, or nobody trusted has signed it.
    """
    found = []
    folder.mkdir(parents=True, exist_ok=True)
    for version in published_versions():
        if but and Version(version) >= Version(but):
            continue
        target = folder / version
        if not target.exists():
            with tempfile.TemporaryDirectory(prefix=f".{version}-", dir=folder) as temporary:
                made = Path(temporary) / "release"
                made.mkdir()
                download(f"v{version}", made)
                refuse_foreign(made, version)
                made.rename(target)
        else:
            refuse_foreign(target, version)
        found.append(target)
    return found


def refuse_foreign(folder: Path, version: str) -> None:
    """Check a former release: its files by its manifest, and its manifest by the signature and by the tag.

    Raises:
        PublicationError: it is not as this project has made it, or the tag is unknown.
    """
    try:
        release = read_release(folder)
    except ReleaseError as error:
        raise PublicationError(f"the release v{version} on GitHub is damaged: {error}") from error
    manifest, tagged = release.manifest, tagged_commit(version)
    signatures = problems_of_signatures(folder, version)
    problems = [f"{name} {problem}; former signers are in {FORMER}" for name, problem in signatures]
    if others := sorted({*release.documents} - descriptions_of(manifest)):
        problems.append(f"{others[0]} does not belong to the release")
    if manifest.version != version:
        problems.append(f"manifest.json says version {manifest.version}")
    if tagged != manifest.commit:
        problems.append(
            f"manifest.json says the commit {manifest.commit}; the tag is {tagged}, "
            f"and git fetch --force origin tag v{version} brings that of the server"
        )
    problems += [f"{name} is missing" for name in missing_signatures(folder)]
    if problems:
        raise PublicationError(f"the release v{version} on GitHub is not one of this project: {problems[0]}")


def tagged_commit(version: str) -> str | None:
    """Return the commit of a version's tag. Fetch the tag if the checkout lacks it: in CI, it has only its own version's.

    Raises:
        PublicationError: neither the checkout nor its origin has the tag.
    """
    if commit_of_tag(version) is None:
        try:
            fetch_tag(version)
        except UnknownSourceError as error:
            raise PublicationError(f"the release v{version} on GitHub {error}") from error
    return commit_of_tag(version)


if __name__ == "__main__":
    sys.exit(main())
