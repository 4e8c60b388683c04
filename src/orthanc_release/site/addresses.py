# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses that the pages of the download site have."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote


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
