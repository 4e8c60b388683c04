# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses that the pages of the download site have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from orthanc_release.describe.release_folder import ReleaseError

# Pages have addresses in commands, and shells read other characters otherwise.
ADDRESS = re.compile(
    r"https?://(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]+)?(?:/(?:[a-z0-9._~+=@:/-]|%[0-9a-f]{2})*)?", re.ASCII | re.I
)


@dataclass(frozen=True)
class Addresses:
    """Each with a slash at its end; "" if it is not known."""

    url: str = ""  # of the site itself
    documentation: str = ""  # if it is elsewhere
    repository: str = ""
    downloads: str = ""  # with a folder v0.1.0 of each release's files, if the site has none

    def folder_of(self, version: str) -> str:
        """Return the address of a release's files; "" if they are in the site."""
        return f"{self.downloads}v{quote(version)}/" if self.downloads else ""


def checked_address(option: str, url: str) -> str:
    """Return the address that an option gives, with one slash at its end; "" if it is not given. Raises ReleaseError."""
    if not url:
        return ""
    wrong = f"{option} {url!a} is not the address of a folder, such as https://example.org/orthanc-python/"
    try:
        parts = urlsplit(url)
        host, port, user = parts.hostname, parts.port, parts.username
    except ValueError as error:
        raise ReleaseError(f"{wrong}: {error}") from None
    if user is not None:
        # Everyone would read it, and orthanc-python install --from refuses it.
        raise ReleaseError(f"{option} must have no user and no password")
    if not host or port == 0 or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise ReleaseError(wrong)
    if not ADDRESS.fullmatch(url):
        raise ReleaseError(f"{wrong}; write characters such as & as %26, and the name of a server in ASCII")
    return url.rstrip("/") + "/"
