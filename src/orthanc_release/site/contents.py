# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the download site that are made of its releases: pages, pip's index and the feed.

The same releases, sources and tags give the same bytes. ci/index writes them, and compares those of a site with them.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment

from orthanc_release.describe.release_folder import Release
from orthanc_release.site.addresses import Addresses
from orthanc_release.site.changes import changes_of_release, is_withdrawn, rank
from orthanc_release.site.documentation import folder_of_version
from orthanc_release.site.download_page import page_values, summary
from orthanc_release.site.rendering import read_templates
from orthanc_release.site.simple_index import index_files

LATEST, PAGES = "latest", "documentation"  # folders of the site
PAGE = "index.html"


def newest_of(releases: Sequence[Release]) -> Release:
    """Return the release of the first page and of the folder `latest`."""
    return max(releases, key=lambda release: rank(release.manifest.version))


def contents_of(releases: Sequence[Release], addresses: Addresses, documentation: Path) -> dict[str, bytes]:
    """Return the content of each file that is made of the releases, by its path in the site.

    Args:
        releases: All releases of the site, the newest first.
        addresses: Addresses for the pages.
        documentation: The folder of the site with the documentation, if it has one.

    Raises:
        ReleaseError: a wheel or source distribution cannot be read.
    """
    templates = read_templates()
    files = index_files(releases, templates, addresses.folder_of)
    newest = newest_of(releases)
    withdrawn = {release.manifest.version for release in releases if is_withdrawn(release.manifest.version)}
    common = {
        "url": addresses.url,
        "releases": [release.manifest for release in releases],
        "newest": newest.manifest.version,
        "withdrawn": withdrawn,
    }
    page = templates.get_template("page.html")
    for release in releases:
        version = release.manifest.version
        elsewhere = addresses.folder_of(version)
        values = common | page_values(release) | {"changes": changes_of_release(version), "downloads": elsewhere}
        # The page of a pre-release is in its own folder; the first page is about what most should take.
        places = [(f"{version}/", "../", "")]
        if release is newest:
            places += [(f"{LATEST}/", "../", ""), ("", "", f"{quote(version)}/")]
        for folder, root, prefix in places:
            links = {"documentation": addresses.documentation, "repository": addresses.repository}
            if documentation.is_dir():
                links["documentation"] = f"{root}{PAGES}/{folder_of_version(documentation, version)}"
            files[folder + PAGE] = page.render(values, root=root, files=elsewhere or prefix, links=links).encode()
    return files | {"feed.xml": _feed(releases, addresses.url, withdrawn, templates)}


def identifier(version: str | None) -> str:
    """Return the feed's name of a release, or of all: the same wherever the site is."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "pkg:pypi/orthanc-python" + (f"@{version}" if version else "")).urn


def _feed(releases: Sequence[Release], url: str, withdrawn: set[str], templates: Environment) -> bytes:
    entries = [
        (each.manifest, identifier(each.manifest.version), summary(each), changes_of_release(each.manifest.version))
        for each in releases
    ]
    updated = max(release.manifest.date for release in releases)
    feed = templates.get_template("feed.xml")
    return feed.render(url=url, entries=entries, withdrawn=withdrawn, updated=updated, identifier=identifier(None)).encode()
