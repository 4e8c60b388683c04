# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the static download site: ci/index RELEASE_FOLDER... --output DIR [--url BASE] [--documentation URL|DIR]...

A page that leads to the right file, an index for pip, an Atom feed, and in a folder for each version its files, as
`orthanc-python install --from` takes them; `latest` has those of the newest. With --downloads, the files are elsewhere, and
the site leads there. The same releases, sources, tags and options give the same bytes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.progress import track

from orthanc_release.describe.release_folder import Release, ReleaseError, read_release
from orthanc_release.site.addresses import Addresses, checked_address
from orthanc_release.site.check import ASSETS, problems_of_site
from orthanc_release.site.contents import LATEST, PAGES, contents_of, newest_of
from orthanc_release.site.documentation import write_documentation
from orthanc_release.site.rendering import TEMPLATES


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 1 when a release is not fit to be published."""
    parser = argparse.ArgumentParser(prog="ci/index", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path, metavar="RELEASE_FOLDER")
    parser.add_argument("--check", action="store_true", help="make nothing: verify the site in DIR, by the manifests in it")
    parser.add_argument("--output", required=True, type=Path, metavar="DIR", help="made, or replaced if it is such a site")
    parser.add_argument("--url", default="", metavar="BASE", help="where the site will be, for absolute links")
    parser.add_argument(
        "--documentation",
        action="append",
        default=[],
        metavar="URL|DIR",
        help="where the documentation is; a folder becomes part of the site. Several folders are several versions",
    )
    parser.add_argument(
        "--downloads",
        default="",
        metavar="URL",
        help="where the files are, each release's in a folder such as v0.1.0; the site has pages and indexes only",
    )
    parser.add_argument("--repository", default="", metavar="URL", help="where the source is, to link to, as on GitHub")
    options = parser.parse_args(arguments)
    if (options.check and not options.downloads) == bool(options.folders):
        parser.error("name the folders of releases; none with --check, unless --downloads says that the site has no files")
    try:
        url = checked_address("--url", options.url)
        repository = checked_address("--repository", options.repository)
        pages: list[Path] = []
        documentation = ""
        if options.documentation and all(Path(each).is_dir() for each in options.documentation):
            pages = [*map(Path, options.documentation)]
        elif len(options.documentation) > 1:
            raise ReleaseError("--documentation is given several times, and not each is a folder")
        else:
            documentation = checked_address("--documentation", "".join(options.documentation))
        addresses = Addresses(url, documentation, repository, checked_address("--downloads", options.downloads))
        # Hashing is all that takes long.
        folders = track(options.folders, "Checking releases", transient=True, disable=not sys.stderr.isatty())
        releases = sorted((read_release(folder) for folder in folders), key=lambda release: release.version, reverse=True)
        if options.check:
            refuse_wrong(options.output.absolute(), releases, addresses)
            print(f"The download site in {options.output} is as its releases say")
            return 0
        replace_site(options.output, releases, addresses, pages)
    except ReleaseError as error:
        print(f"ci/index: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"ci/index: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"The download site of {', '.join(release.manifest.version for release in releases)} is in {options.output}")
    return 0


def replace_site(output: Path, releases: Sequence[Release], addresses: Addresses, pages: Sequence[Path]) -> None:
    """Make the site beside its place, and move it there when it is complete: a failure leaves the former one."""
    output = output.absolute()
    if output.exists() and not (output / "feed.xml").is_file() and (not output.is_dir() or any(output.iterdir())):
        raise ReleaseError(f"{output} exists and is not a download site: name another folder, or remove it")
    for release in releases:
        if output in (folder := release.folder.resolve(), *folder.parents):
            raise ReleaseError(f"{folder} is in {output}, which is to be replaced: name another folder")
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=output.parent) as temporary:
        made = Path(temporary) / "made" / output.name  # that errors name
        made.mkdir(parents=True)
        write_site(made, releases, addresses, pages)
        refuse_wrong(made, releases if addresses.downloads else [], addresses)
        # Not in the temporary folder: that is deleted, and the former site may have to stay there.
        former = Path(f"{temporary}-former")
        try:
            if output.exists():
                output.rename(former)
            made.rename(output)
        except BaseException:  # also an interrupt
            if os.path.lexists(former) and not os.path.lexists(output):
                bring_back(former, output)
            raise
        if os.path.lexists(former):
            former.rename(Path(temporary) / "former")  # deleted with the folder


def bring_back(former: Path, output: Path) -> None:
    """Move the former site back to its place. Raise ReleaseError that names where it is, if it cannot be moved."""
    try:
        former.rename(output)
    except OSError as error:
        raise ReleaseError(
            f"{output} is missing: the former site is in {former}, and cannot be moved back: {error.strerror}"
        ) from error


def refuse_wrong(site: Path, releases: Sequence[Release], addresses: Addresses) -> None:
    """Raise ReleaseError if a site is not what the manifests say: those of the releases or, if none is given, those in it."""
    if problem := next(problems_of_site(site, addresses, releases), None):
        raise ReleaseError(f"{site.name}: {problem}")


def write_site(site: Path, releases: Sequence[Release], addresses: Addresses, pages: Sequence[Path]) -> None:
    """Write the whole site into an empty folder; the newest release comes first."""
    versions = [release.manifest.version for release in releases]
    if len(set(versions)) != len(versions):
        raise ReleaseError(f"several folders hold the same version: {', '.join(versions)}")
    if not addresses.downloads:
        for release in releases:
            release.copy_to(site / release.manifest.version)
        newest_of(releases).copy_to(site / LATEST)
    if pages:
        try:
            write_documentation(site / PAGES, pages)
        except ValueError as error:
            raise ReleaseError(str(error)) from error
    for path, content in contents_of(releases, addresses, site / PAGES).items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(content)
    for name in ASSETS:
        shutil.copyfile(TEMPLATES / name, site / name)


if __name__ == "__main__":
    sys.exit(main())
