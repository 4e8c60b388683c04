# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a page of the download site leads to the files of its release, with their checksums, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from orthanc_release.artifacts import Artifact
from orthanc_release.describe.release_folder import Release
from orthanc_release.site.addresses import Addresses
from orthanc_release.site.download_page import checks_of

PLACEHOLDER = "https://ADDRESS-OF-THIS-PAGE/"  # the page's script puts the site's own address in its place
DOCTYPE = "<!DOCTYPE html>\n"
# No value has these characters: Jinja escapes them. So parsers agree where a tag ends.
TAG = re.compile(r"</?[A-Za-z][^<>]*>")
# All that the template has.
ELEMENTS = re.compile(
    "a|body|caption|code|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|h[123]|head|header|html|img|input|label|legend|li"
    "|link|main|meta|nav|noscript|p|pre|script|section|small|span|table|tbody|td|th|thead|time|title|tr|ul"
)
ATTRIBUTES = re.compile(
    "(aria|data)-[a-z]+|alt|autocomplete|charset|class|colspan|content|datetime|defer|download|height|hidden|href|http-equiv|id"
    "|lang|name|rel|role|scope|src|tabindex|title|type|value|width"
)
POLICY = "Content-Security-Policy"
INLINE = {"a", "code", "small", "span", "time"}  # elements in the middle of a line
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
# Commands: the checksum and the name, or the name and the checksum.
CHECKS = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<name>[^\s']+)|'(?P<file>[^'\s]+)'\)\.Hash -eq '(?P<hash>[0-9a-f]{64})'")
PIP = re.compile(r'orthanc-python @ (?P<folder>\S+/)(?P<name>[^/\s"#]+)#sha256=(?P<digest>[0-9a-f]{64})"')
FROM = re.compile(r"--from (?P<folder>\S+)")


@dataclass
class Link:
    """A link of a page."""

    tag: str
    address: str
    is_download: bool


@dataclass
class Part:
    """The part of a page about a file: a section, or a row of the table."""

    name: str
    links: list[Link] = field(default_factory=list)
    text: str = ""


class Page(HTMLParser):
    """A page that has been read."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[Link] = []
        self.names: set[str] = set()
        self.faults: list[str] = []
        self.text = ""
        self.sections: list[Part] = []
        self.rows: list[Part] = []
        self.titles: list[Part] = []
        self._open: dict[str, Part] = {}
        self._in_changes = False
        # Where a comment or a declaration ends, parsers disagree.
        if not text.startswith(DOCTYPE) or re.search("[<>]", TAG.sub("", text.removeprefix(DOCTYPE))):
            self.faults.append("has markup other than tags and the document type")
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what leads somewhere or could run."""
        values = {key: value or "" for key, value in attrs}
        if not ELEMENTS.fullmatch(tag) or (tag == "meta" and values.get("http-equiv", POLICY) != POLICY):
            self.faults.append(f"has the element {tag[:200]}")
        if tag == "script" and not values.get("src"):
            self.faults.append("has a script in it")
        if more := [key for key in values if not ATTRIBUTES.fullmatch(key)]:
            self.faults.append(f"has the attribute {more[0][:200]}")
        if len(values) < len(attrs):
            self.faults.append(f"has an attribute twice in an element {tag[:200]}")
        if "id" in values:
            self.names.add(values["id"])
        if tag == "section" and values.get("class") == "file":
            self._begin("section", self.sections, values.get("id", ""))
        if tag == "tr":
            self._begin("tr", self.rows, "")
        if tag == "pre" and values.get("class") == "changes":
            self._in_changes = True
        if tag in ("title", "h1"):
            self._begin(tag, self.titles, "")
        if tag not in INLINE:
            self.handle_data("\n")
        for key in ("href", "src"):
            if key in values:
                link = Link(tag, values[key], "download" in values)
                for links in (self.links, *(part.links for part in self._open.values())):
                    links.append(link)

    def handle_endtag(self, tag: str) -> None:
        """End a section or a row. Sections have no sections in them, and rows no rows."""
        self._open.pop(tag, None)
        if tag == "pre":
            self._in_changes = False
        if tag not in INLINE:
            self.handle_data("\n")

    def handle_data(self, data: str) -> None:
        """Keep the text, but for that of CHANGELOG.md: its prose may name any command and any checksum."""
        if self._in_changes:
            return
        self.text += data
        for part in self._open.values():
            part.text += data

    def _begin(self, tag: str, parts: list[Part], name: str) -> None:
        self._open[tag] = Part(name)
        parts.append(self._open[tag])


def _without_right_checks(text: str, release: Release) -> str:
    """Return a page's text without the commands that check a file by its own checksum."""
    for file in release.manifest.files:
        for _, command in checks_of(file):
            if DIGEST.findall(command) == [file.sha256]:
                text = text.replace(command, "")
    return text


def problems_of_page(file: Path, site: Path, release: Release, addresses: Addresses) -> Iterator[str]:
    """Yield what is wrong with the page of a release, made with these addresses."""
    page = Page(file.read_text(encoding="utf-8"))
    yield from page.faults
    titles = [part.text.strip() for part in page.titles]
    if titles != [f"Download OrthancPython {release.manifest.version}"] * 2 or release.manifest.commit not in page.text:
        yield f"is not about version {release.manifest.version} and its commit"
    elsewhere = _addresses_of_files(release, addresses)
    for link in page.links:
        parts = urlsplit(link.address)
        if parts.scheme or parts.netloc:
            problem = _problem_of_address(link, elsewhere, addresses)
        else:
            problem = _problem_of_link(link, page, file, site, release)
        if problem is not None:
            yield problem
    digests = {each.name: each.sha256 for each in release.manifest.files}
    if foreign := sorted({*DIGEST.findall(page.text)} - {*digests.values()}):
        yield f"has the checksum {foreign[0]}, of no file of the release"
    for match in CHECKS.finditer(_without_right_checks(page.text, release)):
        name, digest = match["name"] or match["file"], match["digest"] or match["hash"]
        yield f"checks {name} by the checksum {digest}, the manifest says {digests.get(name)}"
    version = release.manifest.version
    folder = addresses.folder_of(version) or f"{addresses.url or PLACEHOLDER}{quote(version)}/"
    for match in (*PIP.finditer(page.text), *FROM.finditer(page.text)):
        if match["folder"] != folder:
            yield f"installs from {match['folder']}"
        if "digest" in match.groupdict() and digests.get(unquote(match["name"])) != match["digest"]:
            yield f"installs {match['name']} with the checksum {match['digest']}"
    yield from _problems_of_parts("section", page.sections, release.manifest.files)
    rows = [row for row in page.rows if any(link.is_download for link in row.links)]
    yield from _problems_of_parts("row", rows, release.manifest.files)


def target_of(address: str, file: Path) -> Path:
    """Return the file that a relative link leads to."""
    path = unquote(urlsplit(address).path)
    target = (file.parent / path).resolve() if path else file.resolve()
    return target / "index.html" if path.endswith(("/", "..")) or target.is_dir() else target


def _problem_of_link(link: Link, page: Page, file: Path, site: Path, release: Release) -> str | None:
    """Return what is wrong with a link within the site."""
    parts = urlsplit(link.address)
    target = target_of(link.address, file)
    if not target.is_relative_to(site.resolve()) or not target.is_file():
        return f"leads to {link.address[:200]}, and the site has no such file"
    if not parts.path and unquote(parts.fragment) not in page.names:
        return f"leads to {link.address[:200]}, and the page has no such place"
    own = {site.resolve() / release.manifest.version, *([file.parent.resolve()] if file.parent != site else [])}
    if link.is_download and target.parent not in own:
        return f"has the download {link.address[:200]}, of another release"
    if link.tag == "script" and target != site.resolve() / "page.js":
        return f"runs {link.address[:200]}"
    return None


def _addresses_of_files(release: Release, addresses: Addresses) -> set[str]:
    """Return the addresses of a release's files and signatures; none if they are in the site."""
    if not (folder := addresses.folder_of(release.manifest.version)):
        return set()
    names = [*release.names, *filter(None, map(release.signature, release.names))]
    return {f"{folder}{quote(name)}" for name in names}


def _problem_of_address(link: Link, files: set[str], addresses: Addresses) -> str | None:
    """Return what is wrong with a link out of the site: to one of these files, the documentation or the repository."""
    if link.tag == "a" and link.address in files:
        return None
    # On GitHub, the files are below the repository. Elsewhere it may be the other way, so the longest address counts.
    bases = (addresses.documentation, addresses.repository, addresses.downloads)
    base = max((each for each in bases if each and link.address.startswith(each)), key=len, default="")
    if base and base in bases[:2] and link.tag == "a" and not link.is_download:
        return None
    what = "and the release has no such file" if base and base == addresses.downloads else "outside of the site"
    return f"leads to {link.address[:200]}, {what}"


def _problems_of_parts(what: str, parts: Sequence[Part], files: Sequence[Artifact]) -> Iterator[str]:
    """Yield files that have not one section or row, or one with another name, size or checksum."""
    known = {each.name: each for each in files}
    found = []
    for part in parts:
        downloads = [unquote(link.address.rpartition("/")[2]) for link in part.links if link.is_download]
        name = downloads[0] if downloads else part.name
        found.append(name)
        if (file := known.get(name)) is None or (part.name and part.name != name):
            yield f"has a {what} about {(part.name or name)[:200]} with the download {name[:200]}"
        elif set(downloads) - {name, f"{name}.sigstore.json"}:
            yield f"has a {what} about {name} with the download {downloads[-1][:200]}"
        elif file.sha256 not in DIGEST.findall(part.text):
            yield f"has a {what} about {name} without its checksum"
        elif what == "section" and f"{file.size:,} bytes" not in part.text:
            yield f"has a {what} about {name} without its size"
    if sorted(found) != sorted(known):
        yield f"has not one {what} for each file of the release"
