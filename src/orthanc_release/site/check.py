# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifies a download site by the manifests of its releases: ci/index does so before it puts a site in place, and with --check.

Pages, pip's index and the feed are checked twice:

- They are read as their readers do, not made once more. This finds faults of what makes them, such as a wrong link.
- They are made once more of the releases and compared byte for byte. This finds all that was changed later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from orthanc_release.artifacts import sha256
from orthanc_release.describe.release_folder import MINISIGN, Release, ReleaseError, read_release
from orthanc_release.site.addresses import Addresses
from orthanc_release.site.contents import LATEST, PAGE, PAGES, contents_of, newest_of
from orthanc_release.site.index_checks import problems_of_feed, problems_of_index
from orthanc_release.site.page_checks import problems_of_page
from orthanc_release.site.rendering import TEMPLATES
from orthanc_release.site.simple_index import PROJECT

NONE = Addresses()
ASSETS = ("style.css", "page.js", "icon.svg")


def releases_of(site: Path) -> list[Release]:
    """Return the releases in a site, the newest first. Raises ReleaseError."""
    folders = [path.parent for path in site.glob("*/manifest.json") if path.parent.name != LATEST]
    return sorted(map(read_release, folders), key=lambda release: release.version, reverse=True)


def problems_of_site(site: Path, addresses: Addresses = NONE, given: Sequence[Release] = ()) -> Iterator[str]:
    """Yield what is wrong with a site.

    Args:
        site: The site's folder.
        addresses: Those that it was made with.
        given: The releases of a site whose files are elsewhere, the newest first.
    """
    try:
        releases = given or releases_of(site)
        if not releases:
            yield "has no release"
            return
        newest = newest_of(releases)
        yield from _problems_of_folders(site, releases, newest, with_files=not addresses.downloads)
        for folder, release in [("", newest), (LATEST, newest), *((each.manifest.version, each) for each in releases)]:
            page = site / folder / PAGE
            yield from (f"{folder}/{PAGE} {each}" for each in problems_of_page(page, site, release, addresses))
        yield from (f"simple: {each}" for each in problems_of_index(site, releases, addresses.folder_of))
        yield from (f"feed.xml {each}" for each in problems_of_feed(site, releases, addresses.url))
        for path, content in contents_of(releases, addresses, site / PAGES).items():
            if (site / path).read_bytes() != content:
                yield f"{path} is not as ci/index makes it of these releases"
    except ReleaseError as error:
        yield str(error)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        yield f"is incomplete or damaged: {error}"


def _problems_of_folders(site: Path, releases: Sequence[Release], newest: Release, *, with_files: bool) -> Iterator[str]:
    """Yield files that are missing, too much, or others than in the releases."""
    versions = [release.manifest.version for release in releases]
    pages = [PAGES] if (site / PAGES).is_dir() else []
    yield from _problems_of_names("", site, [PAGE, "feed.xml", *ASSETS, "simple", LATEST, *versions], pages)
    for name in ASSETS:
        if (site / name).read_bytes() != (TEMPLATES / name).read_bytes():
            yield f"{name} is not that of these sources"
    simple = site / "simple"
    for folder in (simple, *(path for path in simple.iterdir() if path.is_dir())):
        others = [PROJECT] if folder == simple else []
        yield from _problems_of_names(f"{folder.relative_to(site)}/", folder, [PAGE, "index.json", *others], [])
    if not with_files:
        for folder in (site / LATEST, *(site / version for version in versions)):
            yield from _problems_of_names(f"{folder.name}/", folder, [PAGE], [])
        return
    for release in releases:
        version = release.manifest.version
        if release.folder.name != version:
            yield f"{release.folder.name} has version {version}"
        metadata = [f"{file.name}.metadata" for file in release.of_kind("wheel")]
        yield from _problems_of_names(f"{version}/", release.folder, [*release.names, PAGE, *metadata], _signatures(release))
    latest = site / LATEST
    yield from _problems_of_names(f"{LATEST}/", latest, [*newest.names, PAGE], _signatures(newest))
    for file in newest.folder.iterdir():
        if file.name != PAGE and not file.name.endswith(".whl.metadata"):
            copy = latest / file.name
            if not copy.is_file() or (not copy.samefile(file) and sha256(copy) != sha256(file)):
                yield f"{LATEST}/{file.name} is not that of version {newest.manifest.version}"


def _signatures(release: Release) -> list[str]:
    return [MINISIGN, *(f"{name}.sigstore.json" for name in release.names)]


def _problems_of_names(where: str, folder: Path, wanted: Iterable[str], allowed: Iterable[str]) -> Iterator[str]:
    present = {path.name for path in folder.iterdir()}
    for name in sorted(present - {*wanted, *allowed}):
        yield f"{where}{name[:200]} does not belong to the site"
    for name in sorted({*wanted} - present):
        yield f"{where}{name} is missing"
    for path in folder.iterdir():
        if path.is_symlink():
            yield f"{where}{path.name[:200]} is a link"
