# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether pip's index and the feed of the download site have the files and versions of its releases, and no others."""

from __future__ import annotations

import hashlib
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

from orthanc_release.describe.release_folder import Release
from orthanc_release.site.changes import changes_of_release, is_withdrawn
from orthanc_release.site.page_checks import target_of
from orthanc_release.site.simple_index import PROJECT, metadata_of_wheel
from orthanc_release.sources import commit_of_tag

ATOM = "{http://www.w3.org/2005/Atom}"
NAMES = ("feed", "id", "title", "updated", "author", "name", "link", "entry", "summary", "content")
FEED_ELEMENTS = {ATOM + name for name in NAMES}


class Anchors(HTMLParser):
    """The links of a page of the index: attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[dict[str, str | None], str]] = []
        self.others: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a link, or the name of an element that no page of the index has."""
        if tag == "a":
            self.found.append((dict(attrs), ""))
        elif tag not in ("html", "head", "meta", "title", "body", "h1", "br"):
            self.others.add(tag)

    def handle_data(self, data: str) -> None:
        """Add to the text of the last link."""
        if self.found:
            self.found[-1] = (self.found[-1][0], self.found[-1][1] + data.strip())


def problems_of_index(site: Path, releases: Sequence[Release], folder_of: Callable[[str], str]) -> Iterator[str]:
    """Yield how the folder `simple` differs from the wheels and source distributions of the releases.

    Args:
        site: The site's folder.
        releases: All releases of the site, the newest first.
        folder_of: Returns the address of a version's files; "" if they are in the site.
    """
    folder = site / "simple" / PROJECT
    wanted = [(release, file) for release in releases for file in release.of_kind("wheel", "sdist")]
    content = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    anchors = Anchors((folder / "index.html").read_text(encoding="utf-8"))
    if anchors.others:
        yield f"index.html has the element {sorted(anchors.others)[0]}"
    if content["versions"] != [release.manifest.version for release in releases] or content["name"] != PROJECT:
        yield "index.json has other versions than the site"
    if [entry["filename"] for entry in content["files"]] != [file.name for _, file in wanted]:
        yield "index.json has other files than the releases"
        return
    if [text for _, text in anchors.found] != [file.name for _, file in wanted]:
        yield "index.html has other files than the releases"
        return
    for (release, file), entry, (attributes, _) in zip(wanted, content["files"], anchors.found, strict=True):
        path, elsewhere = site / release.manifest.version / file.name, folder_of(release.manifest.version)
        if entry["hashes"] != {"sha256": file.sha256} or entry["size"] != file.size:
            yield f"index.json has another checksum or size for {file.name}"
        if attributes.get("href") != f"{entry['url']}#sha256={file.sha256}":
            yield f"index.html has another link to {file.name}, or another checksum"
        inside = "//" not in entry["url"] and target_of(entry["url"], folder / "index.html") == path.resolve()
        if entry["url"] != f"{elsewhere}{quote(file.name)}" if elsewhere else not inside:
            yield f"index.json leads to {entry['url'][:200]} for {file.name}"
        metadata = metadata_of_wheel(path) if file.kind == "wheel" and not elsewhere else None
        digest = hashlib.sha256(metadata).hexdigest() if metadata is not None else None
        if metadata is not None and path.with_name(f"{file.name}.metadata").read_bytes() != metadata:
            yield f"{file.name}.metadata is not the metadata of that wheel"
        told = (entry.get("core-metadata") or {}).get("sha256")
        shown = {attributes.get(f"data-{key}") for key in ("core-metadata", "dist-info-metadata")}
        if told != digest or shown != {f"sha256={digest}" if digest else None}:
            yield f"has another checksum for the metadata of {file.name}"
        if attributes.get("data-requires-python") != entry.get("requires-python"):
            yield f"has two answers about the Pythons of {file.name}"
        if {entry.get("yanked", False), "data-yanked" in attributes} != {is_withdrawn(release.manifest.version)}:
            yield f"has another answer than CHANGELOG.md whether {file.name} is withdrawn"


def problems_of_feed(site: Path, releases: Sequence[Release], url: str) -> Iterator[str]:
    """Yield how the feed differs from the releases: titles, dates, links and changes."""
    content = (site / "feed.xml").read_bytes()
    if b"<!" in content or b"<?xml-stylesheet" in content:
        yield "has a document type, a comment or a stylesheet"
        return
    try:
        feed = ET.fromstring(content)
    except ET.ParseError as error:
        yield f"is not XML: {error}"
        return
    if others := sorted({each.tag for each in feed.iter()} - FEED_ELEMENTS):
        yield f"has the element {others[0]}"
    links = {each.get("href") for each in feed.findall(f"{ATOM}link")}
    if links != ({f"{url}feed.xml", url} if url else {"./"}):
        yield "leads elsewhere than to the site"
    entries = feed.findall(f"{ATOM}entry")
    if len(entries) != len(releases):
        yield f"has {len(entries)} releases, the site {len(releases)}"
        return
    for entry, release in zip(entries, releases, strict=True):
        manifest = release.manifest
        title = f"orthanc-python {manifest.version}" + (" (withdrawn)" if is_withdrawn(manifest.version) else "")
        if entry.findtext(f"{ATOM}title") != title:
            yield f"has {str(entry.findtext(f'{ATOM}title'))[:200]} in the place of version {manifest.version}"
        if entry.findtext(f"{ATOM}updated") != f"{manifest.date}T00:00:00Z":
            yield f"has another date for version {manifest.version}"
        if [each.get("href") for each in entry.findall(f"{ATOM}link")] != [f"{url}{quote(manifest.version)}/"]:
            yield f"has another link to version {manifest.version}"
        changes = changes_of_release(manifest.version)
        if (entry.findtext(f"{ATOM}content") or "") != changes:
            tag = f"v{manifest.version}"
            lacks_tag = not changes and commit_of_tag(manifest.version) is None
            reason = f": this checkout has no tag {tag}, whose CHANGELOG.md may have them" if lacks_tag else ""
            yield f"has other changes of version {manifest.version} than CHANGELOG.md{reason}"
